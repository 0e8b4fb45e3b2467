"""Sentences and the slots they state, rule by rule of slots.md, in the voices of people who trade."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.routing.phrases import table
from tools.routing.slots import parse_slots
from trading.contracts import SECTORS
from trading.criteria import Criteria

SENTENCES = [json.loads(line) for line in (Path(__file__).parent / "slot_sentences.jsonl").read_text().splitlines()]
NOTHING = [
    "",
    "   ",
    "?",
    "...",
    "$",
    "§",
    "%",
    "-",
    "\n\t",
    "0",
    "$$$ %%% ,,,",
    "between and",
    '"',
    "\U0001f642",
    "ok",
]


def comparable(slots: dict[str, Any]) -> dict[str, Any]:
    """G4: lists are sets."""
    return {name: frozenset(value) if isinstance(value, list) else value for name, value in slots.items()}


def approximately(slots: dict[str, Any]) -> dict[str, Any]:
    """G4: numbers agree within 1e-6."""
    return {
        name: value if isinstance(value, frozenset | str) else pytest.approx(value, abs=1e-6)
        for name, value in comparable(slots).items()
    }


@pytest.mark.parametrize("case", SENTENCES, ids=[f"{case['rule']}: {case['prompt']}" for case in SENTENCES])
def test_a_sentence_gives_exactly_the_slots_it_states(case: dict[str, Any]) -> None:
    assert comparable(parse_slots(case["prompt"])) == approximately(case["slots"])


def test_what_is_parsed_is_always_a_valid_criterion_of_a_scan() -> None:
    for case in SENTENCES:
        slots = parse_slots(case["prompt"])
        assert set(Criteria.from_slots(slots).to_slots()) == set(slots)


def test_every_rule_of_the_specification_has_sentences() -> None:
    rules = {case["rule"] for case in SENTENCES}
    assert {f"G{number}" for number in range(1, 9)} <= rules
    assert len(SENTENCES) >= 200


@pytest.mark.parametrize("nothing", NOTHING)
def test_a_sentence_that_says_nothing_gives_nothing(nothing: str) -> None:
    assert parse_slots(nothing) == {}


def test_a_very_long_sentence_is_read_to_its_end() -> None:
    assert parse_slots("well, " * 2000 + "puts under $30") == {"option_type": "put", "max_price": 30}


def test_whole_numbers_stay_whole_and_days_are_never_fractions() -> None:
    slots = parse_slots("puts 45 dte, OI 1.5k, top 3, under 12.50 dollars")
    assert slots["max_price"] == 12.5
    assert all(type(slots[name]) is int for name in ("min_dte", "max_dte", "min_open_interest", "limit"))


def test_several_hundred_companies_and_funds_are_known_once_each() -> None:
    tickers = [row["ticker"] for row in table("companies.csv")]
    assert len(tickers) == len(set(tickers))
    assert len(tickers) >= 400


def test_every_known_company_is_found_by_each_of_its_names() -> None:
    named = [(row["ticker"], name) for row in table("companies.csv") for name in row["names"].split("|") if name]
    spelled = [(ticker, name.removeprefix("!").title() if name.startswith("!") else name) for ticker, name in named]
    missed = [(ticker, name) for ticker, name in spelled if parse_slots(f"puts on {name}").get("symbols") != [ticker]]
    assert missed == []


def test_sectors_are_spelled_as_the_trading_floor_spells_them() -> None:
    assert {row["sector"] for row in table("sectors.csv")} == set(SECTORS)


@pytest.mark.parametrize("word", ["ALL", "KEY", "SO", "IT", "ON", "NOW", "LOW", "OPEN"])
def test_a_word_that_is_also_a_ticker_counts_only_where_it_is_used_as_one(word: str) -> None:
    assert parse_slots(f"puts on {word}, 30 delta")["symbols"] == [word]
    assert "symbols" not in parse_slots(f"the {word.lower()} thing about puts is their delta of 30")
