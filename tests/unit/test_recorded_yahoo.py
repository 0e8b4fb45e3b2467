"""What Yahoo's own body says about the underlying is taken for what it means."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graph.errors import BadInput
from tools.feeds.recorded import Recording, read_chain

MOMENT = datetime(2026, 11, 18, 20, 59, tzinfo=UTC)
PUT = {
    "contractSymbol": "XYZ261218P00020000",
    "strike": 20,
    "currency": "USD",
    "lastPrice": 0.9,
    "bid": 0.85,
    "ask": 0.95,
    "contractSize": "REGULAR",
    "expiration": 1797552000,
    "lastTradeDate": int(MOMENT.timestamp()),
}

Read = Callable[..., Recording]


def body(*puts: dict[str, Any], **quote: Any) -> dict[str, Any]:
    known = {"regularMarketPrice": 21.0, "currency": "USD", "longName": "Xyz Corp.", "quoteType": "EQUITY"}
    return {"optionChain": {"result": [{"quote": known | quote, "options": [{"calls": [], "puts": [*puts]}]}]}}


@pytest.fixture
def read_quote(tmp_path: Path) -> Callable[..., Recording]:
    """Writes a Yahoo body with this quote and reads it."""

    def read_body(**quote: Any) -> Recording:
        path = tmp_path / "xyz.json"
        path.write_text(json.dumps(body(PUT, **quote)))
        return read_chain(path, "XYZ", None, None)

    return read_body


def stamp(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T13:00:00+00:00").timestamp())


@pytest.mark.parametrize(
    ("quote", "first_day"),
    [
        ({"earningsTimestamp": stamp("2026-10-29")}, None),
        ({"earningsTimestamp": stamp("2026-12-01")}, date(2026, 12, 1)),
        (
            {
                "earningsTimestamp": stamp("2026-10-29"),
                "earningsTimestampStart": stamp("2027-01-26"),
                "earningsTimestampEnd": stamp("2027-01-30"),
            },
            date(2027, 1, 26),
        ),
        (
            {"earningsTimestampStart": stamp("2026-11-16"), "earningsTimestampEnd": stamp("2026-11-20")},
            date(2026, 11, 18),
        ),
        ({"earningsTimestampStart": stamp("2026-10-29"), "earningsTimestampEnd": stamp("2026-10-29")}, None),
        ({}, None),
    ],
    ids=["past", "coming", "the last one and the next window", "inside the window", "past window", "none"],
)
def test_earnings_are_the_first_day_they_can_still_come(
    read_quote: Read, quote: dict[str, int], first_day: date | None
) -> None:
    assert read_quote(**quote).stock.earnings == first_day


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ({"dividendRate": 1.05, "dividendYield": 5.0, "trailingAnnualDividendYield": 0.4}, np.log1p(0.05)),
        ({"dividendYield": 0.54, "trailingAnnualDividendYield": 0.0033}, np.log1p(0.0054)),
        ({"trailingAnnualDividendYield": 0.0033}, np.log1p(0.0033)),
        ({}, 0.0),
    ],
    ids=["dollars first", "then the percent", "then the trailing fraction", "none"],
)
def test_the_dividend_yield_is_continuous_and_its_percent_is_a_percent(
    read_quote: Read, quote: dict[str, float], expected: float
) -> None:
    assert read_quote(**quote).stock.dividend_yield == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("day", "kept"), [("2026-11-06", None), ("2026-12-04", date(2026, 12, 4))])
def test_an_ex_dividend_date_in_the_past_is_none(read_quote: Read, day: str, kept: date | None) -> None:
    assert read_quote(exDividendDate=stamp(day)).stock.ex_dividend == kept


def test_a_fund_is_known_as_one_and_a_name_is_fit_to_print(read_quote: Read) -> None:
    stock = read_quote(quoteType="ETF", longName="Xyz\u0000\x1b[31m Trust").stock
    assert (stock.is_etf, stock.name) == (True, "Xyz[31m Trust")


def test_numbers_that_yahoo_formatted_are_read_raw(read_quote: Read) -> None:
    assert read_quote(regularMarketPrice={"raw": 21.5, "fmt": "21.50"}).chain.spot == 21.5


def test_a_figure_that_yahoo_formatted_as_nothing_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "xyz.json"
    path.write_text(json.dumps(body(PUT | {"volume": {}, "bid": {}})))
    recording = read_chain(path, "XYZ", None, None)
    assert (recording.missing["volume"], recording.missing["bid"], recording.dropped) == (1, 1, {})


def test_a_given_share_price_goes_before_the_files(tmp_path: Path) -> None:
    path = tmp_path / "xyz.json"
    path.write_text(json.dumps(body(PUT)))
    recording = read_chain(path, "XYZ", 20.5, None)
    assert (recording.spot_from, recording.stock.spot, recording.stock.name) == ("given", 20.5, "Xyz Corp.")


def test_a_contract_in_a_body_that_is_none_is_counted(tmp_path: Path) -> None:
    content = body(PUT)
    content["optionChain"]["result"][0]["options"][0]["puts"].append({"strike": True})
    path = tmp_path / "xyz.json"
    path.write_text(json.dumps(content))
    assert read_chain(path, "XYZ", None, None).dropped == {"broken contract symbol": 1}


def test_the_figures_of_a_contract_are_read(read_quote: Read) -> None:
    recording = read_quote()
    chain = recording.chain
    assert (chain.as_of, chain.spot, recording.spot_from) == (MOMENT, 21.0, "file")
    assert (chain.strike[0], chain.expiry[0], chain.is_call[0]) == (20.0, np.datetime64("2026-12-18"), False)
    assert (chain.bid[0], chain.ask[0], chain.last[0]) == (0.85, 0.95, 0.9)
    assert recording.dropped == {} and not any("another" in note for note in recording.notes)


def test_an_underlying_quoted_in_another_currency_gives_no_share_price(read_quote: Read) -> None:
    with pytest.raises(BadInput, match="give it with --spot"):
        read_quote(currency="CAD")
