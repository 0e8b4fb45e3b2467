"""Commands that mean harm: what they try comes to nothing. Needs bubblewrap, and fails without it."""

import os
import secrets
import socket
from pathlib import Path

import pytest
from boxes import Boxed, needs_bubblewrap, processes_with

from tools.code import cgroup
from tools.code.capture import CHUNK, Capture

pytestmark = needs_bubblewrap

RUN_BY_GIT = "[core]\n\tfsmonitor = touch pwned\n"


@pytest.fixture
def boxed(tmp_path: Path) -> Boxed:
    (tmp_path / "workspace" / ".git" / "hooks").mkdir(parents=True)
    return Boxed(tmp_path / "workspace")


def test_a_file_outside_of_the_workspace_cannot_be_read(boxed: Boxed, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2", encoding="utf-8")
    ran = boxed.sh(f"cat {tmp_path}/secret; cat {__file__}; cat /etc/shadow; cat ../secret; ls ..")
    assert ran.stdout == "workspace\n"
    assert ran.stderr.count("No such file") == 4


def test_a_symbolic_link_out_of_the_workspace_leads_nowhere(boxed: Boxed, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2", encoding="utf-8")
    (boxed.workspace / "link").symlink_to(tmp_path / "secret")
    assert "hunter2" not in boxed.sh("cat link").log


@pytest.mark.parametrize("pid", ["1", "2", "self", "*"])
def test_the_environment_of_magnus_is_in_no_process_that_can_be_seen(
    boxed: Boxed, monkeypatch: pytest.MonkeyPatch, pid: str
) -> None:
    monkeypatch.setenv("DESK_SECRET", "hunter2")
    ran = boxed.sh(f"cat /proc/{pid}/environ | tr '\\0' '\\n'; echo read")
    assert ran.stdout.endswith("read\n")
    assert "hunter2" not in ran.log


def test_no_other_process_can_be_seen(boxed: Boxed) -> None:
    assert str(os.getpid()) not in boxed.sh("ls -d /proc/[0-9]* | cut -d/ -f3").stdout.split()
    assert len(boxed.sh("ls -d /proc/[0-9]*").stdout.split()) < 6


def test_neither_loopback_nor_a_socket_of_the_host_can_be_reached(boxed: Boxed, tmp_path: Path) -> None:
    abstract = f"\0desk-{secrets.token_hex(8)}"
    program = (
        "import socket, sys\n"
        "for family, address in ((2, ('127.0.0.1', int(sys.argv[1]))), (1, sys.argv[2]), (1, '\\0' + sys.argv[3])):\n"
        "    try: socket.socket(family).connect(address); print('open')\n"
        "    except OSError: print('closed')\n"
    )
    with (
        socket.create_server(("127.0.0.1", 0)) as port,
        socket.socket(socket.AF_UNIX) as named,
        socket.socket(socket.AF_UNIX) as nameless,
    ):
        named.bind(str(tmp_path / "s"))
        nameless.bind(abstract)
        for listener in (named, nameless):
            listener.listen()
        words = (str(port.getsockname()[1]), str(tmp_path / "s"), abstract[1:])
        assert boxed.python(program, *words).stdout.split() == ["closed"] * 3


@pytest.mark.parametrize("folder", ["/", "/usr", "/etc", "/dev", "/usr/bin", "/proc"])
def test_the_system_cannot_be_written(boxed: Boxed, folder: str) -> None:
    ran = boxed.sh(f"touch {folder}/x")
    assert ran.exit_code
    assert "Read-only" in ran.log or "No such file" in ran.log


@pytest.mark.parametrize(
    "setting", ["kernel/core_pattern", "kernel/modprobe", "kernel/hostname", "vm/overcommit_memory"]
)
def test_no_setting_of_the_kernel_can_be_written(boxed: Boxed, setting: str) -> None:
    program = "import os, sys; os.open(sys.argv[1], os.O_WRONLY)"
    ran = boxed.python(program, f"/proc/sys/{setting}")
    assert any(refusal in ran.stderr for refusal in ("Read-only", "Permission denied", "No such file"))


def test_there_is_no_capability_and_no_way_to_one(boxed: Boxed) -> None:
    status = boxed.sh("cat /proc/self/status").stdout
    assert "CapEff:\t0000000000000000" in status
    assert "CapBnd:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert boxed.sh("unshare --user --map-root-user true").exit_code


@pytest.mark.parametrize(
    "attempt",
    [
        "printf x >> .git/config",
        "printf x > .git/hooks/pre-commit",
        "mv .git away",
        "rm -rf .git; mkdir .git",
        "ln -s /tmp .git/hooks/x",
        "ln .git/config config",
        "chmod -R u+w .git && printf x > .git/config",
    ],
)
def test_what_the_next_git_runs_cannot_be_chosen(boxed: Boxed, attempt: str) -> None:
    (boxed.workspace / ".git" / "config").write_text("[core]\n", encoding="utf-8")
    boxed.sh(attempt)
    files = {path.relative_to(boxed.workspace).as_posix() for path in boxed.workspace.rglob("*")}
    assert files == {".git", ".git/config", ".git/hooks"}
    assert (boxed.workspace / ".git" / "config").read_text(encoding="utf-8") == "[core]\n"


def test_the_git_of_a_worktree_which_is_a_file_cannot_be_changed(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    git = tmp_path / "workspace" / ".git"
    git.write_text("gitdir: /srv/repository\n", encoding="utf-8")
    Boxed(tmp_path / "workspace").sh("echo gitdir: evil > .git; rm -f .git; mv .git x")
    assert git.read_text(encoding="utf-8") == "gitdir: /srv/repository\n"


def test_where_there_is_no_git_none_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    Boxed(tmp_path / "workspace").sh(f"mkdir -p .git; printf '{RUN_BY_GIT}' > .git/config; rm -rf .git; git init")
    assert [path.name for path in (tmp_path / "workspace").rglob("*")] == [".git"]


def test_a_timeout_ends_also_who_left_the_session(boxed: Boxed) -> None:
    mark = f"47{secrets.randbelow(10**6):06}"
    ran = boxed.sh(
        f"setsid sleep {mark} & setsid setsid sh -c 'sleep {mark} & sleep {mark}' & sleep {mark}", timeout_s=0.5
    )
    assert (ran.is_timed_out, ran.exit_code) == (True, 137)
    assert ran.log == "The command was stopped: it ran longer than 0.5 s."
    assert ran.seconds < 5
    assert processes_with(mark) == []


def test_nothing_goes_on_after_the_command_is_over(boxed: Boxed) -> None:
    mark = f"48{secrets.randbelow(10**6):06}"
    ran = boxed.sh(f"setsid sleep {mark} >/dev/null 2>&1 & setsid sleep {mark} & echo over")
    assert (ran.stdout, ran.is_timed_out) == ("over\n", False)
    assert ran.seconds < 5
    assert processes_with(mark) == []


def test_a_command_that_closes_what_it_says_is_still_ended(boxed: Boxed) -> None:
    ran = boxed.sh("exec >&- 2>&-; sleep 60", timeout_s=0.5)
    assert ran.is_timed_out
    assert ran.seconds < 5


@pytest.fixture(params=["with a control group", "without"])
def bounded(boxed: Boxed, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Boxed:
    """The same box where the kernel counts for all processes together, if it does so here, and where it does not."""
    if request.param == "without":
        monkeypatch.setattr(cgroup, "homes", dict)
    return boxed


def test_processes_are_bounded(bounded: Boxed) -> None:
    """A plain row of them, not a bomb: where the bound is missing, this must not take the machine along."""
    program = (
        "import os, time\n"
        "for number in range(400):\n"
        "    try: pid = os.fork()\n"
        "    except BlockingIOError: break\n"
        "    if not pid: time.sleep(30)\n"
        "print(number, flush=True)\n"
        "os._exit(0)"
    )
    ran = bounded.python(program, processes=50, timeout_s=30)
    assert ran.stopped_by == "processes" or int(ran.stdout) <= 50


def test_memory_of_one_process_is_bounded(bounded: Boxed) -> None:
    ran = bounded.python("x = bytearray(900_000_000); print('got it')", memory_mb=200)
    assert ran.exit_code
    assert ran.stdout == ""


def test_memory_is_bounded_for_all_processes_together(bounded: Boxed) -> None:
    program = (
        "import os, mmap, time\n"
        "for _ in range(4): os.fork()\n"
        "m = mmap.mmap(-1, 40_000_000)\n"
        "m.write(b'x' * 40_000_000)\n"
        "time.sleep(20)\n"
        "print('got it')"
    )
    ran = bounded.python(program, memory_mb=250)
    assert (ran.stopped_by, ran.stdout) == ("memory", "")
    assert ran.note == "The command was stopped: it used more than 250 MB of memory."
    assert ran.seconds < 15


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm", "/tmp/home"])
def test_files_that_live_in_memory_are_bounded(bounded: Boxed, folder: str) -> None:
    ran = bounded.sh(f"head -c 400000000 /dev/zero > {folder}/f; stat -c %s {folder}/f", memory_mb=64)
    assert ran.stopped_by == "memory" or 0 < int(ran.stdout) <= 64 * 1024**2


def test_a_file_is_bounded(boxed: Boxed) -> None:
    boxed.sh("head -c 50000000 /dev/zero > large", file_mb=2)
    assert (boxed.workspace / "large").stat().st_size == 2 * 1024**2


def test_what_a_command_says_is_bounded_and_keeps_beginning_and_end(boxed: Boxed) -> None:
    ran = boxed.sh("echo first; yes | head -c 300000000; echo last", output_kb=16)
    assert ran.is_truncated
    assert ran.stdout.startswith("first\ny\n")
    assert ran.stdout.endswith("y\nlast\n")
    assert len(ran.stdout) < 17_000
    assert "[299983" in ran.stdout.replace(",", "")


def test_who_talks_for_ever_is_ended_and_fills_no_memory(boxed: Boxed) -> None:
    ran = boxed.sh("yes", timeout_s=0.5, output_kb=8)
    assert (ran.is_timed_out, ran.is_truncated) == (True, True)
    assert len(ran.stdout) < 10_000


def test_a_capture_holds_little_more_than_it_is_asked_to() -> None:
    capture = Capture(1000)
    for number in range(100_000):
        capture.feed(b"%9d\n" % number)
        assert len(capture._head) + len(capture._tail) <= 2000 + CHUNK
    assert capture.left_out == 1_000_000 - 1000
    assert capture.text.startswith("        0\n")
    assert capture.text.endswith("    99999\n")


def test_a_group_is_made_where_the_second_version_hands_the_controllers_on(tmp_path: Path) -> None:
    own = tmp_path / "user.slice" / "session.scope"
    own.mkdir(parents=True)
    (tmp_path / "user.slice" / "cgroup.subtree_control").write_text("memory pids\n", encoding="ascii")
    (own / "cgroup.subtree_control").write_text("\n", encoding="ascii")
    mounted = f"proc /proc proc rw 0 0\ncgroup2 {tmp_path} cgroup2 rw,nosuid 0 0\n"
    found = [cgroup.home_of(name, "0::/user.slice/session.scope\n", mounted) for name in ("pids", "memory", "cpu")]
    assert found == [tmp_path / "user.slice", tmp_path / "user.slice", None]


def test_a_group_is_made_below_our_own_in_the_first_version(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    mounted = f"cgroup {tmp_path} cgroup rw,pids 0 0\ncgroup /nowhere cgroup rw,memory 0 0\n"
    groups = "8:pids:/ours\n4:memory:/\n0::/\n"
    assert [cgroup.home_of(name, groups, mounted) for name in ("pids", "memory")] == [tmp_path / "ours", None]
