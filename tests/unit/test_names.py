"""Which names an agent may speak of: git is known in every disguise, and no name fools a reader."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import BadInput
from tools.code.beneath import Beneath
from tools.code.names import is_git_name, parts

GIT_IN_DISGUISE = [
    ".git", ".GIT", ".Git", ".giT", "git~1", "GIT~1", ".git.", ".git ", ".git. .", ".git::$INDEX_ALLOCATION",
    "a\\.git", ".g\u200cit", "\ufeff.git", ".gi\u2060t", ".git\u202e", ".\uff47\uff49\uff54", "\uff0egit",
    ".ｇＩt", ".g\u00adit", ".git\ufe0f",
]  # fmt: skip
NOT_GIT = [".gitignore", ".github", "git", "git~10", ".gitattributes", "x.git", ".got", "legit"]


@pytest.mark.parametrize("name", GIT_IN_DISGUISE)
def test_git_is_known_in_every_disguise(tmp_path: Path, name: str) -> None:
    assert is_git_name(name)
    for path in (name, f"src/{name}", f"{name}/config"):
        with pytest.raises(BadInput, match="belongs to git"):
            Beneath(tmp_path).write(path, b"")


@pytest.mark.parametrize("name", NOT_GIT)
def test_what_only_looks_like_git_is_a_file_as_any_other(tmp_path: Path, name: str) -> None:
    Beneath(tmp_path).write(name, b"x")
    assert Beneath(tmp_path).read(name, 10) == b"x"


@pytest.mark.parametrize("path", ["a\0b", "a\nb", "a\x1bb", "a\ud800", "x" * 2000])
def test_a_name_that_fools_a_reader_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(BadInput, match="The path"):
        Beneath(tmp_path).write(path, b"")


@given(st.text(max_size=40))
def test_whatever_is_named_lies_beneath_or_is_refused(path: str) -> None:
    try:
        names = parts(path)
    except BadInput as error:
        assert str(error)
    else:
        assert not set(names) & {"", ".", "..", ".git"}
        assert "\0" not in path
