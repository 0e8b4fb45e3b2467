"""What an agent does with files: each answer is a text it can act on."""

import os
from pathlib import Path

import pytest

from tools.code.files import LARGEST_WRITTEN, MOST_LINES, MOST_LISTED, Workspace
from tools.code.globs import matches


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    place = Workspace(tmp_path)
    place.write("src/app.py", "one\ntwo\nthree\ntwo\n")
    return place


def test_a_file_is_read_with_the_numbers_of_its_lines(workspace: Workspace) -> None:
    assert workspace.read("src/app.py", 2, 3) == (
        "src/app.py, lines 2 to 3 of 4:\n     2\ttwo\n     3\tthree\nLines 4 to 4 are not shown."
    )
    assert workspace.read("src/app.py").endswith("     4\ttwo")


@pytest.mark.parametrize(("first", "last"), [(0, None), (5, None), (3, 2), (-1, 3)])
def test_lines_that_are_not_there_are_refused(workspace: Workspace, first: int, last: int | None) -> None:
    assert workspace.read("src/app.py", first, last).startswith("src/app.py has 4 lines, and ")


def test_a_long_file_is_read_in_pieces(workspace: Workspace) -> None:
    workspace.write("long", "x\n" * (MOST_LINES + 5))
    assert workspace.read("long").endswith(f"Lines {MOST_LINES + 1} to {MOST_LINES + 5} are not shown.")
    assert workspace.read("long", MOST_LINES + 5).endswith(f"{MOST_LINES + 5}\tx")


def test_a_long_line_and_a_wide_file_are_cut_and_say_so(workspace: Workspace) -> None:
    workspace.write("wide", ("x" * 2500 + "\n") * 100)
    answer = workspace.read("wide")
    assert "… and 500 more letters" in answer
    assert len(answer) < 110_000
    assert answer.endswith("to 100 are not shown.")


def test_lines_are_counted_as_git_counts_them(workspace: Workspace) -> None:
    workspace.write("odd", "a\x0bb\u2028c\r\nd\n")
    assert "lines 1 to 2 of 2" in workspace.read("odd")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a\0b", "x is a binary file of 3 bytes."),
        (b"a\xffb", "x is no UTF-8 text, from byte 1 on: it is left as it is."),
    ],
)
def test_what_is_no_text_is_named_and_left_alone(workspace: Workspace, data: bytes, said: str) -> None:
    (workspace.root / "x").write_bytes(data)
    assert workspace.read("x") == said
    assert workspace.edit("x", "a", "b") == said
    assert (workspace.root / "x").read_bytes() == data


def test_an_empty_file_is_said_to_be_empty(workspace: Workspace) -> None:
    workspace.write("empty", "")
    assert workspace.read("empty") == "empty is empty."


def test_writing_says_whether_the_file_is_new(workspace: Workspace) -> None:
    assert workspace.write("src/b.py", "x = 1\n") == "src/b.py is new: 1 line."
    assert workspace.write("src/b.py", "x = 1\ny = 2") == "src/b.py is replaced: 2 lines."


def test_too_much_and_broken_content_is_refused(workspace: Workspace) -> None:
    assert "is the most for one file" in workspace.write("x", "x" * (LARGEST_WRITTEN + 1))
    assert "broken letter at 1" in workspace.write("x", "a\ud800")
    assert not (workspace.root / "x").exists()


def test_an_edit_changes_the_one_place(workspace: Workspace) -> None:
    assert workspace.edit("src/app.py", "three\n", "3\n") == "src/app.py is changed at line 3."
    assert (workspace.root / "src/app.py").read_text(encoding="utf-8") == "one\ntwo\n3\ntwo\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "two\n",
            "2\n",
            "The text to be replaced is 2 times in src/app.py, at lines 2, 4: quote more lines around it.",
        ),
        ("thre e", "3", "is not in src/app.py; line 3 comes nearest and reads 'three'."),
        ("something else altogether", "3", "is not in src/app.py: read it again."),
        ("", "3", "The text to be replaced is empty: quote the lines that should change."),
        ("one", "one", "The new text is the old one: nothing would change."),
    ],
)
def test_an_edit_that_is_not_clear_changes_nothing(workspace: Workspace, old: str, new: str, said: str) -> None:
    assert said in workspace.edit("src/app.py", old, new)
    assert (workspace.root / "src/app.py").read_text(encoding="utf-8") == "one\ntwo\nthree\ntwo\n"


def test_places_that_overlap_are_two(workspace: Workspace) -> None:
    workspace.write("x", "aaa")
    assert "is 2 times in x" in workspace.edit("x", "aa", "b")


def test_a_file_of_windows_keeps_its_line_ends(workspace: Workspace) -> None:
    (workspace.root / "x").write_bytes(b"a\r\nb\r\nc\r\n")
    workspace.edit("x", "a\nb\n", "1\n2\n")
    assert (workspace.root / "x").read_bytes() == b"1\r\n2\r\nc\r\n"


def test_a_folder_is_listed_with_sizes(workspace: Workspace) -> None:
    workspace.write("README.md", "hi")
    os.mkfifo(workspace.root / "pipe")
    (workspace.root / "link").symlink_to("README.md")
    lines = ["README.md (2 bytes)", "link (symbolic link)", "pipe (no regular file)", "src/"]
    assert workspace.list().splitlines() == lines
    assert workspace.list("src") == "src/app.py (18 bytes)"


def test_a_long_folder_is_not_listed_to_the_end(workspace: Workspace) -> None:
    for number in range(MOST_LISTED + 1):
        (workspace.root / "src" / f"{number}.txt").write_bytes(b"")
    for answer in (workspace.list("src"), workspace.glob("*")):
        assert len(answer.splitlines()) == MOST_LISTED + 1
        assert answer.endswith(f"There are more than {MOST_LISTED}: look into one folder.")


def test_an_empty_folder_is_said_to_be_empty(tmp_path: Path) -> None:
    assert Workspace(tmp_path).list() == "The folder is empty."


def test_files_are_found_by_a_pattern(workspace: Workspace) -> None:
    for path in ("a.py", "src/deep/b.py", "src/deep/c.md", "node_modules/x/d.py", ".git.py"):
        workspace.write(path, "")
    (workspace.root / ".git").mkdir()
    (workspace.root / ".git" / "e.py").write_bytes(b"")
    assert workspace.glob("*.py").splitlines() == [".git.py", "a.py", "src/app.py", "src/deep/b.py"]
    assert workspace.glob("src/**/*.py").splitlines() == ["src/app.py", "src/deep/b.py"]
    assert workspace.glob("*.rs") == "No file fits *.rs."
    assert workspace.glob("") == "The pattern is empty: try *.py or src/**/*.py."


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.py", "a/b/c.py", True),
        ("*.py", "a/b/c.pyc", False),
        ("/*.py", "c.py", True),
        ("/*.py", "a/c.py", False),
        ("a/*.py", "a/c.py", True),
        ("a/*.py", "a/b/c.py", False),
        ("a/**", "a/b/c.py", True),
        ("a/**", "b/c.py", False),
        ("a/**/c.py", "a/c.py", True),
        ("**/c.py", "c.py", True),
        ("?.py", "c.py", True),
        ("?.py", "cc.py", False),
        ("[ab].py", "b.py", True),
        ("[!ab].py", "b.py", False),
        ("[a-c]*", "bx", True),
        ("a+b.py", "a+b.py", True),
        ("a.b", "aXb", False),
        ("[", "[", True),
        ("a[]b", "a[]b", True),
        ("[!/]", "/", False),
    ],
)
def test_a_pattern_fits_what_it_says(pattern: str, path: str, fits: bool) -> None:
    assert matches(pattern, path) is fits


def test_deleting_and_moving_say_what_they_did(workspace: Workspace) -> None:
    assert workspace.move("src/app.py", "lib/app.py") == "src/app.py is lib/app.py now."
    assert workspace.delete("src") == "src is deleted."
    assert workspace.delete("src") == "src is not there."
    assert workspace.delete("lib") == "lib is a folder with something in it: delete what is in it first."


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", ".git/config", "x\0"])
def test_a_forbidden_path_is_an_answer_and_not_an_error(workspace: Workspace, path: str) -> None:
    answers = [
        workspace.read(path),
        workspace.write(path, "x"),
        workspace.edit(path, "a", "b"),
        workspace.delete(path),
        workspace.list(path),
        workspace.move(path, "y"),
        workspace.move("src/app.py", path),
    ]
    assert all(answer.endswith((".", "app.py.")) and len(answer) < 200 for answer in answers)
    assert (workspace.root / "src/app.py").exists()
