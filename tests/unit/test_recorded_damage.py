"""A file that is no chain gets one sentence that says what is wrong and what to do."""

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graph.errors import BadInput
from tools.feeds.recorded import read_chain

DATA = Path(__file__).parents[2].parent / "shared" / "data"
HEADER = "contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,volume,openInterest\n"
GOOD = "XYZ261218P00020000,2026-11-18 20:59:00+00:00,20.0,0.9,0.85,0.95,12,340\n"


def complaint(path: Path, symbol: str = "XYZ", spot: float | None = 21.0, as_of: datetime | None = None) -> str:
    """The sentence somebody reads; it is one line and a whole sentence."""
    with pytest.raises(BadInput) as caught:
        read_chain(path, symbol, spot, as_of)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "x.csv is empty"),
        (b"\xef\xbb\xbf \n", "x.csv is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe", "is not UTF-8 text"),
        (HEADER.encode("utf-16"), "is not UTF-8 text"),
        (b"a,b\0\n1,2\n", "is a binary file"),
        (GOOD.encode(), "has no column contractSymbol, strike, bid or ask"),
        (b"<!DOCTYPE html><title>Will be right back</title>", "has no column"),
        (HEADER.replace("ask,", "").encode(), "has no column ask: give a CSV"),
        (HEADER.replace("volume", "bid").encode(), "has more than one column bid"),
        (HEADER.encode(), "holds no contract"),
        ((HEADER + GOOD + GOOD[:40]).encode(), "Line 3 of x.csv has 2 cells where the header has 8"),
        ((HEADER + GOOD.replace("\n", ",1\n")).encode(), "Line 2 of x.csv has 9 cells"),
        ((HEADER + '"' + GOOD).encode(), "is not CSV"),
        ((HEADER + "x" * 200_000).encode(), "is not CSV"),
        ((HEADER + GOOD.replace("0.95", "0.1")).encode(), r"None of the 1 rows .*\(bid above ask: 1\)"),
        ((HEADER + GOOD.replace("XYZ", "MSFT")).encode(), "holds contracts of MSFT, not of XYZ: check --symbol"),
        ((HEADER + GOOD.replace("2026-11-18 20:59:00+00:00", "")).encode(), "give --as-of TIME"),
        (b'{"optionChain": {"result": [{"quote": {', "is not whole JSON .*line 1, column"),
        (b'{"a": ' + b"9" * 5000 + b"}", "is not whole JSON .*thousands of digits"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[1, 2]", "not a Yahoo options body"),
        (b'{"quoteSummary": {"result": []}}', "not a Yahoo options body"),
        (b'{"optionChain": {"result": null, "error": {"code": "Not Found"}}}', "holds no result"),
        (b'{"optionChain": {"result": []}}', "holds no result"),
        (b'{"optionChain": {"result": "XYZ"}}', "not a Yahoo options body"),
        (b'{"optionChain": {"result": [7]}}', "not a Yahoo options body"),
        (b'{"optionChain": {"result": [{"quote": {}}]}}', "not a Yahoo options body"),
        (b'{"optionChain": {"result": [{"options": [{"calls": 7}]}]}}', "not a Yahoo options body"),
        (b'{"optionChain": {"result": [{"options": [{"calls": ["x"]}]}]}}', "not a Yahoo options body"),
        (b'{"optionChain": {"result": [{"quote": "x", "options": []}]}}', "not a Yahoo options body"),
        (b'{"optionChain": {"result": [{"quote": {}, "options": []}]}}', "holds no contract"),
    ],
)
def test_what_is_no_chain_gets_a_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert re.search(says, complaint(path))


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded market data is not on this machine")
def test_a_chain_with_other_column_names_is_refused_by_the_columns_it_lacks() -> None:
    said = complaint(DATA / "chains" / "aapl_eod_20140605.csv", "AAPL")
    assert said.startswith("aapl_eod_20140605.csv has no column contractSymbol, bid or ask:")


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded market data is not on this machine")
def test_every_cut_of_a_real_body_is_refused(tmp_path: Path) -> None:
    whole = (DATA / "yahoo_options_2025" / "CRON.json").read_bytes()
    for length in range(1, len(whole) - 1, 251):
        (tmp_path / "cut.json").write_bytes(whole[:length])
        complaint(tmp_path / "cut.json", "CRON")


@pytest.mark.parametrize(("name", "says"), [("absent.csv", "is not there"), ("", "is a folder")])
def test_a_file_that_is_none_is_named(tmp_path: Path, name: str, says: str) -> None:
    assert says in complaint(tmp_path / name)


def test_a_name_no_file_can_have_is_refused(tmp_path: Path) -> None:
    assert "x" * 300 in complaint(tmp_path / ("x" * 300))


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "pipe.csv is no plain file" in complaint(tmp_path / "pipe.csv")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(200_000_001)
    assert "huge.csv has 200 MB" in complaint(path)


@pytest.mark.parametrize("spot", [0.0, -1.0, float("nan"), float("inf")])
def test_a_share_price_that_is_none_is_refused(tmp_path: Path, spot: float) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEADER + GOOD)
    assert "it has to be a share price in dollars above 0" in complaint(path, spot=spot)


def test_a_share_price_far_from_what_many_quotes_imply_is_refused(tmp_path: Path) -> None:
    rows = []
    for strike in range(18, 24):
        fair = (("C", max(21 - strike, 0) + 1.0), ("P", max(strike - 21, 0) + 1.0))
        rows += [
            f"XYZ261218{kind}000{strike}000,2026-11-18 20:59:00+00:00,{strike},1,{price - 0.05},{price + 0.05},1,1\n"
            for kind, price in fair
        ]
    path = tmp_path / "x.csv"
    path.write_text(HEADER + "".join(rows))
    assert "--spot 210 cannot be the share price, for by put-call parity the quotes imply 20.9" in complaint(
        path, spot=210
    )
    assert read_chain(path, "XYZ", 21.0, None).chain.spot == 21


@pytest.mark.parametrize(
    ("as_of", "says"),
    [
        (datetime(2026, 11, 18), "has no time zone"),
        (datetime(1999, 1, 1, tzinfo=UTC), "is before any of these contracts existed"),
        (datetime(2030, 1, 1, tzinfo=UTC), "expired by then: 1"),
    ],
)
def test_a_moment_that_cannot_be_is_refused(tmp_path: Path, as_of: datetime, says: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEADER + GOOD)
    assert says in complaint(path, as_of=as_of)


@pytest.mark.parametrize("symbol", ["", " ", "$$"])
def test_a_symbol_without_letters_is_refused(tmp_path: Path, symbol: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEADER + GOOD)
    assert "has no letters" in complaint(path, symbol)


@pytest.mark.parametrize("value", [True, [], "x", 1e400, -1, 10**400, None, {}, ""])
def test_no_value_in_a_body_ends_in_a_traceback(tmp_path: Path, value: Any) -> None:
    cells = ("strike", "bid", "ask", "lastPrice", "volume", "openInterest", "lastTradeDate", "contractSize", "currency")
    keys = ("longName", "dividendRate", "earningsTimestamp", "exDividendDate", "currency")
    good = {"contractSymbol": "XYZ261218P00020000", "strike": 20, "bid": 0.85, "ask": 0.95, "lastTradeDate": 1795035540}
    quote = {"regularMarketPrice": 21.0}
    for cell in (*cells, "contractSymbol", "expiration"):
        assert rows_counted(tmp_path, quote, good, good | {"contractSymbol": "XYZ261218P00019000", cell: value}) == 2
    for key in keys:
        assert rows_counted(tmp_path, quote | {key: value}, good) == 1


def rows_counted(folder: Path, quote: dict[str, Any], *puts: dict[str, Any]) -> int:
    path = folder / "xyz.json"
    path.write_text(json.dumps({"optionChain": {"result": [{"quote": quote, "options": [{"puts": puts}]}]}}))
    recording = read_chain(path, "XYZ", 21.0, None)
    assert len(recording.chain) + sum(recording.dropped.values()) == recording.rows
    return recording.rows
