"""Sentences about what is held: rolls, a size, a whole cycle, and calls on shares, each without a model."""

from datetime import date
from typing import Any

import pytest

from graph.settings import Settings
from tools.answering import Asked, answer
from tools.desk import Desk
from tools.positions import Held
from tools.routing.slots import parse_slots
from trading.calls import FreeLot
from trading.portfolio import Leg
from trading.sample import sample_market

HELD = Held((Leg("KO", "put", -2, 1.0, 65.0, date(2026, 12, 18)),), 200_000.0)
LOTS = [FreeLot("PEP", 152.0, 150.5)]
DESK = Desk(sample_market, lambda: HELD, Settings, lambda: LOTS)


def found(task_type: str, sentence: str) -> dict[str, Any]:
    told = answer(task_type, Asked(sentence, parse_slots(sentence), {}), DESK)
    assert told.error is None
    return told.result


def test_a_size_without_a_strike_is_of_the_option_that_leads_a_scan() -> None:
    result = found("assess_risk", "how many KO puts can I sell")
    best = found("find_opportunities", "puts on KO")["opportunities"][0]
    assert (result["trade"]["strike"], result["trade"]["expiry"]) == (best["strike"], best["expiry"])
    assert result["warnings"][0] == (
        f"No strike was named, so the one taken is the {best['strike']:g} put of {best['expiry']}, which leads a scan."
    )
    assert found("assess_risk", "how many KO puts for December can I sell")["trade"]["expiry"] == "2026-12-18"


@pytest.mark.parametrize(
    "sentence",
    [
        "should I roll my KO put",
        "roll my KO 65 put out a month",
        "roll my KO 65 put to January",
        "roll my December KO put to 01/15/2027",
        "should I take the assignment on KO or roll",
    ],
)
def test_a_roll_is_about_the_option_on_record_and_not_about_the_one_to_come(sentence: str) -> None:
    result = found("assess_risk", sentence)
    position = {"symbol": "KO", "strike": 65.0, "expiry": "2026-12-18", "contracts": 2, "premium": 1.0}
    assert result["position"] | position == result["position"]
    assert {row["choice"] for row in result["choices"]} == {"out", "down", "up", "assignment"}


def test_an_option_that_is_not_on_record_is_rolled_once_its_terms_are_said() -> None:
    result = found("assess_risk", "should I roll my PEP 140 put of December 18 to February")
    assert (result["position"]["strike"], result["position"]["expiry"]) == (140.0, "2026-12-18")
    assert "premium" in result["position"]
    assert result["position"]["premium"] is None


def test_two_options_to_roll_have_to_be_told_apart() -> None:
    legs = (*HELD.legs, Leg("KO", "put", -1, 2.0, 67.0, date(2026, 12, 18)))
    desk = Desk(sample_market, lambda: Held(legs, None), Settings, lambda: LOTS)
    told = answer("assess_risk", Asked("should I roll my KO put", {}, {}), desk)
    assert told.error == ("Say which one: what you have sold is -2 KO 65 put 2026-12-18, -1 KO 67 put 2026-12-18.")
    one = answer("assess_risk", Asked("should I roll my KO 67 put", {}, {}), desk)
    assert one.result["position"]["strike"] == 67.0


def test_what_was_rolled_before_is_no_wish_to_roll() -> None:
    assert "trade" in found("assess_risk", "I rolled my KO put last week, is selling 2 KO 60 puts ok")


def test_a_whole_cycle_is_valued_for_the_put_that_is_named() -> None:
    result = found("assess_risk", "what does wheeling the KO 65 put for December earn")
    assert (result["put"]["strike"], result["put"]["expiry"]) == (65.0, "2026-12-18")
    assert {"wheel", "buy_and_hold", "t_bills"} <= result.keys()
    assert result["warnings"] == ["Of the expiries that fit the one taken is 2026-12-18, 49 days out."]


@pytest.mark.parametrize("sentence", ["calls to sell on my shares", "covered calls on PEP", "calls on the stock I own"])
def test_calls_are_looked_for_on_the_shares_on_record_and_not_below_their_cost(sentence: str) -> None:
    result = found("find_opportunities", sentence)
    assert {row["symbol"] for row in result["opportunities"]} == {"PEP"}
    assert min(row["strike"] for row in result["opportunities"]) >= LOTS[0].basis
    assert result["lots"]


@pytest.mark.parametrize(
    "sentence", ["covered calls on KO", "calls under $30", "puts on PEP", "I have 5k, calls on KO, PEP"]
)
def test_other_shares_are_looked_for_in_the_whole_market(sentence: str) -> None:
    assert "lots" not in found("find_opportunities", sentence)


def test_calls_below_cost_come_where_they_are_asked_for() -> None:
    dear = Desk(sample_market, lambda: HELD, Settings, lambda: [FreeLot("PEP", 190.0, 190.0)])
    sentence = "calls on my PEP shares"
    asked_for = [
        Asked(words, {"symbols": ["PEP"], "option_type": "call"}, {})
        for words in (sentence, f"{sentence}, also below cost")
    ]
    strict, loose = (answer("find_opportunities", one, dear).result for one in asked_for)
    assert (strict["opportunities"], bool(loose["opportunities"])) == ([], True)
