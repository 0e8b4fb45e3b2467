"""The search in Python: every line of every text file beneath a workspace; also a program, so that it can be ended."""

import json
import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from graph.errors import BadInput
from tools.code.beneath import Beneath, Entry
from tools.code.globs import HEAVY, matches
from tools.code.names import is_git_name

LARGEST = 1_000_000
DEEPEST = 64
LINE = 300


@dataclass(frozen=True)
class Query:
    """What is looked for: a text or a regular expression of Python, line by line, in at most `most` lines."""

    pattern: str
    is_regex: bool = False
    ignores_case: bool = False
    glob: str = ""
    most: int = 200


@dataclass(frozen=True)
class Hit:
    """One line that has it, counted from 1."""

    path: str
    line: int
    text: str


def compiled(query: Query) -> re.Pattern[str]:
    """The query as Python looks for it; raises BadInput where it makes no sense."""
    if not query.pattern or "\n" in query.pattern:
        raise BadInput("Look for a text of at least one letter, on one line.")
    flags = re.IGNORECASE if query.ignores_case else 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(query.pattern if query.is_regex else re.escape(query.pattern), flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadInput(f"{query.pattern} is no regular expression: {error}.") from error


def scan(root: Path, query: Query, pattern: re.Pattern[str]) -> list[Hit]:
    """The first lines that have it, by path and line."""
    return list(islice(_hits(Beneath(root), query, pattern), query.most))


def files_below(place: Beneath, path: str = "", depth: int = 0) -> Iterator[Entry]:
    """Every file and link below a folder, in the order of their paths, but for heavy folders and git's own."""
    for one in _entries(place, path):
        if one.kind != "folder":
            yield one
        elif one.path.rpartition("/")[2] not in HEAVY and depth < DEEPEST:
            yield from files_below(place, one.path, depth + 1)


def _entries(place: Beneath, path: str) -> list[Entry]:
    """A folder may be gone, or have a name that cannot be spoken of, by the time it is looked into."""
    try:
        return place.entries(path)
    except BadInput:
        if not path:
            raise
        return []


def _hits(place: Beneath, query: Query, pattern: re.Pattern[str]) -> Iterator[Hit]:
    for one in files_below(place):
        if one.kind == "file" and one.size <= LARGEST and is_meant(one.path, query):
            for number, line in enumerate(_lines(place, one.path), 1):
                if pattern.search(line):
                    yield Hit(one.path, number, line_shown(line))


def _lines(place: Beneath, path: str) -> list[str]:
    """The lines of a text file; none of one that is binary, too large by now, or gone."""
    try:
        data = place.read(path, LARGEST)
    except BadInput:
        return []
    return [] if b"\0" in data else [line.decode(errors="replace") for line in data.removesuffix(b"\n").split(b"\n")]


def is_meant(path: str, query: Query) -> bool:
    """Whether a file is one that the query is about."""
    return not any(map(is_git_name, path.split("/"))) and (not query.glob or matches(query.glob, path))


def line_shown(text: str) -> str:
    """A line without its end, and without more of it than anybody reads."""
    bare = text.rstrip("\r\n")
    return bare if len(bare) <= LINE else f"{bare[:LINE]} …"


if __name__ == "__main__":
    asked = Query(**json.loads(sys.argv[2]))
    sys.stdout.write(json.dumps([asdict(hit) for hit in scan(Path(sys.argv[1]), asked, compiled(asked))]))
