"""The README is true: its commands run, its picture is the graph, its transcript is what one sees."""

import re
import shlex
from pathlib import Path

import pytest
from command import Magnus
from readme import BLOCK, commands_of

from graph.master import graph

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [command for command in commands_of(README) if command.startswith("magnus ")]
TRANSCRIPTS = [
    block for block in BLOCK.findall(README) if any(not line.startswith("$ ") for line in block.splitlines())
]
LEFT_OUT = "..."
ARROW = re.compile(r"(\w+)(?:\(\[\w+\]\))? --> (\w+)")
MOVING = re.compile(r"thread [0-9a-f-]+|\d+\.\d\d s\b")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_runs(magnus: Magnus, command: str) -> None:
    magnus.is_cold = True
    done = magnus(*shlex.split(command)[1:])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda block: block.splitlines()[0].removeprefix("$ "))
def test_a_transcript_is_what_one_sees(magnus: Magnus, transcript: str) -> None:
    seen: list[str] = []
    for command in typed(transcript):
        done = magnus(*shlex.split(command)[1:])
        seen += [f"$ {command}", *(done.stderr + done.stdout).splitlines()]
    assert in_short(settled(seen), settled(transcript.splitlines())) == settled(transcript.splitlines())


def test_a_scan_a_roll_and_a_stress_grid_are_among_them() -> None:
    assert {"scan", "roll", "risk"} <= {typed(block)[-1].split()[1] for block in TRANSCRIPTS}


def test_a_line_that_is_not_seen_is_not_taken_for_one_left_out() -> None:
    seen = ["a", "b", "c", "d"]
    assert in_short(seen, ["a", "...", "d"]) == ["a", "...", "d"]
    for wrong in (["a", "...", "c"], ["a", "x", "..."], ["a", "...", "x"], ["...", "d", "e"], ["b", "..."]):
        assert in_short(seen, wrong) != wrong


def typed(block: str) -> list[str]:
    """The commands of a transcript, in order."""
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def in_short(seen: list[str], shown: list[str]) -> list[str]:
    """What was seen, with the lines that the page leaves out folded into the mark it leaves for them."""
    short: list[str] = []
    waiting = list(seen)
    for line, following in zip(shown, [*shown[1:], None], strict=True):
        if line == LEFT_OUT and (following is None or following in waiting):
            short.append(LEFT_OUT)
            waiting = [] if following is None else waiting[waiting.index(following) :]
        elif waiting:
            short.append(waiting.pop(0))
    return short + waiting


def settled(lines: list[str]) -> list[str]:
    """The lines without what differs from run to run: thread ids and seconds."""
    return [" ".join(MOVING.sub("-", line).split()) for line in lines]


def test_the_picture_is_the_graph() -> None:
    picture = re.search(r"```mermaid\n(.*?)```", README, re.DOTALL)
    assert picture
    drawn = {(source.lower(), target.lower()) for source, target in ARROW.findall(picture[1])}
    assert drawn == {(edge.source.strip("_"), edge.target.strip("_")) for edge in graph.get_graph().edges}
