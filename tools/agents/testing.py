"""How the tests of a project are run, and what their last line says."""

import re
from pathlib import Path

COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected)\b")
PYTEST_FILES = ("pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini", "conftest.py")


def test_command(root: Path, target: str) -> tuple[str, ...]:
    """The command line that runs the tests, or those of `target`; pytest unless the project is clearly another kind."""
    if _has_pytest(root):
        return ("python", "-m", "pytest", "-q", *([target] if target else []))
    if (root / "package.json").is_file():
        return ("npm", "test", *(["--", target] if target else []))
    if "\ntest:" in _text(root / "Makefile"):
        return ("make", "test")
    return ("python", "-m", "pytest", "-q", *([target] if target else []))


def counts(log: str) -> dict[str, int]:
    """What pytest counted, by its words.

    >>> counts("F..\\n1 failed, 2 passed in 0.02s")
    {'failed': 1, 'passed': 2}
    """
    last = next((line for line in reversed(log.splitlines()) if COUNT.search(line)), "")
    return {"error" if word == "errors" else word: int(number) for number, word in COUNT.findall(last)}


def _has_pytest(root: Path) -> bool:
    has_settings = any((root / name).is_file() for name in PYTEST_FILES)
    return has_settings or next(iter([*root.glob("test*/test_*.py"), *root.glob("test_*.py")]), None) is not None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
