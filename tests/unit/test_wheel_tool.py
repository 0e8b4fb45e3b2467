"""Slots in, the answer of a scan out: what cannot be used is one sentence, and follow-ups refine."""

from pathlib import Path
from typing import Any

import pytest
from small_market import Row, SmallMarket

from graph.errors import BadInput
from graph.settings import Settings
from tools.wheel import find_opportunities, merge_slots

MARKET = SmallMarket().add("KO", Row(95.0, 1.30, 1.36)).add("PEP", Row(95.0, 1.30, 1.36))


def settings(**chosen: Any) -> Settings:
    return Settings(data_dir=Path("nowhere"), **chosen)


def listed(slots: dict[str, Any], **chosen: Any) -> list[str]:
    return [offer["symbol"] for offer in find_opportunities(MARKET, slots, settings(**chosen))["opportunities"]]


def test_the_limits_are_those_of_the_settings() -> None:
    assert listed({}) == ["KO", "PEP"]
    assert listed({}, account_usd=45_000) == []
    assert listed({}, max_position_pct=9) == []
    assert listed({}, max_sector_pct=10) == ["KO"]
    assert listed({}, max_spread_pct=1) == listed({}, min_open_interest=100_000) == []
    assert listed({"max_spread_pct": 0.1, "min_open_interest": 1}, max_spread_pct=1) == ["KO", "PEP"]


def test_symbols_may_be_written_in_any_case() -> None:
    assert listed({"symbols": ["ko"]}) == ["KO"]
    assert listed({"exclude_symbols": "ko"}) == ["PEP"]


def test_an_unknown_symbol_beside_a_known_one_is_named_and_left_out() -> None:
    result = find_opportunities(MARKET, {"symbols": ["KO", "XYZ"]}, settings())
    assert [offer["symbol"] for offer in result["opportunities"]] == ["KO"]
    assert "Not in the sample market, so left out: XYZ." in result["warnings"]


@pytest.mark.parametrize(
    ("slots", "sentence"),
    [
        ({"symbols": ["PEPS"]}, "The sample market does not know PEPS: did you mean PEP?"),
        ({"symbols": ["XYZ"]}, "The sample market does not know XYZ: it has 2 symbols, such as KO, PEP."),
        ({"symbols": 5}, "symbols is 5, and it has to be a name or a list of names."),
        ({"max_delta": 3}, "max_delta is 3, and it cannot be above 1."),
        ({"min_price": 50, "max_price": 20}, "min_price 50 is above max_price 20; swap them or drop one."),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(slots: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as told:
        find_opportunities(MARKET, slots, settings())
    assert str(told.value) == sentence


def test_an_empty_market_says_how_to_fill_it() -> None:
    with pytest.raises(BadInput, match="magnus import chain fills it"):
        find_opportunities(SmallMarket(source="stored"), {"symbols": ["KO"]}, settings())


@pytest.mark.parametrize(
    ("earlier", "later", "merged"),
    [
        ({"max_price": 30, "max_delta": 0.4}, {"max_delta": 0.25}, {"max_price": 30, "max_delta": 0.25}),
        ({"exclude_sectors": ["Energy"]}, {"exclude_sectors": ["Financials", "Energy"]}, None),
        ({"symbols": ["KO"]}, {"symbols": ["PEP", "AMD"]}, {"symbols": ["PEP", "AMD"]}),
        ({"exclude_symbols": ["KO", "T"]}, {"symbols": ["KO"]}, {"symbols": ["KO"], "exclude_symbols": ["T"]}),
        ({"exclude_sectors": ["Energy"]}, {"sectors": ["Energy"]}, {"sectors": ["Energy"]}),
        ({"max_price": 30}, {"max_price": None}, {"max_price": 30}),
        ({"min_dte": 10}, {"max_dte": 40}, {"min_dte": 10, "max_dte": 40}),
    ],
)
def test_a_follow_up_refines_what_was_asked(
    earlier: dict[str, Any], later: dict[str, Any], merged: dict[str, Any] | None
) -> None:
    assert merge_slots(earlier, later) == (merged or {"exclude_sectors": ["Energy", "Financials"]}, [])


@pytest.mark.parametrize(
    ("earlier", "later", "merged", "note"),
    [
        ({"min_dte": 30}, {"max_dte": 10}, {"max_dte": 10}, "The earlier min_dte of 30 no longer holds: max_dte is 10"),
        ({"max_delta": 0.2}, {"min_delta": 0.3}, {"min_delta": 0.3}, "The earlier max_delta of 0.2 no longer holds"),
        ({"max_dte": 45}, {"expiry": "2026-12-18"}, {"expiry": "2026-12-18"}, "The earlier max_dte of 45 no longer"),
        ({"expiry": "2026-12-18"}, {"min_dte": 20}, {"min_dte": 20}, "The earlier expiry of 2026-12-18 no longer"),
    ],
)
def test_what_no_longer_fits_is_dropped_and_named(
    earlier: dict[str, Any], later: dict[str, Any], merged: dict[str, Any], note: str
) -> None:
    slots, notes = merge_slots(earlier, later)
    assert slots == merged
    assert [one.startswith(note) for one in notes] == [True]


def test_merging_changes_neither_side_and_leaves_nonsense_to_whoever_checks() -> None:
    earlier, later = {"min_dte": 30, "symbols": "KO"}, {"max_dte": "soon", "symbols": 5}
    assert merge_slots(earlier, later) == ({"min_dte": 30, "max_dte": "soon", "symbols": 5}, [])
    assert earlier == {"min_dte": 30, "symbols": "KO"}
