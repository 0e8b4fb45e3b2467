"""The search for text: ripgrep in its box and the search in Python give the same answers."""

import os
from pathlib import Path
from typing import Any

import pytest
from boxes import needs_bubblewrap

from graph.errors import BadInput
from tools.code import searching
from tools.code.files import MOST_HITS, Workspace
from tools.code.sandbox import Sandbox
from tools.code.scan import Query
from tools.code.searching import PLAIN, best_searcher, search

pytestmark = needs_bubblewrap

FILES = {
    "README.md": b"# Wheel\nSell a PUT, collect premium.\n",
    "src/app.py": b"def put(x):\n    return x[0] + 1\n\ndef call(y): return y\n",
    "src/app.txt": b"put\r\nand call\r\n",
    "src/app-two.py": b"put = 1\n",
    "src/deep/er/x.py": b"# put $1.50 (a+b)\n" + b"put " * 200,
    ".hidden/put.txt": b"put",
    ".gitignore": b"ignored.txt\n",
    "ignored.txt": b"put in what git ignores\n",
    "node_modules/a/b.js": b"put",
    ".git/config": b"put",
    "a/.git": b"gitdir: put\n",
    "binary": b"put\nput\0put\n",
    "binary-late": b"put\n" + b"x" * 100_000 + b"\0",
    "latin": b"put caf\xe9\nput\n",
    "utf": "Größe put\nGRÖSSE\n".encode(),
    "bom": b"\xef\xbb\xbfput\n",
    "huge": b"put\n" * 300_000,
    "empty": b"",
    "Src/z.py": b"put\n",
    "src.py": b"put\n",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("search")
    for name, data in FILES.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(data)
    (top / "link").symlink_to("README.md")
    (top / "way").symlink_to("src")
    os.mkfifo(top / "pipe")
    return top


@pytest.mark.parametrize(
    "asked",
    [
        {"pattern": "put"},
        {"pattern": "PUT", "ignores_case": True},
        {"pattern": "größe", "ignores_case": True},
        {"pattern": "put", "glob": "*.py"},
        {"pattern": "put", "glob": "src/**/*.py"},
        {"pattern": "put", "glob": "/*.py"},
        {"pattern": "put", "glob": "src/*"},
        {"pattern": "put", "glob": "[Ss]rc/**"},
        {"pattern": "$1.50 (a+b)"},
        {"pattern": "x[0] + 1"},
        {"pattern": r"^def \w+\(", "is_regex": True},
        {"pattern": r"put$", "is_regex": True},
        {"pattern": r"\bput\b.*\d", "is_regex": True},
        {"pattern": r"(put|call) *[=(]", "is_regex": True},
        {"pattern": r"(?<=def )call", "is_regex": True},
        {"pattern": r"(?i)größe", "is_regex": True},
        {"pattern": r"[[]0]", "is_regex": True},
        {"pattern": "-e"},
        {"pattern": "nowhere at all"},
        {"pattern": "put", "most": 3},
    ],
    ids=str,
)
def test_both_searches_give_the_same_answer(root: Path, asked: dict[str, Any]) -> None:
    query = Query(**asked)
    ripgrep, python = (search(root, query, Sandbox(), way) for way in ("ripgrep", "python"))  # type: ignore[arg-type]
    assert ripgrep == python
    assert bool(python) == (asked["pattern"] not in ("nowhere at all", "-e"))


def test_what_is_found_is_text_of_the_project_in_the_order_of_its_paths(root: Path) -> None:
    hits = search(root, Query("put"), Sandbox())
    paths = list(dict.fromkeys(hit.path for hit in hits))
    assert paths == [
        ".hidden/put.txt", "Src/z.py", "bom", "ignored.txt", "latin", "src/app-two.py", "src/app.py", "src/app.txt",
        "src/deep/er/x.py", "src.py", "utf",
    ]  # fmt: skip
    assert [(hit.line, hit.text) for hit in hits if hit.path == "src/app.txt"] == [(1, "put")]
    assert max(len(hit.text) for hit in hits) < 310


def test_ripgrep_is_taken_where_it_is_and_where_there_is_a_box() -> None:
    assert (best_searcher(Sandbox()), best_searcher(Sandbox("off"))) == ("ripgrep", "python")


def test_without_a_box_the_search_goes_on_in_python(root: Path, tmp_path: Path) -> None:
    nothing_installed = Sandbox(search_path=str(tmp_path))
    assert search(root, Query("put"), nothing_installed, "ripgrep") == search(root, Query("put"), Sandbox(), "python")


def test_a_regular_expression_that_would_never_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_text("a" * 60 + "b\n", encoding="utf-8")
    monkeypatch.setattr(searching, "LIMIT_S", 1)
    with pytest.raises(BadInput, match="took longer than"):
        search(tmp_path, Query(r"(a|a)*(?!b)$", is_regex=True), Sandbox())


@pytest.mark.parametrize(
    ("pattern", "said"), [("", "at least one letter"), ("a\nb", "on one line"), ("(", "no regular")]
)
def test_what_cannot_be_looked_for_is_refused(tmp_path: Path, pattern: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        search(tmp_path, Query(pattern, is_regex=True), Sandbox())


@pytest.mark.parametrize(
    ("pattern", "is_plain"),
    [("a.*b", True), (r"\d{2,3}", True), (r"\p{L}", False), ("[[:alpha:]]", False), ("[a&&b]", False), (r"\A", False)],
)
def test_only_what_both_read_alike_is_given_to_ripgrep(pattern: str, is_plain: bool) -> None:
    assert bool(PLAIN.fullmatch(pattern)) is is_plain


def test_an_agent_reads_paths_lines_and_text(root: Path) -> None:
    workspace = Workspace(root)
    assert workspace.search("def ", glob="*.py").splitlines() == [
        "src/app.py:1: def put(x):",
        "src/app.py:4: def call(y): return y",
    ]
    assert workspace.search("straddle", glob="*.py") == "No line has straddle in files that fit *.py."
    assert workspace.search("(", is_regex=True).startswith("( is no regular expression: ")


def test_more_lines_than_anybody_reads_are_said_to_be_more(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("put\n" * (MOST_HITS + 1), encoding="utf-8")
    answer = Workspace(tmp_path).search("put").splitlines()
    assert len(answer) == MOST_HITS + 1
    assert answer[-1].startswith(f"There are more than {MOST_HITS} such lines")


def test_a_search_sees_nothing_behind_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2", encoding="utf-8")
    (root / "out").symlink_to(tmp_path)
    try:
        assert [search(root, Query("hunter2"), Sandbox(), way) for way in ("ripgrep", "python")] == [[], []]  # type: ignore[arg-type]
    finally:
        (root / "out").unlink()
