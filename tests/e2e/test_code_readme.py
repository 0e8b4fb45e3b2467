"""What the README shows of work on code is what one sees; only the words of the model are told."""

import re
import shlex
import subprocess
from pathlib import Path

from boxes import needs_bubblewrap
from coding import buggy_checkout
from command import COMMAND
from messages_api import MessagesApi
from whole_team import magnus_with, script_the_whole_team

from graph.settings import Settings

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.partition("## Let Magnus work on your code")[2].partition("\n## ")[0]
SHOWN = re.search(r"^```text\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
MOVING = re.compile(r"thread [0-9a-f-]+|magnus show [0-9a-f-]+|\b[0-9a-f]{8,12}\b|\d+\.\d\d s\b")
LEFT_OUT = "..."
COST = re.compile(r"^It took .*$")


@needs_bubblewrap
def test_the_transcript_of_work_on_code_is_what_one_sees(settings: Settings, tmp_path: Path) -> None:
    assert SHOWN
    typed, *shown = settled(SHOWN[1].splitlines())
    buggy_checkout(tmp_path / "WheelStrategy")
    with MessagesApi() as api:
        script_the_whole_team(api)
        magnus = magnus_with(settings, tmp_path / "magnus", tmp_path, api)
        done = subprocess.run(
            [COMMAND, *shlex.split(typed)[2:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
            cwd=magnus.folder,
            env=magnus.environment,
        )
    assert done.returncode == 0, done.stdout
    assert_is_shown(settled(done.stdout.splitlines()), shown)


def assert_is_shown(seen: list[str], shown: list[str]) -> None:
    """Every line that is shown stands at its place; `...` is for any number of lines."""
    place = 0
    for before, line in zip(["", *shown], shown, strict=False):
        if line == LEFT_OUT:
            continue
        place = seen.index(line, place) if before == LEFT_OUT else place
        assert seen[place] == line
        place += 1
    assert place == len(seen)


def settled(lines: list[str]) -> list[str]:
    """Without what differs from run to run: ids, hashes, seconds and the cost."""
    return [" ".join(COST.sub("It took -", MOVING.sub("-", line)).split()) for line in lines]
