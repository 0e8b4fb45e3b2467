"""docs/usage.md is what one sees; only the words of the model are told."""

import re
from pathlib import Path

import pytest
from boxes import needs_bubblewrap
from messages_api import MessagesApi
from transcripts import NAME, Replay, flaw_of, settled, typed_in
from usage_patterns import PATTERNS
from whole_team import magnus_with

from graph.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "usage.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
FOLDER = re.compile(r"~/(\w+)")


def test_every_section_with_a_transcript_has_a_project_and_a_script() -> None:
    assert {name for name, text in SECTIONS.items() if typed_in(text)} == PATTERNS.keys()


@pytest.mark.parametrize("name", PATTERNS)
def test_a_transcript_speaks_of_threads_and_branches_it_has_shown(name: str) -> None:
    known: set[str] = set()
    for typed in typed_in(SECTIONS[name]):
        assert set(NAME.findall(typed.command)) <= known, typed.command
        known |= set(NAME.findall("\n".join(typed.shown)))
    assert known


def test_a_line_that_was_not_seen_is_told_and_one_that_was_left_out_is_not() -> None:
    seen = ["a", "b", "c", "d"]
    for right in (seen, ["a", "...", "d"], ["...", "c", "..."], ["..."]):
        assert not flaw_of(seen, right), right
    for wrong in (["a", "...", "c"], ["a", "x", "..."], ["...", "x"], ["...", "d", "e"], ["b", "..."], []):
        assert flaw_of(seen, wrong), wrong
    assert settled(["It took 2 model calls, 1,428 tokens in and 188 out, $0.01 and 3 seconds."]) == [
        "It took 2 model calls, -, - and -."
    ]


@pytest.mark.chaos
@pytest.mark.timeout(300)
@needs_bubblewrap
@pytest.mark.parametrize("name", PATTERNS)
def test_a_section_is_what_one_sees(name: str, settings: Settings, tmp_path: Path) -> None:
    section, pattern = SECTIONS[name], PATTERNS[name]
    found = FOLDER.search(section)
    assert found, "the section names its folder"
    checkout = pattern.project(tmp_path / found[1])
    with MessagesApi() as api:
        pattern.script(api)
        magnus = magnus_with(settings, tmp_path / "magnus", checkout.folder, api)
        assert Replay(magnus, tmp_path, section).flaws() == []
