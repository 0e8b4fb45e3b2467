"""`magnus gates` as a person types it: on a repository of theirs, which it only reads."""

import getpass
import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import SOMEBODY, Checkout, new_checkout
from command import Magnus
from sqlalchemy import text
from terminals import at_a_terminal
from verdicts import LOG, kept, verdict

from checkpoints.database import Database
from checkpoints.evidence import accepted, latest_evidence
from tools.checks.change import change_of
from tools.checks.findings import Finding
from tools.checks.judging import subject_of

TAMPER = Finding("conftest.py", 1, "conftest", "It can hide tests.\x1b[2J", is_acceptable=True)
FAILING = Finding("src/app.py", 1, "failed", "test_total fails")
BROKEN = "print('wheel'\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    checkout = new_checkout(tmp_path / "wheel")
    checkout.commit(readme__md="# The wheel\n")
    return checkout


@pytest.fixture
def gates(magnus: Magnus, checkout: Checkout) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`magnus gates WORDS`, started in the checkout."""
    magnus.folder = checkout.folder
    return lambda *words, **more: magnus("gates", *words, **more)


def everything(folder: Path) -> dict[str, str]:
    """Every file below a folder, .git with its objects and its index included: content, kind and time of change."""
    return {
        str(path.relative_to(folder)): "" if path.is_dir() else f"{_digest(path)} {path.lstat().st_mtime_ns}"
        for path in sorted(folder.rglob("*"))
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def push(magnus: Magnus) -> subprocess.CompletedProcess[str]:
    """What a person sees who pushes from the checkout."""
    words = ["git", "push", "origin", "main"]
    environment = {**magnus.environment, **SOMEBODY}
    return subprocess.run(words, cwd=magnus.folder, env=environment, capture_output=True, text=True, check=False)


@needs_bubblewrap
def test_a_sound_change_passes_and_the_json_has_the_form_of_contracts(gates: Magnus, checkout: Checkout) -> None:
    done = gates("--gate", "syntax", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["passed"], found["is_major"], found["warnings"]) == (True, False, [])
    assert found["tree"] == checkout.git("rev-parse", "HEAD^{tree}")
    assert found["base"] == checkout.git("rev-parse", "HEAD~1^{tree}")
    (gate,) = found["gates"]
    assert gate["gate"] == "syntax"
    assert {"mandatory", "state", "passed", "skipped_because", "score", "seconds", "commands", "findings"} <= set(gate)
    assert "syntax" in done.stderr


@needs_bubblewrap
def test_a_broken_change_makes_the_exit_code_1_and_is_told_first(gates: Magnus, checkout: Checkout) -> None:
    checkout.commit(**{"src/app__py": BROKEN})
    done = gates("--gate", "syntax", "--gate", "tests")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("The change does not pass.")
    assert "src/app.py:1" in done.stdout
    assert [line.split()[:2] for line in lines[-2:]] == [["syntax", "failed"], ["tests", "failed"]]
    assert [line for line in lines if len(line) > 80] == []


@needs_bubblewrap
def test_what_is_not_committed_is_judged_when_asked_and_nothing_is_touched(gates: Magnus, checkout: Checkout) -> None:
    checkout.write("src/app.py", BROKEN)
    checkout.write("src/new.py", "import app\n")
    checkout.git("add", "src/new.py")
    before = everything(checkout.folder)
    assert gates("--gate", "syntax").returncode == 0
    assert gates("--gate", "syntax", "--worktree").returncode == 1
    assert everything(checkout.folder) == before


@needs_bubblewrap
def test_a_waiting_gate_makes_the_exit_code_3(gates: Magnus, checkout: Checkout) -> None:
    checkout.commit(**{"__magnus__toml": "[gates]\nmajor_lines = 1\nmajor_files = 1\n"})
    checkout.commit(**{"src/app__py": '"""The wheel."""\n\nprint("wheel")\nprint("again")\n'})
    done = gates("--gate", "review")
    assert done.returncode == 3, done.stdout
    assert done.stdout.startswith("The change waits for a person.")


def test_evidence_of_a_run_is_kept_and_its_logs_can_be_read(
    gates: Magnus, checkout: Checkout, database: Database
) -> None:
    kept(database, verdict("tests"), subject_of(change_of(checkout.folder)))
    digest = hashlib.sha256(LOG.rstrip("\n").encode()).hexdigest()
    assert gates("log", digest).stdout == LOG
    assert (gates("log", "0").returncode, gates("log", "0").stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--project", "src/nowhere"], "There is no folder src/nowhere"),
        (["--project", "/"], "is no git repository"),
        (["--base", "nowhere"], "There is no revision nowhere"),
        (["--why", "because"], "Say which finding and why"),
        (["--accept", "123"], "Say which finding and why"),
        (["--json", "hook", "install"], "Put the options after hook"),
    ],
)
def test_bad_input_is_one_sentence(gates: Magnus, words: list[str], said: str) -> None:
    done = gates(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_gate_that_does_not_exist_is_refused(gates: Magnus) -> None:
    assert gates("--gate", "luck").returncode == 2


def test_without_a_sandbox_nothing_is_run_and_one_sentence_says_so(
    gates: Magnus, tmp_path: Path, database: Database
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to("/usr/bin/git")
    done = gates("--gate", "syntax", env={"PATH": str(tmp_path / "bin")})
    assert (done.returncode, done.stdout) == (2, "")
    assert "no sandbox" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    with database.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM evidence")).scalar_one() == 0


def test_a_sandbox_that_is_switched_off_is_warned_of(gates: Magnus) -> None:
    done = gates("--gate", "syntax", "--json", env={"MAGNUS_SANDBOX": "off"})
    assert "Warning: MAGNUS_SANDBOX=off" in done.stderr
    assert json.loads(done.stdout)["warnings"]


def test_a_person_at_a_terminal_accepts_a_finding(magnus: Magnus, checkout: Checkout, database: Database) -> None:
    magnus.folder = checkout.folder
    subject = subject_of(change_of(checkout.folder))
    kept(database, verdict("tests", TAMPER, FAILING), subject)
    code, screen = at_a_terminal(magnus, "gates", "--accept", TAMPER.id, "--why", "It only names a marker.")
    assert code == 0, screen
    assert "conftest.py:1" in screen
    assert "\x1b[2J" not in screen
    assert accepted(database, subject.tree) == {TAMPER.id: getpass.getuser()}
    code, screen = at_a_terminal(magnus, "gates", "--accept", FAILING.id, "--why", "Later.")
    assert (code, "has to be put right" in " ".join(screen.split())) == (2, True)
    checkout.commit(readme__md="# Another\n")
    code, screen = at_a_terminal(magnus, "gates", "--accept", TAMPER.id, "--why", "It only names a marker.")
    assert (code, "No gate saw" in screen) == (2, True)


def test_a_program_accepts_nothing(gates: Magnus, checkout: Checkout, database: Database) -> None:
    subject = subject_of(change_of(checkout.folder))
    kept(database, verdict("tests", TAMPER), subject)
    done = gates("--accept", TAMPER.id, "--why", "Trust me.")
    assert (done.returncode, "by a person at a terminal" in done.stderr) == (2, True)
    assert accepted(database, subject.tree) == {}


@needs_bubblewrap
def test_the_hook_lets_a_sound_commit_through_and_stops_a_broken_one(
    magnus: Magnus, checkout: Checkout, database: Database, tmp_path: Path
) -> None:
    checkout.git("init", "--quiet", "--bare", str(tmp_path / "remote"))
    checkout.git("remote", "add", "origin", str(tmp_path / "remote"))
    checkout.git("push", "--quiet", "origin", "main")
    magnus.folder = checkout.folder
    assert magnus("gates", "hook", "install").returncode == 0
    sound = checkout.commit(readme__md="# The wheel, in words\n")
    first = push(magnus)
    assert first.returncode == 0, first.stdout + first.stderr
    checkout.commit(**{"src/app__py": BROKEN})
    second = push(magnus)
    assert second.returncode == 1
    assert "Nothing was pushed" in second.stderr
    assert checkout.git("ls-remote", "origin", "refs/heads/main").split()[0] == sound
    tree, base = checkout.git("rev-parse", "HEAD^{tree}"), checkout.git("rev-parse", "HEAD~1^{tree}")
    assert latest_evidence(database, tree, base)["syntax"]["state"] == "failed"
    assert magnus("gates", "hook", "remove").returncode == 0
