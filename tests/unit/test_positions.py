"""Positions as people state them: a CSV is read whole or not at all, and the risk tools answer about what is held."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from small_market import FAIR_PUT, TODAY, Row, SmallMarket

from graph.errors import BadInput
from graph.settings import Settings
from tools.position_entry import ending_of, entry_of, which_of
from tools.position_file import parse_positions, read_positions_file
from tools.positions import Held
from tools.risk import assess_portfolio, assess_trade, size_trade
from trading.portfolio import Leg

HEADER = "symbol,type,quantity,strike,expiry,price,opened,fees,deliverable\n"
GOOD = "KO,put,-5,60,2026-12-18,0.85,2026-11-02,3.25,\n"
EXPIRY = TODAY + timedelta(days=30)
MARKET = SmallMarket().add("KO", FAIR_PUT, Row(105.0, 1.10, 1.16, is_call=True), sector="Consumer Staples")
CONTRACT = {"symbol": "ko", "option_type": "put", "strike": 95.0, "expiry": str(EXPIRY)}
PUT = Leg("KO", "put", -2, 1.30, 95.0, EXPIRY)


def settings(**chosen: Any) -> Settings:
    return Settings(data_dir=Path("nowhere"), **chosen)


def refusal(text: str) -> str:
    with pytest.raises(BadInput) as told:
        parse_positions(text, "mine.csv")
    return str(told.value)


def test_a_file_of_puts_shares_calls_and_cash_is_read() -> None:
    rest = "\n pep , Shares ,200,,,142.10,2026-10-01,,100\nPEP,calls,2,150,2026-12-18,1.2,,,\n,cash,$42000.50,,,,,,\n"
    text = HEADER + GOOD + rest
    found = parse_positions(text, "mine.csv")
    assert found.cash_usd == Decimal("42000.50")
    assert [(entry.symbol, entry.kind, entry.lots, entry.price, entry.line) for entry in found.entries] == [
        ("KO", "put", 5, Decimal("0.85"), 2),
        ("PEP", "shares", 2, Decimal("142.10"), 4),
        ("PEP", "call", 2, Decimal("1.2"), 5),
    ]
    assert found.entries[0].fees == Decimal("3.25")
    assert found.entries[2].opened == date(2026, 10, 1), "what has no date was opened with the first of its symbol"


def test_a_byte_order_mark_and_columns_in_any_order_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("type,symbol,price,quantity\nshares,KO,58.1,100\n", encoding="utf-8-sig")
    assert [entry.lots for entry in read_positions_file(file)[0].entries] == [1]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("KO,put,-5,60,2026-12-18,,,,", "the price is missing, and it has to be a number such as 0.85."),
        ("KO,put,-5,60,2026-12-18,1e,,,", "the price is 1e, and it has to be a number such as 0.85."),
        ("KO,put,-5,60,2026-12-18,nan,,,", "the price is nan, and it has to be a number such as 0.85."),
        ("KO,put,-5,60,2026-12-18,0,,,", "KO: to sell a put needs a price above 0."),
        ("KO,put,-5,0,2026-12-18,1,,,", "KO: to sell a put needs a strike above 0."),
        ("KO,put,-1.5,60,2026-12-18,1,,,", "KO: -1.5 contracts are no whole number of them."),
        ("KO,put,0,60,2026-12-18,1,,,", "KO: 0 contracts are no whole number of them."),
        ("KO,put,-5,60,18.12.2026,1,,,", "the expiry is 18.12.2026, and it has to be a date such as 2026-12-18."),
        ("KO,put,-5,60,2026-12-18,1,tuesday,,", "opened is tuesday, and it has to be a date such as 2026-12-18."),
        ("KO,put,-5,60,2026-10-18,1,2026-11-02,,", "KO: the contract expired on 2026-10-18, before it was sold on"),
        ("KO,put,-5,60,2026-12-18,1,,,10", "KO: a contract that delivers 10 shares cannot be kept"),
        ("KO1,put,-5,60,2026-12-18,1,,,", "KO1 is an adjusted contract"),
        ("KO,shares,250,,,58,,,", "KO: 250 shares are no whole lots of 100"),
        ("KO,shares,100.5,,,58,,,", "KO: 100.5 shares hold a fraction of one"),
        ("KO,shares,-100,,,58,,,", "KO: -100 shares are no whole lots of 100"),
        ("KO,shares,100,60,,58,,,", "KO: shares have no strike and no expiry."),
        ("KO,future,1,,,58,,,", "the type is future, and it has to be put, call, shares or cash."),
        (",put,-5,60,2026-12-18,1,,,", "An empty text is no ticker"),
        ("KO,put,-5000,60,2026-12-18,1,,,", "KO: 5,000 lots at once are too many"),
        (",cash,1,,,,,,\n,cash,2,,,,,,", "there is a second line of cash: keep one."),
    ],
)
def test_the_first_bad_line_is_named_in_one_sentence(line: str, sentence: str) -> None:
    told = refusal(f"{HEADER}{GOOD}{line}\nKO,nonsense,,,,,,,\n")
    number = 4 if "\n" in line else 3
    assert told.startswith(f"Line {number} of mine.csv: {sentence}")
    assert told.endswith("Nothing was imported.")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("symbol,type,quantity\nKO,put,1\n", "mine.csv has no column price"),
        ("symbol,type,quantity,price,colour\n", "mine.csv has a column colour: known are symbol"),
        ("symbol,type,quantity,price,price\n", "mine.csv names a column twice"),
        (HEADER, "mine.csv holds no position"),
        (HEADER + "KO,put,-5,60,2026-12-18,1,,,,,,\n", "Line 2 of mine.csv has 12 cells where the header has 9"),
        (HEADER + 'KO,"put,-5\n', "is not CSV"),
    ],
)
def test_a_file_that_is_no_table_of_positions_says_why(text: str, sentence: str) -> None:
    assert sentence in refusal(text)


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    binary, empty = tmp_path / "binary.csv", tmp_path / "empty.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    empty.write_text(" \n", encoding="utf-8")
    for file, sentence in ((tmp_path / "lost.csv", "no such file"), (binary, "not UTF-8"), (empty, "is empty")):
        with pytest.raises(BadInput, match=sentence):
            read_positions_file(file)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "Say what it is: --type put or --type call, or --shares 100."),
        ({"kind": "put", "price": "1"}, "Say how many with --contracts and --price."),
        ({"kind": "put", "price": "1", "contracts": 1}, "A put needs --strike and --expiry."),
        ({"shares": 100, "price": "1", "strike": "5"}, "Shares take no --strike"),
        ({"shares": 150, "price": "1"}, "KO: 150 shares are no whole lots of 100"),
        ({"shares": -100, "price": "1"}, "KO: -100 is no number of shares to record."),
        ({"kind": "call", "price": "1", "contracts": 1, "shares": 100}, "A call takes --contracts, not --shares."),
        ({"shares": 100, "price": "cheap"}, "price is cheap, and it has to be a number"),
    ],
)
def test_what_is_missing_or_too_much_in_an_entry_is_said(given: dict[str, Any], sentence: str) -> None:
    words: dict[str, Any] = dict.fromkeys(("kind", "strike", "expiry", "contracts", "shares", "price", "on"))
    with pytest.raises(BadInput, match=sentence):
        entry_of("KO", fees="0", **(words | given))


def test_endings_ask_for_what_they_need() -> None:
    def ending(how: Any, **given: str) -> Any:
        words: dict[str, Any] = dict.fromkeys(("on", "price", "to_strike", "to_expiry", "premium"))
        return ending_of(how, fees="0", today=TODAY, **(words | given))

    assert (ending("expired").on, ending("assigned", on="2026-12-18").on) == (TODAY, date(2026, 12, 18))
    for how, given, sentence in (
        ("closed", {}, "Say with --price what it was bought back at"),
        ("sold", {}, "Say with --price what it was sold at"),
        ("rolled", {"price": "1"}, "A roll needs --to-strike, --to-expiry and --premium"),
        ("expired", {"premium": "1"}, "belong to --how rolled"),
    ):
        with pytest.raises(BadInput, match=sentence):
            ending(how, **given)
    with pytest.raises(BadInput, match="is no ticker"):
        which_of("coca cola", None, None, None, None, None)


def test_the_account_is_what_the_person_said_else_what_they_hold() -> None:
    held = Held((PUT,), 30_000.0)
    worth = assess_portfolio(MARKET, held, settings())
    assert (worth["account_from"], worth["account_usd"]) == ("positions", worth["equity_usd"])
    said = assess_portfolio(MARKET, held, settings(account_usd=50_000))
    assert (said["account_from"], said["account_usd"]) == ("MAGNUS_ACCOUNT_USD", 50_000)
    silent = assess_portfolio(MARKET, Held((PUT,), None), settings())
    assert (silent["account_from"], silent["account_usd"], silent["cash_usd"]) == ("default", 100_000, 100_000)
    assert silent["warnings"][0].startswith("No cash is on record")


def test_a_trade_is_judged_beside_what_is_held() -> None:
    alone = assess_trade(MARKET, Held((), 100_000.0), settings(), CONTRACT, 2)
    assert (alone["valid"], alone["trade"]["contracts"], alone["source"]) == (True, 2, "sample")
    beside = assess_trade(MARKET, Held((PUT,), 100_000.0), settings(), CONTRACT, 2)
    assert [violation["rule"] for violation in beside["violations"]] == ["position cap", "symbol cap"]
    assert size_trade(MARKET, Held((PUT,), 100_000.0), settings(), CONTRACT)["contracts"] == 0


def test_a_drop_is_a_scenario_of_the_whole_book() -> None:
    fallen = assess_portfolio(MARKET, Held((PUT,), 30_000.0), settings(), spot_move=-0.10)
    assert fallen["scenario"]["pnl_usd"] < -500
    assert "scenario" not in assess_portfolio(MARKET, Held((PUT,), 30_000.0), settings())
    for move in ({"spot_move": -1.0}, {"spot_move": -0.1, "vol_move": -1.0}):
        with pytest.raises(BadInput, match="cannot be priced"):
            assess_portfolio(MARKET, Held((), 1.0), settings(), **move)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"symbol": "XYZ"}, "The sample market does not know XYZ: it has 1 symbols, such as KO."),
        ({"symbol": "KOO"}, "did you mean KO?"),
        ({"strike": 96.0}, "KO has no 96 put of 2026-12-02; the nearest strikes are 95."),
        ({"expiry": "2026-12-18"}, "KO has no puts that expire on 2026-12-18; the nearest are 2026-12-02."),
        ({"expiry": "soon"}, "expiry is soon, and it has to be a date"),
        ({"strike": -1}, "strike is -1, and it has to be a number of dollars above 0."),
        ({"strike": None, "expiry": None}, "A contract needs strike and expiry"),
        ({"option_type": "straddle"}, "option_type is straddle, and it has to be put or call."),
    ],
)
def test_a_contract_that_is_not_there_is_said_in_one_sentence(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as told:
        assess_trade(MARKET, Held((), 1.0), settings(), CONTRACT | wrong)
    assert sentence in str(told.value)


def test_a_trade_has_at_least_one_contract() -> None:
    with pytest.raises(BadInput, match="contracts is 0"):
        assess_trade(MARKET, Held((), 1.0), settings(), CONTRACT, 0)


def test_an_answer_is_plain_json_also_where_numbers_are_unknown() -> None:
    odd = (PUT, Leg("XYZ", "shares", 1, 10.0, adjusted=9.0), Leg("KO", "put", -1, 1.0, 95.0, date(2026, 10, 16)))
    found = assess_portfolio(MARKET, Held(odd, 50_000.0), settings(), spot_move=-0.5, vol_move=0.5)
    again = json.loads(json.dumps(found, allow_nan=False))
    assert [row["value"] for row in again["positions"]] == [found["positions"][0]["value"], None, 0.0]
    assert again["allocation"]["symbols"][1] == {
        "name": "XYZ",
        "usd": 1_000.0,
        "of_account": pytest.approx(0.0197, abs=1e-3),
    }
    trade = assess_trade(MARKET, Held(odd, 50_000.0), settings(), CONTRACT)
    assert json.loads(json.dumps(trade, allow_nan=False))["metrics"]["after"]["stress_loss_usd"] is None
