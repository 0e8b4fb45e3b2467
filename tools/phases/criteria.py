"""What a success criterion names that code can check: a command, tests, an endpoint or a file. Nothing is run here."""

import re
import shlex
from dataclasses import dataclass
from typing import Literal

Kind = Literal["command", "tests", "endpoint", "file", "claim"]

RUNNABLE = {
    "alembic", "bash", "coverage", "make", "mypy", "node", "npm", "npx", "psql", "py.test", "pyright", "pytest",
    "python", "python3", "ruff", "sh", "tox", "uv",
}  # fmt: skip
"""Programs by which a text in backticks is known for a command."""
QUOTED = re.compile(r"`([^`\n]+)`")
EXITS = re.compile(r"\b(?:exits?|ends?|fails?)\b(?: with)?(?: (?:exit )?(?:code|status))? (\d{1,3})\b", re.IGNORECASE)
ENDPOINT = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+`?(/[^\s`,;)]*)")
ALL_TESTS = re.compile(
    r"\b(?:tests?|suite)\b[^.;`]{0,30}\b(?:pass(?:es|ed)?|green|succeeds?)\b",
    re.IGNORECASE,
)
FILE = re.compile(r"(?<![\w/.-])((?:[\w.-]+/)*[\w-][\w.-]*\.[A-Za-z][A-Za-z0-9]{0,7})(?![\w/-])")
IS_THERE = re.compile(r"\b(?:exists?|is there|present|created?|added|written|is in place)\b", re.IGNORECASE)
TEST_FILE = re.compile(r"(?:^|/)test_[\w.-]*\.py$|(?:^|/)[\w-]+_test\.py$")
PASSES = re.compile(r"\bpass(?:es|ed|ing)?\b|\bgreen\b", re.IGNORECASE)


@dataclass(frozen=True)
class Check:
    """How a criterion is checked: by running `argv`, by the tests that call an endpoint, by a file, or by a claim.

    `exit_code` is the one that `argv` has to end with; `method` and `path` are those of an endpoint, and `path` alone
    that of a file. A criterion that names nothing of these is a claim: the tester has to show it.
    """

    kind: Kind
    argv: tuple[str, ...] = ()
    exit_code: int = 0
    method: str = ""
    path: str = ""


def check_for(criterion: str) -> Check:
    """How a criterion is checked, by the most exact thing it names.

    >>> check_for("`pytest tests/test_login.py` passes").argv
    ('bash', '-c', 'pytest tests/test_login.py')
    >>> check_for("POST /login answers 200 with a token").path
    '/login'
    >>> check_for("Schema validated").kind
    'claim'
    """
    if command := _command(criterion):
        wanted = EXITS.search(QUOTED.sub("", criterion))
        return Check("command", ("bash", "-c", command), int(wanted[1]) if wanted else 0)
    if found := ENDPOINT.search(criterion):
        return Check("endpoint", method=found[1], path=found[2].rstrip(".:"))
    files = FILE.findall(criterion)
    if files and TEST_FILE.search(files[0]) and PASSES.search(criterion):
        return Check("tests", path=files[0])
    if ALL_TESTS.search(criterion) and not files:
        return Check("tests")
    if files and IS_THERE.search(criterion):
        return Check("file", path=files[0])
    return Check("claim")


def calls(method: str, path: str) -> re.Pattern[str]:
    """What a test has in it that calls an endpoint: `client.post("/login"`, or both words of a table of routes.

    A part of the path in braces or behind a colon stands for anything.
    """
    spelt = re.sub(r"\\\{[^}]*\\\}|:\w+", r"[^\"'/?]+", re.escape(path).rstrip("/") or "/")
    called = rf"\.{method.lower()}\(\s*f?[\"'][^\"'\s]*{spelt}/?[\"'?]"
    listed = rf"[\"']{method}[\"']\s*,\s*f?[\"'][^\"'\s]*{spelt}/?[\"'?]"
    return re.compile(f"{called}|{listed}")


def _command(criterion: str) -> str:
    """The first text in backticks that is a command; "" where there is none."""
    for text in QUOTED.findall(criterion):
        try:
            words = shlex.split(text)
        except ValueError:
            continue
        program = next((word for word in words if "=" not in word), "")
        if program in RUNNABLE or (program.startswith("./") and len(words) > 0):
            return str(text)
    return ""
