"""Yahoo's own option body: /v7/finance/options/SYMBOL as JSON."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from graph.errors import BadInput
from tools.feeds.columns import Row, column_name
from trading.contracts import Stock

NEW_YORK = ZoneInfo("America/New_York")
LONGEST_NAME = 100
SIDES = ("calls", "puts")

Quote = dict[str, Any]


def read_body(text: str, name: str) -> tuple[Quote, list[Row]]:
    """The quote of the underlying and every contract; raises BadInput for any other JSON."""
    try:
        body = json.loads(text, object_hook=_unformatted)
    except RecursionError as error:
        raise BadInput(f"{name} is JSON nested too deeply: give a raw Yahoo options body.") from error
    except ValueError as error:
        raise BadInput(f"{name} is not whole JSON ({_where(error)}): download it again.") from error
    result = _result(body, name)
    try:
        return dict(result.get("quote") or {}), list(_contracts(result["options"]))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _other_shape(name) from error


def _unformatted(value: dict[str, Any]) -> Any:
    """With `formatted=true` Yahoo sends {"raw": 1.5, "fmt": "1.50"} for a number."""
    return value.get("raw", value)


def _where(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it breaks off or goes wrong at line {error.lineno}, column {error.colno}"
    return "it holds a number of thousands of digits"


def _result(body: Any, name: str) -> dict[str, Any]:
    chain = body.get("optionChain") if isinstance(body, dict) else None
    if not isinstance(chain, dict) or "result" not in chain:
        raise _other_shape(name)
    if not chain["result"]:
        raise BadInput(f"{name} holds no result, only Yahoo's refusal: check the symbol and download it again.")
    result = chain["result"][0] if isinstance(chain["result"], list) else None
    if not isinstance(result, dict):
        raise _other_shape(name)
    return result


def _other_shape(name: str) -> BadInput:
    return BadInput(
        f"{name} is JSON, but not a Yahoo options body (optionChain.result[0].options): "
        "give the answer of /v7/finance/options/SYMBOL."
    )


def _contracts(options: list[dict[str, Any]]) -> Iterator[Row]:
    for expiry in options:
        for side in SIDES:
            for contract in expiry.get(side) or ():
                yield {column_name(key): value for key, value in contract.items()} | {"option_type": side}


def quoted_spot(quote: Quote) -> float | None:
    """The price of the underlying in dollars a share, or None where the body has none."""
    price = _number(quote, "regularMarketPrice")
    return price if price and price > 0 and quote.get("currency") in (None, "USD") else None


def stock_from(quote: Quote, symbol: str, spot: float, as_of: datetime) -> Stock:
    """What Yahoo's quote says about the underlying at `as_of`; an empty quote gives the symbol and the spot."""
    return Stock(
        symbol=symbol,
        name=_printable(quote.get("longName") or quote.get("shortName") or symbol),
        spot=spot,
        is_etf=quote.get("quoteType") == "ETF",
        dividend_yield=_dividend_yield(quote, spot),
        ex_dividend=_ex_dividend(quote, as_of),
        earnings=_earnings(quote, as_of),
    )


def _printable(name: object) -> str:
    """Without what a terminal or the database would trip over."""
    return "".join(filter(str.isprintable, str(name)))[:LONGEST_NAME]


def _dividend_yield(quote: Quote, spot: float) -> float:
    """Continuous. The trailing yield comes last: of a foreign company it divides yuan by dollars."""
    rate = _number(quote, "dividendRate")
    percent = _number(quote, "dividendYield")
    fractions = (
        None if rate is None else rate / spot,
        None if percent is None else percent / 100,
        _number(quote, "trailingAnnualDividendYield"),
    )
    known = (fraction for fraction in fractions if fraction is not None and 0 <= fraction < 1)
    return math.log1p(next(known, 0.0))


def _earnings(quote: Quote, as_of: datetime) -> date | None:
    """The first day on which the next report can come. `earningsTimestamp` is the last one as often as the next."""
    start, end = _moment(quote, "earningsTimestampStart"), _moment(quote, "earningsTimestampEnd")
    if start and max(start, end or start) >= as_of:
        return max(start, as_of).astimezone(NEW_YORK).date()
    single = _moment(quote, "earningsTimestamp")
    return single.astimezone(NEW_YORK).date() if single and single >= as_of else None


def _ex_dividend(quote: Quote, as_of: datetime) -> date | None:
    """Yahoo writes a date as its midnight in UTC, and keeps the last one until the next is announced."""
    moment = _moment(quote, "exDividendDate")
    return moment.date() if moment and moment.date() > as_of.astimezone(NEW_YORK).date() else None


def _moment(quote: Quote, key: str) -> datetime | None:
    seconds = _number(quote, key)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _number(quote: Quote, key: str) -> float | None:
    value = quote.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None
