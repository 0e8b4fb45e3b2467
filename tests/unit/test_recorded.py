"""Recorded chains are read as they are: what is missing stays missing, what makes no sense is counted."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph.errors import BadInput
from tools.feeds.recorded import Recording, read_chain

DATA = Path(__file__).parents[2].parent / "shared" / "data"
AMZN = DATA / "chains" / "options_chain_AMZN_20231109.csv"
BODIES = sorted((DATA / "yahoo_options_2025").glob("*.json"))
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the recorded market data is not on this machine")

TRADED = "2026-11-18 20:59:00+00:00"
MOMENT = datetime(2026, 11, 18, 20, 59, tzinfo=UTC)
CAMEL = {
    "contract_symbol": "contractSymbol",
    "last_trade_date": "lastTradeDate",
    "last_price": "lastPrice",
    "open_interest": "openInterest",
    "contract_size": "contractSize",
}

Read = Callable[..., Recording]


def contract(symbol: str = "XYZ261218P00020000", **cells: Any) -> dict[str, Any]:
    """A put of strike 20 on XYZ, good in every cell unless said otherwise."""
    good = {"contract_symbol": symbol, "last_trade_date": TRADED, "strike": int(symbol[-8:]) / 1000, "last_price": 0.9}
    good |= {"bid": 0.85, "ask": 0.95, "volume": 12, "open_interest": 340, "contract_size": "REGULAR"}
    return good | {"currency": "USD"} | cells


def write_csv(path: Path, rows: list[dict[str, Any]], names: dict[str, str] | None = None, mark: str = "") -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write(mark)
        writer = csv.writer(file)
        writer.writerow([(names or {}).get(column, column) for column in rows[0]])
        writer.writerows(row.values() for row in rows)
    return path


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes rows to a CSV and reads them at a share price of 21."""

    def read_rows(*rows: dict[str, Any], spot: float | None = 21.0, as_of: datetime | None = None) -> Recording:
        return read_chain(write_csv(tmp_path / "xyz.csv", list(rows)), "XYZ", spot, as_of)

    return read_rows


@needs_data
def test_the_real_amzn_chain_gets_its_share_price_from_parity_and_loses_the_quotes_of_other_days() -> None:
    recording = read_chain(AMZN, "AMZN", None, None)
    assert recording.spot_from == "parity"
    assert recording.chain.spot == recording.stock.spot == pytest.approx(142.13, abs=0.05)
    assert recording.chain.as_of == datetime(2023, 11, 9, 14, 35, 42, tzinfo=UTC)
    assert recording.rows == 2312
    assert len(recording.chain) == 2312 - sum(recording.dropped.values())
    assert recording.chain.strike.max() == 270, "the contracts from before the 20:1 split are gone"
    assert recording.dropped["quote impossible at this share price"] == 496
    assert recording.missing["bid"] == np.isnan(recording.chain.bid).sum() == 114
    assert not (recording.chain.bid == 0).any() and not (recording.chain.ask == 0).any()


@needs_data
def test_a_single_expiry_full_of_contracts_from_before_the_split_still_gives_the_share_price(tmp_path: Path) -> None:
    lines = AMZN.read_text(encoding="utf-8-sig").splitlines()
    one = tmp_path / "january.csv"
    one.write_text("\n".join([lines[0], *(line for line in lines if ",AMZN240119" in line)]))
    assert read_chain(one, "AMZN", None, None).chain.spot == pytest.approx(142.3, abs=0.5)


@needs_data
@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
def test_a_body_from_before_the_open_is_read_and_has_next_to_no_quotes(path: Path) -> None:
    recording = read_chain(path, path.stem, None, None)
    chain = recording.chain
    assert recording.spot_from == "file" and recording.stock.spot == chain.spot > 0
    assert recording.missing["bid"] == np.isnan(chain.bid).sum() >= 0.9 * len(chain)
    assert len(chain) + sum(recording.dropped.values()) == recording.rows
    assert any("both a bid and an ask" in note for note in recording.notes)


@needs_data
def test_the_bodies_hold_1083_contracts() -> None:
    assert sum(read_chain(path, path.stem, None, None).rows for path in BODIES) == 1083


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "with a byte order mark"])
@pytest.mark.parametrize("names", [{}, CAMEL], ids=["snake case", "camel case"])
def test_both_column_namings_are_read_alike(tmp_path: Path, names: dict[str, str], mark: str) -> None:
    path = write_csv(tmp_path / "xyz.csv", [contract()], names, mark)
    chain = read_chain(path, "xyz", 21.0, None).chain
    assert (chain.symbol, chain.as_of, chain.spot) == ("XYZ", MOMENT, 21.0)
    assert (chain.strike[0], chain.expiry[0], chain.is_call[0]) == (20.0, np.datetime64("2026-12-18"), False)
    figures = [chain.bid[0], chain.ask[0], chain.last[0], chain.volume[0], chain.open_interest[0]]
    assert figures == [0.85, 0.95, 0.9, 12.0, 340.0]


@pytest.mark.parametrize("nobody", ["", "0", "0.0", "nan", "None"])
def test_a_bid_that_nobody_makes_is_missing_and_not_zero(read: Read, nobody: str) -> None:
    recording = read(contract(bid=nobody, volume=""))
    assert np.isnan(recording.chain.bid[0]) and np.isnan(recording.chain.volume[0])
    assert recording.missing == {"bid": 1, "ask": 0, "last": 0, "volume": 1, "open_interest": 0}


@pytest.mark.parametrize(
    ("reason", "row"),
    [
        ("bid above ask", contract(bid=1.2)),
        ("bid below 0", contract(bid=-0.1)),
        ("ask is not a number", contract(ask="1_0")),
        ("bid is not a number", contract(bid="inf")),
        ("volume is not a number", contract(volume="many")),
        ("open interest below 0", contract(open_interest=-1)),
        ("strike is not above 0", contract(strike=0)),
        ("strike is not above 0", contract("XYZ261218P00000000", strike="")),
        ("strike differs from the contract symbol", contract(strike=2)),
        ("broken contract symbol", contract(contract_symbol="XYZ261318P00020000")),
        ("broken contract symbol", contract(contract_symbol="")),
        ("non-standard contract (XYZ7)", contract("XYZ7261218P00020000")),
        ("contract of another symbol", contract("ABC261218P00020000")),
        ("contract is not for 100 shares", contract(contract_size="MINI")),
        ("currency is not USD", contract(currency="CAD")),
        ("expired by then", contract("XYZ261117P00020000", last_trade_date="2026-11-17 20:00:00+00:00")),
        ("last trade after expiry", contract("XYZ261117P00020000")),
        ("last trade time cannot be read", contract(last_trade_date="yesterday")),
        ("quote impossible at this share price", contract(bid=25, ask=26)),
        ("quote impossible at this share price", contract("XYZ261218P00040000", bid=15, ask=16)),
    ],
)
def test_a_row_that_makes_no_sense_is_counted_under_its_reason(read: Read, reason: str, row: dict[str, Any]) -> None:
    recording = read(contract("XYZ261218P00019000", bid=0.5, ask=0.6), row)
    assert recording.dropped == {reason: 1}
    assert (recording.rows, recording.chain.strike.tolist()) == (2, [19.0])


def test_of_two_rows_of_one_contract_the_one_that_traded_later_is_kept(read: Read) -> None:
    early = contract(last_trade_date="2026-11-18 15:00:00+00:00", bid=0.7)
    for rows in ([contract(), early], [early, contract()]):
        recording = read(*rows)
        assert recording.chain.bid.tolist() == [0.85]
        assert recording.dropped == {"same contract again": 1}


def test_the_contract_symbol_is_believed_over_the_columns_beside_it(read: Read) -> None:
    recording = read(contract(expiration="2027-01-15", option_type="calls"))
    assert recording.chain.expiry[0] == np.datetime64("2026-12-18") and not recording.chain.is_call[0]
    assert recording.notes == [
        "1 contract: another expiry than the contract symbol says, which was believed.",
        "1 contract: another type than the contract symbol says, which was believed.",
    ]


def test_the_newest_last_trade_is_the_moment_unless_one_is_given(read: Read) -> None:
    rows = [contract(), contract("XYZ261218P00019000", bid=0.5, ask=0.6, last_trade_date="2026-11-18 15:00:00+00:00")]
    assert read(*rows).chain.as_of == MOMENT
    given = datetime.fromisoformat("2026-11-18T12:00:00-05:00")
    recording = read(*rows, as_of=given)
    assert recording.chain.as_of == given and recording.chain.as_of.tzinfo is UTC
    assert recording.notes == ["1 contract: traded after the given time."]


def test_a_last_trade_without_a_zone_is_taken_as_utc_and_said_so(read: Read) -> None:
    recording = read(contract(last_trade_date="2026-11-18 20:59:00"))
    assert recording.chain.as_of == MOMENT
    assert recording.notes == ["1 contract: last trade without a time zone, taken as UTC."]


@pytest.mark.parametrize(("minute", "kept"), [(14, True), (16, False)])
def test_a_contract_lives_until_a_quarter_past_four_of_its_last_day(read: Read, minute: int, kept: bool) -> None:
    at_close = datetime(2026, 11, 20, 21, minute, tzinfo=UTC)
    recording = read(contract(), contract("XYZ261120P00020000"), as_of=at_close)
    assert (len(recording.chain) == 2) is kept


def test_columns_that_a_file_does_not_have_stay_unknown_and_are_named(read: Read) -> None:
    bare = {column: contract()[column] for column in ("contract_symbol", "strike", "bid", "ask")}
    recording = read(bare, as_of=MOMENT)
    assert np.isnan(recording.chain.open_interest).all()
    assert recording.notes == ["The file has no lastTradeDate, lastPrice, volume, openInterest: that stays unknown."]


def test_a_hyphen_in_the_symbol_is_none_in_its_contracts(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "brk.csv", [contract("BRKB261218P00400000", bid=4, ask=5)])
    assert read_chain(path, "brk-b", 450.0, None).chain.symbol == "BRK-B"


def test_a_given_share_price_that_quotes_contradict_a_little_is_noted(read: Read) -> None:
    call = contract("XYZ261218C00020000", bid=2.0, ask=2.1)
    assert read(call, contract(), spot=22.0).notes == [
        "The share price is 22.00, and the quotes imply 21.08 by put-call parity."
    ]


def test_the_share_price_comes_from_contracts_that_traded_lately(read: Read) -> None:
    lately = [contract("XYZ261218C00018000", bid=3.2, ask=3.4), contract("XYZ261218P00018000", bid=0.3, ask=0.4)]
    long_ago = [
        contract(f"XYZ261218{kind}000{strike}000", bid=2.0, ask=2.01, last_trade_date="2026-03-02 15:00:00+00:00")
        for strike in range(30, 40)
        for kind in "CP"
    ]
    assert read(*lately, *long_ago, spot=None).chain.spot == pytest.approx(20.9, abs=0.05)


def test_the_report_of_an_import_is_plain_json(read: Read) -> None:
    report = json.loads(json.dumps(read(contract(), contract(bid=2)).to_json(), allow_nan=False))
    assert report["as_of"] == "2026-11-18T20:59:00+00:00"
    assert (report["symbol"], report["rows"], report["contracts"]) == ("XYZ", 2, 1)
    assert report["dropped"] == {"bid above ask": 1}


def test_without_quotes_and_share_price_one_is_asked_for(read: Read) -> None:
    with pytest.raises(BadInput, match=r"both have a bid and an ask.*give it with --spot"):
        read(contract(bid=0), spot=None)
