"""What an agent may write: its file says nothing, tests or everything, and code holds it to that."""

from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from graph.errors import BadInput
from prompts.agent import Writes

TEST_FOLDERS = {"tests", "test", "__tests__"}
TEST_FILES = ("test_*.py", "*_test.py", "*.test.[jt]s", "*.test.[jt]sx", "*.spec.[jt]s", "*.spec.[jt]sx", "*_test.go")
JUDGES = {
    "conftest.py",
    "sitecustomize.py",
    "usercustomize.py",
    "pytest.ini",
    ".pytest.ini",
    "tox.ini",
    "setup.cfg",
    "setup.py",
    "pyproject.toml",
    ".coveragerc",
    "noxfile.py",
}
"""Files that decide how tests are run or counted, wherever they lie: who writes tests does not write these."""


def refuse_unless_writable(writes: Writes, path: str) -> None:
    """Raise BadInput with a sentence the model can act on where an agent may not write this file."""
    if writes == "all":
        return
    if writes == "nothing":
        raise BadInput("You may read and run, not write: put the change you want into your handoff.")
    if PurePosixPath(path).name.casefold() in JUDGES:
        raise BadInput(f"{path} decides how tests are judged, so it is not yours to write: put it into your handoff.")
    if not is_test(path):
        raise BadInput(f"You write tests only, and {path} is none: hand the change over to who writes the code.")


def is_test(path: str) -> bool:
    """Whether a file of the project is a test, by its name or its folder.

    >>> [is_test(path) for path in ("tests/data/a.csv", "src/test_a.py", "src/testing.py", "contest/a.py")]
    [True, True, False, False]
    """
    place = PurePosixPath(path)
    is_below = any(part.casefold() in TEST_FOLDERS for part in place.parts[:-1])
    return is_below or any(fnmatchcase(place.name, pattern) for pattern in TEST_FILES)
