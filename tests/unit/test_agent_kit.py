"""The tools of an agent: what each one does, and what it says."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from checkouts import Checkout
from coding import BUG, NEW_TEST, PYTEST_INI, RULES, buggy_checkout
from loops import bench_in

from graph.errors import BadInput
from tools.agents.bench import Bench
from tools.agents.kit import MOST_LETTERS, Kit, clipped
from tools.agents.redaction import REMOVED


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return buggy_checkout(tmp_path / "WheelStrategy")


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A bench for all tests in which nothing is changed."""
    return bench_in(buggy_checkout(tmp_path_factory.mktemp("still") / "WheelStrategy"))


@pytest.fixture
def kit(checkout: Checkout) -> Kit:
    return Kit(bench_in(checkout), "all")


RULES_LISTED = f".magnus.toml ({len(RULES)} bytes)"
INI_LISTED = f"pytest.ini ({len(PYTEST_INI)} bytes)"


def test_files_are_listed_found_searched_and_read_with_numbers(kit: Kit) -> None:
    listed = {
        "README.md (8 bytes)",
        "conftest.py (0 bytes)",
        "dashboard.py (119 bytes)",
        "tests/",
        RULES_LISTED,
        INI_LISTED,
    }
    assert set(kit.list().splitlines()) == listed
    assert kit.glob("test_*.py") == "tests/test_dashboard.py"
    assert kit.search("premium:") == 'dashboard.py:2:     return f"${premium:,.2f}"'
    assert kit.search("PREM.*2f", glob="*.py", is_regex=True, ignores_case=True).startswith("dashboard.py:2:")
    assert kit.read("dashboard.py", 5, 6).splitlines() == [
        "dashboard.py, lines 5 to 6 of 6:",
        "     5\tdef page(rows):",
        '     6\t    return [shown(row["premium"]) for row in rows]',
    ]


def test_a_file_is_written_edited_moved_and_deleted(kit: Kit, checkout: Checkout) -> None:
    assert kit.write("a/b.py", "one\ntwo\n") == "a/b.py is new: 2 lines."
    assert kit.edit("a/b.py", "two", "three") == "a/b.py is changed at line 2."
    assert kit.move("a/b.py", "c.py") == "a/b.py is c.py now."
    assert (checkout.folder / "c.py").read_text() == "one\nthree\n"
    assert kit.delete("c.py") == "c.py is deleted."
    assert not (checkout.folder / "c.py").exists()


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda kit: kit.read("nothing.py"), "nothing.py"),
        (lambda kit: kit.read("tests"), "tests"),
        (lambda kit: kit.read("dashboard.py", 40), "dashboard.py has 6 lines"),
        (lambda kit: kit.read("../secret"), "goes up with .."),
        (lambda kit: kit.read("/etc/passwd"), "is a full path"),
        (lambda kit: kit.read(".git/config"), "belongs to git"),
        (lambda kit: kit.read(".GIT/config"), "belongs to git"),
        (lambda kit: kit.write(".git/hooks/post-commit", ""), "belongs to git"),
        (lambda kit: kit.edit("dashboard.py", "nowhere", "x"), "dashboard.py"),
        (lambda kit: kit.edit("dashboard.py", "premium", "x"), "dashboard.py"),
        (lambda kit: kit.delete("tests"), "tests"),
        (lambda kit: kit.move("dashboard.py", "conftest.py"), "conftest.py"),
        (lambda kit: kit.write("a\0b", ""), "character that no name should have"),
        (lambda kit: kit.search("(", is_regex=True), "("),
        (lambda kit: kit.glob(" "), "The pattern is empty"),
        (lambda kit: kit.git_diff("../x"), "Nothing is changed."),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_changes_nothing(
    still: Bench, act: Callable[[Kit], str], said: str
) -> None:
    told = act(Kit(still, "all"))
    assert said in told
    assert "\n" not in told
    assert still.changed() == []


def test_binary_files_and_other_encodings_are_named_and_not_shown(kit: Kit, checkout: Checkout) -> None:
    (checkout.folder / "a.png").write_bytes(b"\x89PNG\0\0secret")
    (checkout.folder / "a.txt").write_bytes("Prämie".encode("latin-1"))
    assert kit.read("a.png") == "a.png is a binary file of 12 bytes."
    assert "is no UTF-8 text" in kit.read("a.txt")
    assert "is no UTF-8 text" in kit.edit("a.txt", "Pr", "pr")


def test_large_files_are_read_in_parts_and_said_to_be_so(kit: Kit, checkout: Checkout) -> None:
    checkout.write("long.txt", "".join(f"line {number}\n" for number in range(1, 1001)))
    told = kit.read("long.txt", 101)
    assert told.splitlines()[1] == "   101\tline 101"
    assert told.splitlines()[-2:] == ["   500\tline 500", "Lines 501 to 1000 are not shown."]
    assert len(kit.read("long.txt", 1, 1000).splitlines()) == 402
    checkout.write("wide.txt", ("x" * 900 + "\n") * 100)
    wide = kit.read("wide.txt")
    assert len(wide) <= MOST_LETTERS
    assert wide.splitlines()[-1] == "Lines 14 to 100 are not shown."
    assert "is the most for one file" in kit.write("huge.txt", "x" * 1_000_001)
    (checkout.folder / "huge.bin").write_bytes(b"x" * 5_000_001)
    assert "huge.bin" in kit.read("huge.bin")
    assert len(kit.read("huge.bin")) < 300


def test_a_device_that_never_ends_is_no_file(kit: Kit, checkout: Checkout) -> None:
    os.mkfifo(checkout.folder / "pipe")
    assert "no regular file" in kit.read("pipe")
    assert "pipe (no regular file)" in kit.list()


def test_a_long_answer_keeps_beginning_and_end(kit: Kit, checkout: Checkout) -> None:
    checkout.write("many.txt", f"needle {'x' * 1000}\n" * 100)
    told = kit.search("needle")
    assert len(told) < MOST_LETTERS + 60
    assert "letters left out]" in told
    assert clipped("x" * MOST_LETTERS) == "x" * MOST_LETTERS


@needs_bubblewrap
def test_a_command_tells_how_it_ended_and_what_it_said(kit: Kit) -> None:
    told, facts = kit.run("echo out; echo err >&2; exit 3")
    assert told.splitlines()[0] == "exit code 3"
    assert {"out", "err"} <= set(told.splitlines())
    assert facts == {"argv": "echo out; echo err >&2; exit 3", "exit_code": 3, "stopped_by": None, "is_boxed": True}


@needs_bubblewrap
def test_a_command_is_bounded_in_time_and_in_words(kit: Kit) -> None:
    began = time.perf_counter()
    _, facts = kit.run("sleep 60 & sleep 60", timeout_s=1)
    assert time.perf_counter() - began < 10
    assert facts["stopped_by"] == "time"
    told, _ = kit.run("yes | head -c 3000000")
    assert len(told) < MOST_LETTERS + 60


def test_an_empty_command_and_a_target_that_is_an_option_are_refused(kit: Kit) -> None:
    with pytest.raises(BadInput, match="The command is empty"):
        kit.run(" ")
    with pytest.raises(BadInput, match="no option"):
        kit.run_tests("--collect-only")


def test_a_file_whose_writer_was_killed_is_no_part_of_the_change(checkout: Checkout) -> None:
    for name in (".magnus-0123456789abcdef", "tests/.magnus-fedcba9876543210", ".magnus-notes"):
        checkout.write(name, "half")
    assert bench_in(checkout).changed() == [".magnus-notes"]


@needs_bubblewrap
def test_tests_run_on_the_code_as_it_is_and_as_it_was(kit: Kit, checkout: Checkout) -> None:
    kit.write("tests/test_missing.py", NEW_TEST)
    fixed = 'def shown(premium):\n    return "n/a" if premium is None else f"${premium:,.2f}"'
    kit.edit("dashboard.py", 'def shown(premium):\n    return f"${premium:,.2f}"', fixed)
    told, before = kit.run_tests("tests/test_missing.py", before=True)
    assert "TypeError" in told
    assert (before["exit_code"], before["counts"], before["before"]) == (1, {"failed": 1}, True)
    _, now = kit.run_tests()
    assert (now["exit_code"], now["counts"], now["is_test"]) == (0, {"passed": 2}, True)
    assert fixed in (checkout.folder / "dashboard.py").read_text()
    assert kit.git_diff().count("\n+++ ") == 2


@needs_bubblewrap
def test_pytest_loads_nothing_that_only_magnus_has_use_for(kit: Kit) -> None:
    kit.write("tests/test_loaded.py", "import sys\n\n\ndef test_it():\n    assert 'langsmith' not in sys.modules\n")
    told, facts = kit.run_tests("tests/test_loaded.py")
    assert facts["counts"] == {"passed": 1}, told


def test_the_history_of_a_file_can_be_asked_for(kit: Kit, checkout: Checkout) -> None:
    checkout.commit(dashboard__py=BUG.replace("premium", "prize"))
    assert kit.git_log("dashboard.py").count(" Ada: work") == 2
    assert kit.git_log("README.md").count(" Ada: work") == 1
    assert kit.git_log("nothing.py") == "No commit."
    assert [line.partition("(Ada")[2][:12].strip() for line in kit.git_blame("dashboard.py", 1, 2).splitlines()]
    assert "def shown(prize)" in kit.git_blame("dashboard.py", 1, 2)
    assert kit.git_diff("README.md") == "Nothing is changed."
    assert "-def shown(premium)" in kit.git_diff("dashboard.py")


def test_what_somebody_committed_last_can_be_reviewed(kit: Kit, checkout: Checkout) -> None:
    checkout.commit(notes__md="Mine.\n")
    assert kit.git_diff("notes.md", since="HEAD~1").count("+Mine.") == 1
    assert kit.git_diff(since="HEAD") == "Nothing is changed."


def test_git_says_why_a_file_has_no_history(kit: Kit) -> None:
    for path, why in (("nothing.py", "no such path"), ("dashboard.py", "has only 6 lines")):
        with pytest.raises(BadInput, match=why):
            kit.git_blame(path, 50, 60)
    with pytest.raises(BadInput, match="goes up"):
        kit.git_blame("../x")


def test_a_path_is_never_a_pattern_or_an_option_of_git(kit: Kit, checkout: Checkout) -> None:
    checkout.write("dashboard.py", "changed\n")
    assert kit.git_diff("*.py") == "Nothing is changed."
    assert kit.git_diff(":(glob)**") == "Nothing is changed."
    assert kit.git_log("--output=here") == "No commit."
    for name in ("--output=here", "HEAD~1..HEAD", "nowhere", "HEAD:dashboard.py"):
        with pytest.raises(BadInput, match="There is no revision"):
            kit.git_diff(since=name)
    assert not (checkout.folder / "here").exists()


def test_the_mark_of_a_secret_is_not_written_over_it(kit: Kit, checkout: Checkout) -> None:
    checkout.write("settings.py", "KEY = 'the-real-one'\n")
    for act in (
        lambda: kit.write("settings.py", f"KEY = '{REMOVED}'\n"),
        lambda: kit.edit("settings.py", "the-real-one", REMOVED),
        lambda: kit.edit("settings.py", f"KEY = '{REMOVED}'", "KEY = ''"),
    ):
        with pytest.raises(BadInput, match="stands for a text you are not shown"):
            act()
    assert (checkout.folder / "settings.py").read_text() == "KEY = 'the-real-one'\n"


def test_a_strange_name_of_a_file_is_told_in_one_line_that_can_be_kept(checkout: Checkout) -> None:
    (checkout.folder / "a\n- nothing was changed").write_text("x")
    (checkout.folder / os.fsdecode(b"na\xffme")).write_text("x")
    bench = bench_in(checkout)
    assert bench.changed() == ["a\\n- nothing was changed", "na\\xffme"]
    assert "\n".join(bench.changed()).encode()


def test_nobody_can_be_asked_where_there_is_no_line(kit: Kit) -> None:
    with pytest.raises(BadInput, match="nobody to ask"):
        kit.ask_agent("architect", "Why?", "call")
