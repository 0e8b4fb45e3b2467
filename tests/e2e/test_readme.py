"""The README is true: its commands run, its picture is the graph, its transcript is what one sees."""

import re
import shlex
from pathlib import Path

import pytest
from command import Magnus
from readme import commands_of

from graph.master import graph

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [command for command in commands_of(README) if command.startswith("magnus ")]
TRANSCRIPT = re.compile(r"^```console\n\$ (magnus .*)\n((?:.*\n)+?)```", re.MULTILINE)
ARROW = re.compile(r"(\w+)(?:\(\[\w+\]\))? --> (\w+)")
MOVING = re.compile(r"thread [0-9a-f-]+|\d+\.\d\d s\b")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_runs(magnus: Magnus, command: str) -> None:
    done = magnus(*shlex.split(command)[1:])
    assert done.returncode == 0, done.stderr


def test_the_transcript_is_what_one_sees(magnus: Magnus) -> None:
    command, shown = next(found.groups() for found in TRANSCRIPT.finditer(README))
    done = magnus(*shlex.split(command)[1:])
    assert settled(done.stderr + done.stdout) == settled(shown)


def settled(text: str) -> list[str]:
    """The lines without what differs from run to run: thread ids and seconds."""
    return [" ".join(MOVING.sub("-", line).split()) for line in text.strip().splitlines()]


def test_the_picture_is_the_graph() -> None:
    picture = re.search(r"```mermaid\n(.*?)```", README, re.DOTALL)
    assert picture
    drawn = {(source.lower(), target.lower()) for source, target in ARROW.findall(picture[1])}
    assert drawn == {(edge.source.strip("_"), edge.target.strip("_")) for edge in graph.get_graph().edges}
