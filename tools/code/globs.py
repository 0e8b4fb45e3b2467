"""Patterns for paths: `*.py` is a name anywhere, `src/**/*.py` a path from the top; ** is any number of folders."""

import re
from functools import cache

HEAVY = (
    ".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache", ".pytest_cache",
    ".ruff_cache", ".tox", ".nox", ".eggs",
)  # fmt: skip
"""Folders that nobody means who looks through a project."""


def matches(pattern: str, path: str) -> bool:
    """Whether a path from the top fits a pattern; `?` is one letter, `[ab]` one of them, neither of them a slash."""
    return bool(_compiled(pattern).fullmatch(path))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    anchored = pattern.strip("/")
    if "/" not in pattern.rstrip("/"):
        anchored = f"**/{anchored}"
    words = anchored.split("/")
    text = "".join(_folder(word) for word in words[:-1]) + ("(?s:.+)" if words[-1] == "**" else _name(words[-1]))
    return re.compile(text)


def _folder(word: str) -> str:
    return "(?:[^/]+/)*" if word == "**" else f"{_name(word)}/"


def _name(word: str) -> str:
    pieces = re.findall(r"\[!?\]?[^\]]*\]|\*+|\?|.", word, re.DOTALL)
    return "".join(map(_piece, pieces))


def _piece(piece: str) -> str:
    if piece[0] == "*":
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if len(piece) > 2 and piece[0] == "[":
        inner = piece[1:-1].replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
        denied = inner.startswith("!")
        return f"(?!/)[{'^' if denied else ''}{inner[1:] if denied else inner}]"
    return re.escape(piece)
