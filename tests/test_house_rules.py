"""Each rule of house.py is broken once, to see that it would be noticed."""

from collections.abc import Callable
from pathlib import Path

import house
import pytest
from readme import commands_of

BROKEN: list[tuple[Callable[[Path], object], str, str]] = [
    (house.long_modules, "tools/wide.py", "x = 1\n" * 301),
    (house.long_functions, "nodes/plan.py", "def plan():\n" + "    x = 1\n" * 40),
    (house.long_functions, "apps/web.py", "async def serve():\n" + "    x = 1\n" * 40),
    (house.things_outside_their_room, "tools/market.py", "import yfinance as yf\n"),
    (house.things_outside_their_room, "nodes/learn.py", "def learn():\n    from sqlalchemy.orm import Session\n"),
    (house.things_outside_their_room, "tools/model_list.py", "from anthropic import Anthropic\n"),
    (house.things_outside_their_room, "graph/master.py", "from langgraph.checkpoint.postgres import PostgresSaver\n"),
    (house.nodes_that_know_a_node, "nodes/trade.py", "from nodes.router import router\n"),
    (house.nodes_that_know_a_node, "nodes/trade.py", "from nodes import router\n"),
    (house.nodes_that_know_a_node, "nodes/gates/tests.py", "from ..router import router\n"),
    (house.effects_outside_the_table, "tools/alerts.py", "import smtplib\n"),
    (house.effects_outside_the_table, "nodes/deliver.py", "from urllib import request\n"),
    (house.silent_excepts, "tools/quote.py", "try:\n    x = 1\nexcept ValueError:\n    pass\n"),
    (house.silent_excepts, "tools/quote.py", "try:\n    x = 1\nexcept:\n    raise\n"),
    (house.silent_excepts, "tools/quote.py", "try:\n    x = 1\nexcept ValueError:\n    'never mind'\n"),
    (house.mocks, "tests/unit/test_x.py", "from unittest import mock\n"),
    (house.mocks, "tests/unit/test_x.py", "from unittest.mock import patch\n"),
    (house.tests_that_claim_nothing, "tests/unit/test_x.py", "def test_it_runs():\n    print(1)\n"),
    (house.packages_of_tests, "tests/unit/__init__.py", ""),
    (house.doors_named_like_the_standard_library, "apps/dashboard/calendar.py", ""),
    (house.vague_names, "tools/utils.py", ""),
    (house.prompt_problems, "prompts/nodes/orphan.md", "Nobody asks for this."),
    (house.prompt_problems, "nodes/ask.py", "render('nodes/lost')\n"),
    (lambda root: house.traces_of_a_machine(root, ["a.md"]), "a.md", "see /home" + "/somebody/magnus/README.md\n"),
    (lambda root: house.traces_of_a_machine(root, ["a.md"]), "a.md", "pip install --index" + "-url x\n"),
]


@pytest.mark.parametrize(("rule", "name", "text"), BROKEN)
def test_a_rule_finds_what_breaks_it(tmp_path: Path, rule: Callable[[Path], object], name: str, text: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert rule(tmp_path)


@pytest.mark.parametrize("slots", ["", "goal='x'", "prompt='x', goal='y'"])
def test_a_call_with_other_slots_than_its_prompt_is_found(tmp_path: Path, slots: str) -> None:
    for name, text in {"prompts/ask.md": "What is {{ prompt }}?", "nodes/ask.py": f"render('ask', {slots})\n"}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert house.prompt_problems(tmp_path)


def test_the_commands_of_a_page_are_its_console_lines() -> None:
    page = "```console\n$ make run\nout\n$ magnus ask \\\n  'hi'\n```\n```sh\n$ magnus no\n```\n$ magnus no\n"
    assert commands_of(page) == ["make run", "magnus ask 'hi'"]
