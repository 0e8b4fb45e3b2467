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
ALONE = {"make", "py.test", "pytest", "tox"}
"""Those of them that do something when nothing else is said; the others are then only spoken of."""
QUOTED = re.compile(r"`([^`\n]+)`")
NEXT_COMMAND = re.compile(r"\s*(?:,|,? and)\s*$")
EXITS = re.compile(
    r"\b(?:exits?(?: with)?(?: (?:exit )?(?:code|status))?|(?:ends?|fails?) with (?:exit )?(?:code|status)) (\d{1,3})\b"
    r"|\b(?:ends?|fails?) with (\d{1,3})(?=\s*(?:[.,;)]|$|for\b|when\b|where\b|if\b))",
    re.IGNORECASE,
)
SAYS = re.compile(r"\b(?:prints?|outputs?|displays?|says?)\b", re.IGNORECASE)
FAILS = re.compile(r"\b(?:fails?|non-?zero)\b|\b(?:not|n't|never|no longer) (?:pass|succeed|work|exit)", re.IGNORECASE)
ENDPOINT = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s+`?(/[^\s`,;)]*)")
ALL_TESTS = re.compile(r"\b(?:tests?|suite)\b[^.;`]{0,30}\b(?:pass(?:es|ed)?|green|succeeds?)\b", re.IGNORECASE)
MORE_THAN_TESTS = re.compile(r"\bcoverage\b|\d+ (?:\w+ )?tests?\b|\bno tests?\b", re.IGNORECASE)
FILE = re.compile(r"(?<![\w/.-])((?:[\w.-]+/)*[\w-][\w.-]*\.[A-Za-z][A-Za-z0-9]{0,7})(?![\w/-])")
NAME = r"`?(?:[\w.-]+/)*[\w-][\w.-]*\.[A-Za-z][A-Za-z0-9]{0,7}`?"
NAMES = (
    rf"(?:(?:the|a|an|new|files?|modules?|pages?|migrations?|scripts?|tests?)\s+)*{NAME}(?:(?:,| and|, and)\s+{NAME})*"
)
IS_THERE = re.compile(
    rf"^(?:there (?:is|are) {NAMES}|{NAMES}\s+(?:now\s+)?(?:exists?|is there|created|added|written"
    r"|(?:is|are|was|were) (?:present|there|in place|created|added|written)))\W*$",
    re.IGNORECASE,
)
"""Nothing but that files are there: one that is only where something else happens shows nothing by being there."""
IS_GONE = re.compile(
    rf"^{NAMES}\s+(?:no longer exists?|do(?:es)? not exist|(?:is|are|was|were|has been|have been) "
    r"(?:gone|removed|deleted|not there))\W*$",
    re.IGNORECASE,
)
ENDINGS = re.compile(
    r"\.(?:py|pyi|ipynb|md|rst|txt|toml|ini|cfg|ya?ml|json|lock|sql|html|s?css|jsx?|tsx?|vue|svelte|sh|env|csv|xml|"
    r"j2|mako|go|rs|java|kt|rb|php|tf)$"
)
"""By which a word with a point is known for a file; any is, behind a folder."""
NO_FILES = re.compile(r"^(?:node|vue|next|nuxt|express|react|three|d3|chart)\.js$", re.IGNORECASE)
TEST_FILE = re.compile(r"(?:^|/)test_[\w.-]*\.py$|(?:^|/)[\w-]+_test\.py$")
PASSES = re.compile(r"\bpass(?:es|ed|ing)?\b|\bgreen\b", re.IGNORECASE)
VARIABLE = re.compile(r"\\\{[^}]*\\\}|<[^>/]*>|:\w+")
ANYTHING = r"(?:\{[^}]*\}|[^\"'/?\s{])+"


@dataclass(frozen=True)
class Check:
    """How a criterion is checked: by running `argv`, by the tests that call an endpoint, by files, or by a claim.

    `exit_code` is the one that `argv` has to end with, `says` what it has to print; `method` and `path` are those of an
    endpoint, `paths` files: of tests that have to pass, or that have to be there, or not there where they are `gone`.
    A criterion that names nothing of these is a claim: the tester has to show it.
    """

    kind: Kind
    argv: tuple[str, ...] = ()
    exit_code: int = 0
    says: str = ""
    method: str = ""
    path: str = ""
    paths: tuple[str, ...] = ()
    is_gone: bool = False


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
        return _of_command(criterion, command)
    if found := ENDPOINT.search(criterion):
        return Check("endpoint", method=found[1], path=found[2].rstrip(".:"))
    files = tuple(dict.fromkeys(name for name in FILE.findall(criterion) if _is_file(name)))
    tests = tuple(name for name in files if TEST_FILE.search(name))
    if FAILS.search(criterion) and not IS_GONE.search(criterion.strip()):
        return Check("claim")
    if tests and tests == files and PASSES.search(criterion):
        return Check("tests", paths=tests)
    if ALL_TESTS.search(criterion) and not files and not MORE_THAN_TESTS.search(criterion):
        return Check("tests")
    is_gone, is_there = IS_GONE.search(criterion.strip()), IS_THERE.search(criterion.strip())
    return Check("file", paths=files, is_gone=bool(is_gone)) if files and (is_gone or is_there) else Check("claim")


def calls(method: str, path: str) -> re.Pattern[str]:
    """What a test has in it that calls an endpoint: `client.post("/login"`, or both words of a table of routes.

    A part of the path in braces, in angle brackets or behind a colon stands for anything.
    """
    spelt = VARIABLE.sub(lambda _: ANYTHING, re.escape(path.rstrip("/") or "/"))
    called = rf"\.{method.lower()}\(\s*f?[\"'][^\"'\s]*{spelt}/?[\"'?]"
    listed = rf"[\"']{method}[\"']\s*,\s*f?[\"'][^\"'\s]*{spelt}/?[\"'?]"
    return re.compile(f"{called}|{listed}")


def _of_command(criterion: str, command: str) -> Check:
    """The exit code is what decides, unless the criterion is about words or about a failure that is not numbered."""
    words = QUOTED.sub("", criterion)
    argv = ("bash", "-c", command)
    if found := EXITS.search(words):
        return Check("command", argv, int(found[1] or found[2]))
    if FAILS.search(words):
        return Check("claim")
    if not SAYS.search(words):
        return Check("command", argv)
    said = _said(criterion)
    return Check("command", argv, says=said) if said else Check("claim")


def _said(criterion: str) -> str:
    """What stands in backticks behind the word for printing; "" where nothing does."""
    parts = criterion.split("`")
    spoken = next((at for at in range(0, len(parts), 2) if SAYS.search(parts[at])), len(parts))
    return parts[spoken + 1] if spoken + 2 < len(parts) else ""


def _command(criterion: str) -> str:
    """The first text in backticks that is a command, with those that follow it by a comma or "and"; else ""."""
    found: list[str] = []
    end = 0
    for quoted in QUOTED.finditer(criterion):
        if found and not (_is_command(quoted[1]) and NEXT_COMMAND.match(criterion[end : quoted.start()])):
            break
        if _is_command(quoted[1]):
            found.append(quoted[1])
            end = quoted.end()
    return " && ".join(found)


def _is_command(text: str) -> bool:
    try:
        words = shlex.split(text)
    except ValueError:
        return False
    at = next((number for number, word in enumerate(words) if "=" not in word), len(words))
    program = words[at] if at < len(words) else ""
    return program.startswith("./") or program in (RUNNABLE if words[at + 1 :] else ALONE)


def _is_file(name: str) -> bool:
    return not NO_FILES.search(name) and ("/" in name or bool(ENDINGS.search(name)))
