"""A transcript of a page, and whether it is what one sees: `...` is for any lines, and what differs from run to run
is left out of the comparison. A line `Killed` stands where a kill -9 ended the command."""

import re
import shlex
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from command import COMMAND, Magnus
from readme import BLOCK

LEFT_OUT = "..."
KILLED = "Killed"
NAME = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|magnus/[a-z-]+-[0-9a-f]{12}")
"""A thread or a branch: another one each time."""
MOVING = re.compile(
    rf"{NAME.pattern}|\b[0-9a-f]{{7,12}}\b|\d+(?:\.\d+)? s\b|\$\d+\.\d\d\b"
    r"|(?:\d{4}-)?\d\d-\d\d[ T]\d\d:\d\d(?:[\d:.]+\+00:00)?"
    r"|[\d,]+ tokens in and [\d,]+ out|\b\d+ (?:second|minute)s?\b"
)


@dataclass(frozen=True)
class Typed:
    """A command, and the lines that a page shows below it."""

    command: str
    shown: list[str]


def typed_in(section: str) -> list[Typed]:
    """The commands of every transcript in a part of a page, in order."""
    lines = [line for block in BLOCK.findall(section) for line in block.splitlines()]
    starts = [at for at, line in enumerate(lines) if line.startswith("$ ")]
    ends = [*starts[1:], len(lines)]
    return [Typed(lines[at][2:], lines[at + 1 : end]) for at, end in zip(starts, ends, strict=True)]


@dataclass
class Replay:
    """Types the commands of one section one after another, with the threads and branches of this time."""

    magnus: Magnus
    home: Path
    section: str
    met: list[str] = field(default_factory=list)

    def flaws(self) -> list[str]:
        """A sentence for each command that does not show what the page says; the first ends it."""
        for typed in typed_in(self.section):
            if flaw := flaw_of(settled(self._seen(typed)), settled(typed.shown)):
                return [f"$ {typed.command}: {flaw}"]
        return []

    def _seen(self, typed: Typed) -> list[str]:
        program, *words = shlex.split(self._named(typed.command))
        process = subprocess.Popen(
            [COMMAND if program == "magnus" else program, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.magnus.folder,
            env=self.magnus.environment,
        )
        with process:
            seen = self._read(process, _last_before_a_kill(typed.shown))
        self.met += [name for name in _names("\n".join(seen)) if name not in self.met]
        return seen

    def _read(self, process: subprocess.Popen[str], fatal: str) -> list[str]:
        assert process.stdout is not None
        seen: list[str] = []
        for line in process.stdout:
            seen.append(line.rstrip("\n").replace(str(self.home), "~"))
            if fatal and settled(seen[-1:]) == [fatal]:
                process.send_signal(signal.SIGKILL)
                return [*seen, KILLED]
        return seen

    def _named(self, command: str) -> str:
        """The command with the names of this time for those on the page, which come up in the same order."""
        known = dict(zip(_names(self.section), self.met, strict=False))
        return NAME.sub(lambda found: known[found[0]], command)


def flaw_of(seen: list[str], shown: list[str]) -> str:
    """The first line that is shown and was not seen at its place, in a sentence; "" where there is none."""
    place = 0
    for before, line in zip(["", *shown], shown, strict=False):
        if line == LEFT_OUT:
            continue
        if before == LEFT_OUT:
            place = next((at for at in range(place, len(seen)) if seen[at] == line), len(seen))
        if seen[place : place + 1] != [line]:
            return f"{line!r} was not seen there, but {seen[place : place + 1] or seen}"
        place += 1
    is_open = shown[-1:] == [LEFT_OUT]
    return "" if is_open or place == len(seen) else f"{seen[place]!r} is not shown"


def settled(lines: list[str]) -> list[str]:
    """Without what differs from run to run: names, hashes, times and costs."""
    return [" ".join(MOVING.sub("-", line).split()) for line in lines]


def _last_before_a_kill(shown: list[str]) -> str:
    if KILLED not in shown:
        return ""
    return settled([line for line in shown[: shown.index(KILLED)] if line != LEFT_OUT])[-1]


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(NAME.findall(text)))
