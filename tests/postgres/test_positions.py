"""Positions in the database: recorded step by step, imported whole or not at all, and never changed afterwards."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from command import Magnus
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from checkpoints.database import Database
from checkpoints.positions import ledger, read_positions
from graph.errors import BadInput
from tools.position_choice import Ended, Which
from tools.position_file import Entry
from tools.positions import add_position, close_position, held, import_positions, list_positions, set_cash

NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
TODAY, EXPIRY = date(2026, 11, 2), date(2026, 12, 18)
PUTS = Entry("KO", "put", 5, Decimal("0.85"), TODAY, Decimal("3.25"), Decimal(60), EXPIRY)
SHARES = Entry("KO", "shares", 2, Decimal("58.10"), TODAY)
CALL = Entry("KO", "call", 1, Decimal("0.40"), TODAY, Decimal("0.65"), Decimal(62), EXPIRY)
FILE = """symbol,type,quantity,strike,expiry,price
PEP,call,-1,150,2026-12-18,1.20
PEP,shares,200,,,142.10
,cash,42000,,,
"""


def cash(database: Database) -> Decimal | None:
    return read_positions(database)[1]


def legs(database: Database) -> list[tuple[str, str, int]]:
    return [(leg.symbol, leg.kind, leg.quantity) for leg in held(database).legs]


def written(folder: Path, content: str) -> Path:
    file = folder / "mine.csv"
    file.write_text(content, encoding="utf-8")
    return file


def test_a_partial_assignment_splits_the_position_and_the_cash_follows_to_the_cent(database: Database) -> None:
    set_cash(database, Decimal(50_000), NOW)
    assert add_position(database, PUTS, NOW) == 5
    assert cash(database) == Decimal("50421.75")
    lots = close_position(database, Which("KO", lots=2), Ended("assigned", EXPIRY, fees=Decimal("5.01")), NOW)
    assert [(lot["state"], lot["basis"], lot["adjusted_basis"]) for lot in lots] == [
        ("shares", 60.0, 59.1816),
        ("shares", 60.0, 59.1815),
    ]
    assert legs(database) == [("KO", "shares", 2), ("KO", "put", -3)]
    assert cash(database) == Decimal("38416.74")
    assert sum(lot.lot.cash for lot in read_positions(database)[0]) == Decimal("38416.74") - 50_000


def test_a_whole_turn_of_the_wheel_is_on_record(database: Database) -> None:
    add_position(database, Entry("KO", "put", 1, Decimal("0.85"), TODAY, strike=Decimal(60), expiry=EXPIRY), NOW)
    close_position(database, Which("KO"), Ended("assigned", EXPIRY), NOW)
    january = date(2027, 1, 15)
    add_position(database, Entry("KO", "call", 1, Decimal("0.40"), EXPIRY, strike=Decimal(62), expiry=january), NOW)
    (lot,) = close_position(database, Which("KO", "call"), Ended("called-away", january), NOW)
    assert [event["step"] for event in lot["events"]] == ["sell_put", "assign", "sell_call", "call_away"]
    assert (lot["state"], lot["realised_usd"], lot["cash_usd"]) == ("cash", 325.0, 325.0)
    assert list_positions(database)["positions"] == []
    assert list_positions(database)["realised_usd"] == 325.0


def test_what_was_held_before_does_not_move_the_cash(database: Database) -> None:
    set_cash(database, Decimal(1_000), NOW)
    add_position(database, SHARES, NOW, is_new=False)
    assert cash(database) == 1_000
    add_position(database, CALL, NOW, cash_usd=Decimal(2_000))
    assert cash(database) == 2_000


def test_nobody_knows_the_cash_until_it_was_said(database: Database) -> None:
    add_position(database, PUTS, NOW)
    assert (cash(database), held(database).cash_usd) == (None, None)


def test_a_call_without_shares_is_refused(database: Database) -> None:
    with pytest.raises(BadInput, match="KO: 1 calls need 1 lots of 100 shares without a call, and there are 0"):
        add_position(database, CALL, NOW)
    add_position(database, SHARES, NOW)
    add_position(database, CALL, NOW)
    add_position(database, CALL, NOW)
    with pytest.raises(BadInput, match="there are 0"):
        add_position(database, CALL, NOW)
    assert legs(database) == [("KO", "shares", 2), ("KO", "call", -2)]


@pytest.mark.parametrize(
    ("which", "ended", "sentence"),
    [
        (Which("PEP"), Ended("expired", EXPIRY), "Nothing of PEP that is meant can be expired: nothing is open there"),
        (Which("KO"), Ended("sold", TODAY, Decimal(1)), "can be sold: what is open there is KO 60 put 2026-12-18"),
        (Which("KO", lots=6), Ended("expired", EXPIRY), "There are 5 of KO 60 put 2026-12-18, so 6 cannot be expired"),
        (Which("KO"), Ended("expired", TODAY), "its put expires on 2026-12-18"),
    ],
)
def test_an_ending_that_cannot_be_changes_nothing(
    database: Database, which: Which, ended: Ended, sentence: str
) -> None:
    add_position(database, PUTS, NOW)
    before = list_positions(database)
    with pytest.raises(BadInput, match=sentence):
        close_position(database, which, ended, NOW)
    assert list_positions(database) == before


def test_two_contracts_of_a_symbol_have_to_be_told_apart(database: Database) -> None:
    add_position(database, PUTS, NOW)
    add_position(database, Entry("KO", "put", 1, Decimal("0.5"), TODAY, strike=Decimal("57.5"), expiry=EXPIRY), NOW)
    with pytest.raises(BadInput, match=r"Say which .*: KO 57.5 put 2026-12-18, KO 60 put 2026-12-18"):
        close_position(database, Which("KO"), Ended("expired", EXPIRY), NOW)
    close_position(database, Which("KO", strike=Decimal("57.5")), Ended("expired", EXPIRY), NOW)
    assert legs(database) == [("KO", "put", -5)]


def test_a_mistake_takes_back_the_last_step_and_its_cash(database: Database) -> None:
    set_cash(database, Decimal(10_000), NOW)
    add_position(database, SHARES, NOW, is_new=False)
    add_position(database, CALL, NOW)
    assert cash(database) == Decimal("10039.35")
    close_position(database, Which("KO", "call"), Ended("mistake", TODAY), NOW)
    assert (legs(database), cash(database)) == ([("KO", "shares", 2)], 10_000)
    add_position(database, CALL, NOW)
    assert legs(database) == [("KO", "shares", 2), ("KO", "call", -1)]
    close_position(database, Which("KO", "call"), Ended("mistake", TODAY), NOW)
    close_position(database, Which("KO", "shares"), Ended("mistake", TODAY), NOW)
    assert (legs(database), cash(database), list_positions(database)["lots"]) == ([], 10_000, [])


def test_an_ending_recorded_in_error_is_taken_back_with_its_cash_and_then_the_sale(database: Database) -> None:
    set_cash(database, Decimal(10_000), NOW)
    add_position(database, PUTS, NOW)
    close_position(database, Which("KO", lots=4), Ended("closed", TODAY, Decimal("0.10")), NOW)
    close_position(database, Which("KO"), Ended("expired", EXPIRY), NOW)
    assert (legs(database), cash(database)) == ([], Decimal("10381.75"))
    back = close_position(database, Which("KO", "put", Decimal(60)), Ended("mistake", TODAY), NOW)
    assert [lot["state"] for lot in back] == ["short_put"], "only what ended last"
    close_position(database, Which("KO"), Ended("mistake", TODAY), NOW)
    assert legs(database) == [], "an open position goes before one that has ended"
    back = close_position(database, Which("KO", lots=3), Ended("mistake", TODAY), NOW)
    assert (legs(database), cash(database)) == ([("KO", "put", -3)], Decimal("10327.40"))
    assert len(back) == 3


def test_an_assignment_recorded_in_error_is_found_by_the_put_and_nothing_else_is(database: Database) -> None:
    add_position(database, PUTS, NOW)
    close_position(database, Which("KO", lots=1), Ended("assigned", EXPIRY), NOW)
    close_position(database, Which("KO", "put"), Ended("closed", TODAY, Decimal("0.10")), NOW)
    for wrong in (Which("PEP"), Which("KO", "call"), Which("KO", strike=Decimal(61)), Which("KO", "put", lots=2)):
        with pytest.raises(BadInput):
            close_position(database, wrong, Ended("mistake", TODAY), NOW)
    close_position(database, Which("KO", "put"), Ended("mistake", TODAY), NOW)
    assert legs(database) == [("KO", "put", -1)]


def test_events_cannot_be_changed_afterwards(database: Database) -> None:
    add_position(database, PUTS, NOW)
    for statement in ("UPDATE lot_events SET price = 9", "DELETE FROM lot_events"):
        with pytest.raises(DBAPIError, match="not changed afterwards"), database.begin() as connection:
            connection.execute(text(statement))
    assert held(database).legs[0].price == 0.85


def test_a_file_is_imported_whole_calls_finding_their_shares(database: Database, tmp_path: Path) -> None:
    kept = import_positions(database, written(tmp_path, FILE), NOW)
    assert kept == {"positions": 2, "lots": 3, "replaced_lots": 0, "cash_usd": 42_000.0}
    assert legs(database) == [("PEP", "shares", 2), ("PEP", "call", -1)]
    assert cash(database) == 42_000


def test_a_file_with_one_bad_line_leaves_everything_as_it_was(database: Database, tmp_path: Path) -> None:
    import_positions(database, written(tmp_path, FILE), NOW)
    before = list_positions(database)
    bad = FILE.replace("142.10", "143") + "KO,put,-1,60,2026-12-18,0.85\nT,call,-1,20,2026-12-18,0.5\n"
    with pytest.raises(BadInput, match=r"Line 6 of mine\.csv: T: 1 calls need 1 lots of 100 shares"):
        import_positions(database, written(tmp_path, bad), NOW, replaces=True)
    assert list_positions(database) == before


def test_the_same_file_twice_is_refused_unless_it_replaces(database: Database, tmp_path: Path) -> None:
    file = written(tmp_path, FILE)
    import_positions(database, file, NOW)
    with pytest.raises(BadInput, match="was imported before: say --replace"):
        import_positions(database, file, NOW)
    add_position(database, PUTS, NOW)
    kept = import_positions(database, file, NOW, replaces=True, cash_usd=Decimal(7))
    assert (kept["replaced_lots"], cash(database)) == (7, 7)
    assert legs(database) == [("PEP", "shares", 2), ("PEP", "call", -1)]


def test_writers_wait_for_each_other_and_no_lot_is_closed_twice(database: Database) -> None:
    add_position(database, PUTS, NOW)

    def buy_back(_: int) -> int:
        try:
            return len(close_position(database, Which("KO", lots=1), Ended("closed", TODAY, Decimal("0.10")), NOW))
        except BadInput:
            return 0

    with ThreadPoolExecutor(4) as threads:
        closed = list(threads.map(buy_back, range(8)))
    assert sum(closed) == 5
    assert legs(database) == []


def test_a_block_that_raises_keeps_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), ledger(database, NOW) as book:
        book.set_cash(Decimal(1))
        raise RuntimeError
    assert cash(database) is None


def answer(done: Any) -> Any:
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def test_the_commands_record_positions_and_judge_trades(magnus: Magnus, tmp_path: Path) -> None:
    put = ("--type", "put", "--strike", "60", "--expiry", "2026-12-18", "--contracts", "5")
    added = magnus("positions", "add", "KO", *put, "--price", "0.85", "--on", "2026-11-02", "--cash", "60000")
    assert (added.returncode, added.stdout) == (0, "Recorded: KO, 5 puts sold.\n")
    found = answer(magnus("risk", "--drop", "10", "--json"))
    assert (found["collateral_usd"], found["scenario"]["spot_move"], found["source"]) == (30_000, -0.1, "sample")
    judged = magnus("risk", "--symbol", "KO", *put, "--json")
    assert judged.returncode == 1
    assert answer(judged)["valid"] is False
    (best,) = answer(magnus("scan", "--max-price", "30", "--limit", "1", "--json"))["opportunities"]
    contract = ("--symbol", best["symbol"], "--strike", str(best["strike"]), "--expiry", best["expiry"])
    sized = answer(magnus("size", *contract, "--json"))
    assert sized["contracts"] > 0
    assert "SAMPLE" in magnus("risk").stdout
    assert all(len(line) <= 80 for line in magnus("risk", "--drop", "10").stdout.splitlines())
    wrong = magnus("positions", "close", "KO", "--how", "rolled", "--price", "1")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert answer(magnus("positions", "list", "--json"))["cash_usd"] == 60_000
