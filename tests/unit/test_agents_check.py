"""`check`: what a folder of agent files gets told, and that no file of any kind stops it."""

import json
import random
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from graph.errors import BadInput
from prompts.checks import check
from prompts.registry import OWN
from prompts.resemblance import jaccard, near_duplicates, shingles_of

FILES = Path(__file__).parent / "agent_files"
WORDS = [
    "read",
    "the",
    "log",
    "find",
    "cause",
    "write",
    "test",
    "table",
    "index",
    "page",
    "button",
    "river",
    "stone",
    "lamp",
    "chart",
    "order",
    "price",
]


def named(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {agent["name"]: agent for agent in report["agents"]}


def write(folder: Path, name: str, body: str = "", *lines: str) -> None:
    head = "\n".join(["---", f"name: {name}", "description: Something.", *lines, "---"])
    (folder / f"{name}.md").write_text(f"{head}\n{body or f'You are {name}.'}\n")


def test_the_report_has_the_form_others_rely_on() -> None:
    report = check(FILES)
    assert report.keys() >= {"agents", "collisions", "errors"}
    assert all(agent.keys() >= {"name", "file", "problems"} for agent in report["agents"])
    assert json.loads(json.dumps(report)) == report


def test_every_form_is_an_agent_and_every_broken_file_an_error() -> None:
    report = check(FILES)
    assert len(report["agents"]) == len([*FILES.glob("*.md")]) - 1
    assert sorted(error["file"] for error in report["errors"]) == sorted(
        f"unusable/{file.name}" for file in (FILES / "unusable").iterdir()
    )
    assert [page["file"] for page in report["skipped"]] == ["README.md"]


def test_our_own_folder_has_nothing_to_report() -> None:
    report = check(OWN)
    assert len(report["agents"]) == 16
    assert (report["collisions"], report["errors"], report["skipped"]) == ([], [], [])
    assert [agent for agent in report["agents"] if agent["problems"]] == []


def test_files_of_one_name_collide_in_any_spelling(tmp_path: Path) -> None:
    for name in ("code-fixer", "Code Fixer", "other"):
        write(tmp_path, name)
    assert check(tmp_path)["collisions"] == [
        {"name": "Code Fixer", "files": ["Code Fixer.md", "code-fixer.md"], "used": "Code Fixer.md"}
    ]


def test_it_tells_whose_place_a_file_would_take_and_what_would_be_refused(tmp_path: Path) -> None:
    write(tmp_path, "code-reviewer", "", "tools: Read, Write")
    reviewer = check(tmp_path)["agents"][0]
    assert (reviewer["replaces"], reviewer["refused"]) == ("code_reviewer", ["tools write"])


def test_texts_that_are_nearly_the_same_are_named(tmp_path: Path) -> None:
    body = " ".join(f"word{number}" for number in range(300))
    write(tmp_path, "first", body)
    write(tmp_path, "second", f"{body} and one more thought")
    write(tmp_path, "third", "An altogether different text about other things.")
    problems = {name: agent["problems"] for name, agent in named(check(tmp_path)).items()}
    assert problems == {
        "first": ["99% of its text is that of second.md"],
        "second": ["99% of its text is that of first.md"],
        "third": [],
    }


def test_the_sketch_finds_the_same_pairs_as_comparing_all() -> None:
    dice = random.Random(5)
    texts = {}
    for number in range(100):
        if number % 2 == 0:
            words = [f"w{dice.randrange(10_000)}" for _ in range(400)]
        texts[Path(str(number))] = " ".join(dice.choice(WORDS) if dice.random() < 0.01 else word for word in words)
    runs = {file: shingles_of(text) for file, text in texts.items()}
    pairs = {tuple(sorted(pair)) for pair in combinations(texts, 2) if jaccard(*(runs[file] for file in pair)) >= 0.8}
    assert {(first, second) for first, second, _ in near_duplicates(texts)} == pairs
    assert 20 < len(pairs) < 50


def test_agents_that_require_each_other_in_a_circle_are_an_error(tmp_path: Path) -> None:
    write(tmp_path, "hen", "", "requires: [egg, qa-debugger]")
    write(tmp_path, "egg", "", "requires: [chick]")
    write(tmp_path, "chick", "", "requires: [Hen]")
    write(tmp_path, "farmer", "", "requires: [hen, egg]")
    errors = check(tmp_path)["errors"]
    assert [sorted(error["agents"]) for error in errors] == [["chick", "egg", "hen"]]


def test_a_requirement_nobody_meets_and_a_misspelt_condition_are_problems(tmp_path: Path) -> None:
    write(tmp_path, "lonely", "", "requires: [nobody]", "triggers: [code_chnage]")
    assert check(tmp_path)["agents"][0]["problems"] == [
        "trigger code_chnage is no condition of Magnus",
        "requires nobody, which nobody knows",
    ]


def test_nothing_of_a_file_is_run(tmp_path: Path) -> None:
    proof = tmp_path / "it-ran"
    write(
        tmp_path,
        "evil",
        f"!`touch {proof}`",
        f"hooks: !!python/object/apply:os.system ['touch {proof}']",
        f"version: $(touch {proof})",
    )
    assert check(tmp_path)["agents"][0]["problems"]
    assert not proof.exists()


def test_a_folder_that_is_none_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no folder"):
        check(tmp_path / "nowhere")


def test_two_hundred_varied_files_are_reported_without_a_crash(tmp_path: Path) -> None:
    dice = random.Random(200)
    made = [_make(tmp_path, number, dice) for number in range(200)]
    report = check(tmp_path)
    assert len(report["agents"]) == made.count("agent") > 100
    assert len(report["errors"]) == made.count("broken") > 20
    assert len(report["agents"]) + len(report["errors"]) == 200
    assert json.loads(json.dumps(report)) == report


def _make(folder: Path, number: int, dice: random.Random) -> str:
    """Writes one file of some form, and tells whether it is an agent."""
    place = folder / dice.choice([".", "engineering", "data/ai"])
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"agent-{number:03}.md"
    text = _agent(f"agent-{number:03}", dice)
    if dice.random() < 0.2:
        file.write_bytes(dice.choice(BREAKERS)(text))
        return "broken"
    file.write_bytes(dice.choice(CARRIERS)(text))
    return "agent"


def _agent(name: str, dice: random.Random) -> str:
    tools = dice.choice(
        [
            "",
            "tools:",
            "tools: Read, Grep",
            "tools:\n  - Read\n  - Bash(git:*)",
            'tools: ["Read"]',
            "tools: mcp__a__b, Nope",
            "tools: '*'",
        ]
    )
    talk = "Examples:\n\n<example>\nuser: \"do: it\"\nassistant: 'I: will'\n</example>"
    description = dice.choice(
        ["Plain.", "One: two: three.", "|\n  Block: text\n  goes on", "'quoted: text'", "Use when # odd", talk]
    )
    fields = dice.sample(
        [
            "model: opus",
            "color: '#fff'",
            "hooks:\n  Stop: []",
            "priority: 7",
            "mandatory: maybe",
            "triggers: code_change, moon",
            "x y: z",
            "maxTurns: -1",
        ],
        dice.randrange(5),
    )
    body = " ".join(dice.choices(WORDS, k=dice.randrange(5, 400)))
    return (
        "\n".join(filter(None, ["---", f"name: {name}", f"description: {description}", tools, *fields, "---", body]))
        + "\n"
    )


CARRIERS: list[Callable[[str], bytes]] = [
    str.encode,
    lambda text: text.encode("utf-8-sig"),
    lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: f"\n\n{text}".encode(),
    lambda text: f"{text}\n---\nA line below. 🦊 Größe\n".encode(),
    lambda text: text.replace("---\n", "---  \n").encode(),
]
BREAKERS: list[Callable[[str], bytes]] = [
    lambda text: text.encode("utf-16"),
    lambda text: text.encode() + b"\xff\xfe",
    lambda text: text.replace("---", "***").encode(),
    lambda text: text.replace("name:", "nom:").encode(),
    lambda text: text.replace("description:", "descr:").encode(),
    lambda text: text[:8].encode(),
    lambda text: text.encode() + b"\0" * 10,
    lambda text: text.encode() + b" x" * 600_000,
    lambda text: b"",
]
