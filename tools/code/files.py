"""What an agent does with the files of its workspace; every answer is a text, an expected failure a sentence."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import Concatenate, ParamSpec

from graph.errors import BadInput
from tools.code.beneath import Beneath, Entry
from tools.code.editing import lines_of, replaced
from tools.code.globs import matches
from tools.code.names import shown
from tools.code.opening import Way
from tools.code.sandbox import Sandbox
from tools.code.scan import Query, files_below
from tools.code.searching import Searcher, search

LARGEST_READ = 5_000_000
LARGEST_WRITTEN = 1_000_000
MOST_LINES = 2000
MOST_LETTERS = 100_000
LONGEST_LINE = 2000
MOST_LISTED = 500
MOST_HITS = 200

Given = ParamSpec("Given")


def _answered(
    action: "Callable[Concatenate[Workspace, Given], str]",
) -> "Callable[Concatenate[Workspace, Given], str]":
    """What went wrong is the answer, where it is for the agent to do something else."""

    @wraps(action)
    def answer(workspace: "Workspace", /, *given: Given.args, **named: Given.kwargs) -> str:
        try:
            return action(workspace, *given, **named)
        except BadInput as error:
            return str(error)

    return answer


@dataclass(frozen=True)
class Workspace:
    """One folder and what may be done in it; paths are named from its top, as src/app.py."""

    root: Path
    sandbox: Sandbox = field(default_factory=Sandbox)
    way: Way | None = None
    searcher: Searcher | None = None

    @property
    def _place(self) -> Beneath:
        return Beneath(self.root, self.way)

    @_answered
    def list(self, path: str = "") -> str:
        """What lies in a folder: folders end in a slash, files say their size in bytes."""
        found = self._place.entries(path)
        return _listing([_line(one) for one in found], len(found)) or "The folder is empty."

    @_answered
    def glob(self, pattern: str) -> str:
        """The files whose path fits: `*.py` anywhere, `src/**/*.py` from the top."""
        if not pattern.strip("/ "):
            raise BadInput("The pattern is empty: try *.py or src/**/*.py.")
        fitting = (shown(one.path) for one in files_below(self._place) if matches(pattern, one.path))
        found = list(islice(fitting, MOST_LISTED + 1))
        return _listing(found, len(found)) or f"No file fits {pattern}."

    @_answered
    def search(self, pattern: str, glob: str = "", is_regex: bool = False, ignores_case: bool = False) -> str:
        """The lines that have a text, as path:line: text."""
        query = Query(pattern, is_regex, ignores_case, glob, MOST_HITS + 1)
        hits = search(self.root, query, self.sandbox, self.searcher)
        if not hits:
            return f"No line has {pattern}{f' in files that fit {glob}' if glob else ''}."
        lines = [f"{shown(hit.path)}:{hit.line}: {hit.text}" for hit in hits[:MOST_HITS]]
        more = [f"There are more than {MOST_HITS} such lines: look for something rarer, or narrow it with a glob."]
        return "\n".join(lines + (more if len(hits) > MOST_HITS else []))

    @_answered
    def read(self, path: str, first: int = 1, last: int | None = None) -> str:
        """Lines `first` to `last` of a text file, each behind its number."""
        lines = lines_of(self._text(path))
        if not lines:
            return f"{path} is empty."
        end = min(len(lines), last or len(lines), first + MOST_LINES - 1)
        if not 1 <= first <= end:
            raise BadInput(f"{path} has {len(lines)} lines, and {first} to {last or len(lines)} are none of them.")
        body = _numbered(lines, first, end)
        end = first + len(body) - 1
        left = f"\nLines {end + 1} to {len(lines)} are not shown." if end < len(lines) else ""
        return f"{path}, lines {first} to {end} of {len(lines)}:\n" + "\n".join(body) + left

    @_answered
    def write(self, path: str, content: str) -> str:
        """Put a whole file in place, new or not; the folders it needs are made."""
        is_new = self._put(path, content)
        count = len(lines_of(content))
        return f"{path} is {'new' if is_new else 'replaced'}: {count} line{'' if count == 1 else 's'}."

    @_answered
    def edit(self, path: str, old: str, new: str) -> str:
        """Replace a text that stands exactly once in a file."""
        before = self._text(path)
        after = replaced(before, old, new, path)
        self._put(path, after)
        line = next((number for number, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), 0)
        return f"{path} is changed at line {before.count(chr(10), 0, line) + 1}."

    @_answered
    def delete(self, path: str) -> str:
        """Take away a file or an empty folder."""
        self._place.delete(path)
        return f"{path} is deleted."

    @_answered
    def move(self, path: str, to: str) -> str:
        """Give a file or folder another name, which nothing else may have."""
        self._place.move(path, to)
        return f"{path} is {to} now."

    def _text(self, path: str) -> str:
        data = self._place.read(path, LARGEST_READ)
        if b"\0" in data:
            raise BadInput(f"{path} is a binary file of {len(data)} bytes.")
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise BadInput(f"{path} is no UTF-8 text, from byte {error.start} on: it is left as it is.") from error

    def _put(self, path: str, content: str) -> bool:
        try:
            data = content.encode()
        except UnicodeEncodeError as error:
            raise BadInput(
                f"The content has a broken letter at {error.start}, which no UTF-8 file can hold."
            ) from error
        if len(data) > LARGEST_WRITTEN:
            raise BadInput(f"The content has {len(data)} bytes, and {LARGEST_WRITTEN} is the most for one file.")
        return self._place.write(path, data)


def _numbered(lines: list[str], first: int, last: int) -> list[str]:
    """The lines behind their numbers, as many as fit; a line too long to read is cut and says so."""
    body: list[str] = []
    letters = 0
    for number in range(first, last + 1):
        line = lines[number - 1]
        cut = "" if len(line) <= LONGEST_LINE else f" … and {len(line) - LONGEST_LINE} more letters"
        letters += min(len(line), LONGEST_LINE) + 8
        if letters > MOST_LETTERS and body:
            break
        body.append(f"{number:>6}\t{line[:LONGEST_LINE]}{cut}")
    return body


def _listing(lines: list[str], count: int) -> str:
    more = [f"There are more than {MOST_LISTED}: look into one folder."] if count > MOST_LISTED else []
    return "\n".join(lines[:MOST_LISTED] + more)


def _line(one: Entry) -> str:
    name = shown(one.path)
    return {"folder": f"{name}/", "link": f"{name} (symbolic link)", "other": f"{name} (no regular file)"}.get(
        one.kind, f"{name} ({one.size} bytes)"
    )
