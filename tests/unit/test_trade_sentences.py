"""Trading sentences without a model: what they ask for beside their slots, and what is asked back."""

from datetime import date
from typing import Any

import pytest

from graph.settings import Settings
from tools.answering import EXAMPLES, Answer, Asked, answer
from tools.asking.market import read_market
from tools.asking.risk import Moves, read_moves
from tools.asking.wording import Words
from tools.desk import Desk
from tools.positions import Held
from tools.routing.slots import parse_slots
from trading.listing import ExpiryWish
from trading.portfolio import Leg
from trading.sample import sample_market

TODAY = date(2026, 10, 30)
HELD = Held((Leg("KO", "put", -2, 1.0, 65.0, date(2026, 12, 18)),), 200_000.0)
DESK = Desk(sample_market, lambda: HELD, Settings, list)


def words(sentence: str) -> Words:
    return Words(sentence, TODAY)


def asked(task_type: str, sentence: str, slots: dict[str, Any] | None = None, **criteria: Any) -> Answer:
    return answer(task_type, Asked(sentence, parse_slots(sentence) if slots is None else slots, criteria), DESK)


def found(task_type: str, sentence: str, **criteria: Any) -> dict[str, Any]:
    told = asked(task_type, sentence, **criteria)
    assert told.error is None
    return told.result


@pytest.mark.parametrize(
    ("sentence", "what"),
    [
        ("price of KO", "quote"),
        ("what's Coca-Cola trading at", "quote"),
        ("KO?", "quote"),
        ("IV rank of AMD", "iv_rank"),
        ("is vol in TSLA high or low compared to its last year", "iv_rank"),
        ("implied volatility of Disney at 30, 60 and 90 days", "iv_rank"),
        ("realised volatility of AMD", "history"),
        ("how volatile has SOFI been over the last month", "history"),
        ("KO price history over the last 3 months", "history"),
        ("how far has AMD moved this year", "history"),
        ("when does PEP report", "events"),
        ("next ex-dividend date of KO please", "events"),
        ("show me the AMD chain for December", "chain"),
        ("what's the bid on the KO January 60 call", "chain"),
        ("list the expiries you know for TSLA", "chain"),
        ("stocks under $20 with IV rank over 50", "stocks"),
        ("which stocks report next week", "stocks"),
        ("which names have fallen more than 10% over the past five sessions", "stocks"),
    ],
)
def test_the_words_say_which_numbers_are_wanted(sentence: str, what: str) -> None:
    assert read_market(words(sentence), parse_slots(sentence), {}).what == what


@pytest.mark.parametrize(
    ("sentence", "strike", "kind", "count"),
    [
        ("is selling 5 KO 60 puts within my limits", 60, "put", 5),
        ("can I sell 2 AMD 200 puts expiring 12/18/2026", 200, "put", 2),
        ("sell 1 NVDA 100P for 1.20", 100, "put", 1),
        ("should I sell the KO 57.5 put", 57.5, "put", None),
        ("2 x BAC 36p, 4 weeks", 36, "put", 2),
        ("3 contracts of the PFE 25 call", 25, "call", 3),
        ("I want to sell 5 puts on KO", None, "put", 5),
        ("the 60 strike in KO, 5 lots", 60, None, 5),
        ("is selling five KO 60 puts ok", 60, "put", 5),
        ("short 2 KO puts, strike 62.5", 62.5, "put", 2),
        ("which put on KO, 30 delta, 45 days", None, "put", None),
    ],
)
def test_a_strike_is_not_taken_for_a_count_nor_a_count_for_a_strike(
    sentence: str, strike: float | None, kind: str | None, count: int | None
) -> None:
    read = words(sentence)
    assert (read.strike(), read.option_type(), read.count()) == (strike, kind, count)


@pytest.mark.parametrize(
    ("sentence", "wish"),
    [
        ("the AMD chain for December", ExpiryWish(month=(2026, 12))),
        ("the AMD chain for march", ExpiryWish(month=(2027, 3))),
        ("KO 60 put Dec 18", ExpiryWish(day=date(2026, 12, 18))),
        ("KO 60 put, 15th of January", ExpiryWish(day=date(2027, 1, 15))),
        ("KO 60 put 12/18/2026", ExpiryWish(day=date(2026, 12, 18))),
        ("KO 60 put for June 2027", ExpiryWish(month=(2027, 6))),
        ("KO 60 put a month out", ExpiryWish(days=30)),
        ("KO 60 put", ExpiryWish()),
        ("may I sell the KO 60 put", ExpiryWish()),
    ],
)
def test_an_expiry_is_read_as_day_month_or_length(sentence: str, wish: ExpiryWish) -> None:
    assert words(sentence).expiry() == wish


@pytest.mark.parametrize(
    ("sentence", "moves"),
    [
        ("what would a 10 % drop do to me", Moves(-0.10)),
        ("what if the market falls 20% and vol rises 30%", Moves(-0.20, 0.30)),
        ("market -8 %, vol +15 %", Moves(-0.08, 0.15)),
        ("how much would a 5 percent rally make me", Moves(0.05)),
        ("what if the market gets cut in half", Moves(-0.5)),
        ("what happens to me should IV double", Moves(None, 1.0)),
        ("how risky is my portfolio", Moves()),
    ],
)
def test_moves_keep_their_sign_and_volatility_keeps_its_own(sentence: str, moves: Moves) -> None:
    assert read_moves(words(sentence)) == moves


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("over the last 3 months", 63),
        ("past five sessions", 5),
        ("last week", 5),
        ("a year", 252),
        ("price of KO", None),
    ],
)
def test_lengths_of_the_past_are_counted_in_trading_days(sentence: str, days: int | None) -> None:
    assert words(sentence).look_back_days() == days


@pytest.mark.parametrize(
    ("sentence", "ahead"),
    [("this week", (0, 2)), ("next week", (3, 9)), ("this month", (0, 1)), ("next month", (2, 31)), ("ever", None)],
)
def test_coming_weeks_and_months_are_those_of_the_calendar(sentence: str, ahead: tuple[int, int] | None) -> None:
    assert words(sentence).days_ahead() == ahead


def test_a_scan_sentence_finds_trades_by_its_slots() -> None:
    result = found("find_opportunities", "which CSP on KO, around 30 delta, a month out")
    assert [(row["symbol"], row["type"]) for row in result["opportunities"]] == [("KO", "put")]
    assert result["criteria"]["min_dte"] == 23


def test_a_trade_is_judged_against_what_is_held() -> None:
    result = found("assess_risk", "is selling 5 KO 65 puts for December within my limits")
    assert result["trade"] | {"symbol": "KO", "strike": 65.0, "contracts": 5, "expiry": "2026-12-18"} == result["trade"]
    caps = {row["rule"]: row["figure"] for row in result["verdicts"]}
    assert caps["position cap"] == 7 * 6_500


def test_a_choice_of_expiry_is_told() -> None:
    result = found("assess_risk", "is selling 5 KO 60 puts within my limits")
    assert result["trade"]["expiry"] == "2026-11-27"
    assert result["warnings"][0] == "No expiry was named, so the one taken is 2026-11-27, 28 days out."


def test_how_many_is_a_question_of_size() -> None:
    result = found("assess_risk", "how many KO 65 puts for December can I sell with 20k")
    assert result["contracts"] <= 3
    assert result["stopped_by"]


def test_what_if_moves_every_share() -> None:
    result = found("assess_risk", "what would a 10 % drop do to me")
    assert result["scenario"]["spot_move"] == -0.1
    assert result["scenario"]["pnl_usd"] < 0


def test_a_move_of_one_stock_is_said_to_be_of_all() -> None:
    result = found("assess_risk", "what if NVDA drops 25 %")
    assert result["warnings"][0] == "Every share price is moved, not that of NVDA alone."


@pytest.mark.parametrize(
    ("task_type", "sentence", "part"),
    [
        ("assess_risk", "how many puts on META can I write", "Say the strike as well"),
        ("assess_risk", "how many puts on KO or PEP can I write", "One trade is judged at a time"),
        ("assess_risk", "should I roll my PEP put", "No PEP put that you sold is on record: say its strike and"),
        ("assess_risk", "should I roll my KO 66 put", "No KO put that you sold is on record"),
        ("assess_risk", "should I roll my KO 66.5 put of December 18", "nearest strikes are"),
        ("assess_risk", "what is wheeling KO worth", "Say the strike as well"),
        ("assess_risk", "is 5 KO 60 too much", "Say put or call and the strike"),
        ("assess_risk", "is selling the 60 put ok", "Say the stock as well"),
        ("assess_risk", "is selling the KO 60 put and the PEP 140 put ok", "One trade is judged at a time"),
        ("assess_risk", "is selling 2 KO 61.3 puts for December ok", "nearest strikes are 60, 61, 62, 63"),
        ("market_data", "vix now", "Say which stock"),
        ("market_data", "show me the chain of KO and PEP", "A chain is of one stock"),
        ("market_data", "price of $ZZZZ", "does not know ZZZZ"),
        ("market_data", "what does tradingview say about SOFI", "no TradingView signals"),
        ("market_data", "split history of NVDA", "no splits"),
        ("find_opportunities", "which put to sell on $ZZZZ", "does not know ZZZZ"),
    ],
)
def test_what_cannot_be_read_is_asked_for_with_an_example(task_type: str, sentence: str, part: str) -> None:
    told = asked(task_type, sentence, max_delta=0.3)
    assert part in str(told.error)
    assert told.result == {}
    assert told.criteria == {"max_delta": 0.3}
    assert told.next_step == EXAMPLES[task_type]


def test_its_stands_for_the_stock_of_the_thread() -> None:
    assert found("market_data", "what about its IV", symbols=["AMD"])["iv_ranks"][0]["symbol"] == "AMD"


@pytest.mark.parametrize(
    ("task_type", "details", "key"),
    [
        ("market_data", {"what": "events", "symbols": ["KO"]}, "events"),
        ("market_data", {"what": "stocks", "max_price": 10, "limit": 2}, "stocks"),
        ("assess_risk", {"spot_move": -0.2, "vol_move": 0.5}, "scenario"),
        (
            "assess_risk",
            {"symbol": "KO", "option_type": "put", "strike": 65, "expiry": "2026-12-18", "contracts": 2},
            "valid",
        ),
    ],
)
def test_a_typed_request_needs_no_sentence(task_type: str, details: dict[str, Any], key: str) -> None:
    assert key in asked(task_type, "", details).result


CONTRACT = {"symbol": "KO", "option_type": "put", "strike": 65, "expiry": "2026-12-18"}


@pytest.mark.parametrize(
    ("task_type", "details", "part"),
    [
        ("market_data", {"what": "weather", "symbols": ["KO"]}, "has to be one of"),
        ("market_data", {"symbols": 5}, "a name or a list of names"),
        ("market_data", {"what": "chain", "symbols": ["KO"], "expiry": "soon"}, "a date such as"),
        ("market_data", {"what": "chain", "symbols": ["KO"], "expiry": "2026-12-19"}, "expire on 2026-12-19"),
        ("assess_risk", CONTRACT | {"contracts": 0}, "at least one"),
        ("assess_risk", CONTRACT | {"contracts": 1.5}, "whole number"),
        ("assess_risk", CONTRACT | {"strike": "sixty"}, "strike is sixty"),
        ("assess_risk", CONTRACT | {"option_type": "straddle"}, "put or call"),
        ("assess_risk", {"spot_move": "down"}, "spot_move is down"),
        ("assess_risk", {"spot_move": -1}, "less than 100 %"),
    ],
)
def test_a_typed_request_that_makes_no_sense_is_told(task_type: str, details: dict[str, Any], part: str) -> None:
    assert part in str(asked(task_type, "", details).error)
