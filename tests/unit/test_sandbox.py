"""What a command finds in its box, and what is said of it afterwards. Needs bubblewrap, and fails without it."""

import os
import sys
from pathlib import Path

import pytest
from boxes import BASE, PYTHON, Boxed, needs_bubblewrap

from graph.errors import BadInput, Unavailable
from tools.code.interpreters import python_folders
from tools.code.sandbox import OFF_WARNING, Sandbox

pytestmark = needs_bubblewrap


@pytest.fixture
def boxed(tmp_path: Path) -> Boxed:
    (tmp_path / "workspace" / ".git").mkdir(parents=True)
    return Boxed(tmp_path / "workspace")


def test_a_command_answers_with_both_streams_and_its_exit_code(boxed: Boxed) -> None:
    ran = boxed.sh("echo one; echo two >&2; exit 3")
    assert (ran.exit_code, ran.stdout, ran.stderr, ran.log) == (3, "one\n", "two\n", "one\ntwo")
    assert (ran.is_timed_out, ran.is_truncated, ran.is_boxed, ran.stopped_by) == (False, False, True, None)
    assert 0 < ran.seconds < 10


def test_what_a_command_writes_into_its_workspace_stays(boxed: Boxed) -> None:
    assert boxed.sh("echo made > here").exit_code == 0
    assert (boxed.workspace / "here").read_text(encoding="utf-8") == "made\n"


def test_a_workspace_can_lie_elsewhere_in_the_box(boxed: Boxed) -> None:
    inside = Path("/srv/checkout")
    ran = boxed.sh("pwd; echo made > here", cwd=inside, mounts={boxed.workspace: inside})
    assert ran.stdout == "/srv/checkout\n"
    assert (boxed.workspace / "here").exists()


def test_a_folder_to_be_read_within_the_workspace_cannot_be_written(boxed: Boxed) -> None:
    (boxed.workspace / "fixed").mkdir()
    ran = boxed.sh("touch open; touch fixed/closed", read_only=[boxed.workspace / "fixed"])
    assert "Read-only" in ran.stderr
    assert (boxed.workspace / "open").exists()


def test_the_environment_of_a_command_is_what_it_is_given(boxed: Boxed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", "hunter2")
    names = {line.partition("=")[0] for line in boxed.sh("env", env={"COLOUR": "blue"}).stdout.splitlines()}
    assert names == {"PATH", "HOME", "TMPDIR", "LANG", "USER", "TERM", "PWD", "COLOUR"}


def test_home_and_the_folder_for_temporary_files_are_new_each_time(boxed: Boxed) -> None:
    assert boxed.sh('touch "$HOME/a" "$TMPDIR/b" && ls "$HOME"').stdout == "a\n"
    assert boxed.sh('ls "$HOME"').stdout == ""


def test_the_python_of_a_project_runs_in_a_box_with_its_packages(boxed: Boxed) -> None:
    program = [str(Path(sys.prefix, "bin", "python")), "-c", "import pytest, sys; print(sys.prefix)"]
    ran = boxed.sandbox.run(program, cwd=boxed.workspace, writable=[boxed.workspace], read_only=python_folders())
    assert ran.log == sys.prefix


def test_a_command_may_talk_to_itself_over_loopback(boxed: Boxed) -> None:
    program = (
        "import socket\n"
        "with socket.create_server(('127.0.0.1', 0)) as s, socket.create_connection(s.getsockname()):\n"
        "    print('heard')"
    )
    assert boxed.python(program).log == "heard"


def test_a_program_that_is_not_there_is_said_to_be_missing(boxed: Boxed) -> None:
    ran = boxed.sandbox.run(["no-such-program"], cwd=boxed.workspace, writable=[boxed.workspace])
    assert ran.exit_code == 127
    assert "no-such-program" in ran.stderr


def test_a_command_that_is_ended_by_a_signal_says_so_as_a_shell_does(boxed: Boxed) -> None:
    assert boxed.sh("kill -TERM $$").exit_code == 143


def test_a_folder_that_is_not_there_is_refused_in_one_sentence(boxed: Boxed) -> None:
    with pytest.raises(BadInput, match=r"nowhere cannot be shown to a command"):
        boxed.sh("true", read_only=[boxed.workspace / "nowhere"])


def test_no_command_is_refused(boxed: Boxed) -> None:
    with pytest.raises(BadInput, match="no command"):
        boxed.sandbox.run([], cwd=boxed.workspace)


def test_without_bubblewrap_a_command_is_refused_with_what_to_do(boxed: Boxed, tmp_path: Path) -> None:
    nothing_installed = Sandbox(search_path=str(tmp_path / "empty"))
    with pytest.raises(Unavailable, match=r"bwrap .* is missing: install bubblewrap, or set MAGNUS_SANDBOX=off"):
        Boxed(boxed.workspace, nothing_installed).sh("true")


def test_where_no_namespace_may_be_made_the_refusal_says_what_bubblewrap_said(boxed: Boxed, tmp_path: Path) -> None:
    forbidden = "#!/bin/sh\n[ $1 = --help ] && exec bwrap --help\necho bwrap: No permissions >&2\nexit 1\n"
    _program(tmp_path / "bin" / "bwrap", forbidden)
    (tmp_path / "bin" / "prlimit").symlink_to("/usr/bin/prlimit")
    with pytest.raises(Unavailable, match=r"does not start \(bwrap: No permissions\): install bubblewrap, or"):
        Boxed(boxed.workspace, Sandbox(search_path=str(tmp_path / "bin"))).sh("true")


def test_a_bubblewrap_without_what_we_need_is_too_old(boxed: Boxed, tmp_path: Path) -> None:
    _program(tmp_path / "bin" / "bwrap", "#!/bin/sh\necho --bind --ro-bind\n")
    with pytest.raises(Unavailable, match="too old"):
        Boxed(boxed.workspace, Sandbox(search_path=str(tmp_path / "bin"))).sh("true")


def test_a_git_that_is_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / ".git").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadInput, match=r"\.git is a symbolic link"):
        Boxed(tmp_path / "workspace").sh("true")


def test_switched_off_a_command_runs_bare_and_everybody_is_told(boxed: Boxed) -> None:
    bare = Boxed(boxed.workspace, Sandbox("off"))
    ran = bare.sh("echo $PPID; touch .git/seen")
    assert (ran.is_boxed, ran.exit_code, ran.stdout) == (False, 0, f"{os.getpid()}\n")
    assert (bare.sandbox.warnings, boxed.sandbox.warnings) == ([OFF_WARNING], [])
    assert (boxed.workspace / ".git" / "seen").exists()


def test_switched_off_a_command_still_has_a_limit_and_no_secret(boxed: Boxed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", "hunter2")
    ran = Boxed(boxed.workspace, Sandbox("off")).sh("env; sleep 60", timeout_s=0.3)
    assert ran.is_timed_out
    assert ran.seconds < 10
    assert "hunter2" not in ran.stdout


def test_switched_off_a_workspace_that_is_mounted_elsewhere_is_found_where_it_lies(boxed: Boxed) -> None:
    (boxed.workspace / "src").mkdir()
    bare, inside = Boxed(boxed.workspace, Sandbox("off")), Path("/srv/checkout")
    ran = bare.sh("pwd", cwd=inside / "src", mounts={boxed.workspace: inside})
    assert ran.stdout == f"{boxed.workspace}/src\n"


def test_switched_off_a_program_that_is_not_there_is_said_to_be_missing(boxed: Boxed) -> None:
    ran = Sandbox("off").run(["no-such-program"], cwd=boxed.workspace)
    assert (ran.exit_code, ran.stderr) == (127, "no-such-program: No such file or directory")


def test_the_interpreter_of_an_environment_is_among_its_folders() -> None:
    assert Path(PYTHON).is_relative_to("/usr") or any(map(Path(PYTHON).is_relative_to, python_folders()))
    assert Path(sys.prefix) in python_folders()
    assert python_folders(Path("/usr")) == ()
    assert all(folder.is_absolute() for folder in python_folders(BASE))


def _program(place: Path, text: str) -> None:
    place.parent.mkdir()
    place.write_text(text, encoding="utf-8")
    place.chmod(0o755)
