"""The open set of changes by which the gates are measured: small projects, and good and bad changes of them.

A project is one text with `=== path` above each file. Changes stand in files of their own: `=== name` begins one, lines
`word: value` tell about it, and parts tell what it does: `--- in path` (lines that occur once) with `--- becomes`,
`--- file path`, `--- added to path`, `--- gone path` and `--- moved path -> path`. `@@` is taken out of every text, so
that no scanner of this repository takes a secret made for a change for one of ours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent / "changes"
HEAD = re.compile(r"^=== (.+)\n", re.MULTILINE)
PART = re.compile(r"^--- (in|becomes|file|added to|gone|moved)\b *(.*)\n", re.MULTILINE)
WORDS = {"purpose", "expected", "why", "person"}

Files = dict[str, str]


@dataclass(frozen=True)
class Sample:
    """A change of a project. `expected` names the gates of which one has to fail; none: all have to pass.

    `person` says why a person may be asked about a good change, as the documentation of the gates has it; else "".
    """

    name: str
    project: str
    expected: tuple[str, ...]
    why: str
    purpose: str
    person: str
    parts: tuple[tuple[str, str, str], ...]

    @property
    def is_good(self) -> bool:
        """Whether the gates should let it through."""
        return not self.expected


def projects() -> dict[str, Files]:
    """The files of each project by its name, as the base of its changes."""
    return {path.stem: _files(path) for path in sorted((HERE / "projects").glob("*.txt"))}


def samples() -> list[Sample]:
    """Every change of the set, in the order of the files."""
    return [sample for path in sorted(HERE.glob("*.txt")) for sample in _samples(path)]


def changed(base: Files, sample: Sample) -> Files:
    """The files of a project after a change; raises ValueError where the change does not fit."""
    files = dict(base)
    for position, (word, path, text) in enumerate(sample.parts):
        if word == "in":
            files[path] = _replaced(files[path], text, sample.parts[position + 1][2], f"{sample.name}: {path}")
        elif word == "file":
            files[path] = text
        elif word == "added to":
            files[path] += text
        elif word == "gone":
            del files[path]
        elif word == "moved":
            old, _, new = path.partition(" -> ")
            files[new] = files.pop(old)
    return files


def _replaced(text: str, old: str, new: str, where: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f"{where}: the lines to be changed occur {text.count(old)} times")
    return text.replace(old, new)


def _files(path: Path) -> Files:
    return dict(_sections(HEAD, path))


def _samples(path: Path) -> Iterator[Sample]:
    for name, text in _sections(HEAD, path):
        begin = PART.search(text)
        if begin is None:
            raise ValueError(f"{path.name}: {name} changes nothing")
        told = dict(line.split(": ", 1) for line in text[: begin.start()].splitlines() if line)
        if unknown := told.keys() - WORDS:
            raise ValueError(f"{path.name}: {name} has the unknown words {sorted(unknown)}")
        expected = tuple(told.get("expected", "").split())
        parts = tuple(_parts(text[begin.start() :]))
        yield Sample(name, path.stem, expected, told["why"], told.get("purpose", ""), told.get("person", ""), parts)


def _sections(head: re.Pattern[str], path: Path) -> Iterator[tuple[str, str]]:
    """Each title with the text below it."""
    pieces = head.split(path.read_text(encoding="utf-8").replace("@@", ""))
    yield from zip(pieces[1::2], pieces[2::2], strict=True)


def _parts(text: str) -> Iterator[tuple[str, str, str]]:
    pieces = PART.split(text)
    yield from zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True)
