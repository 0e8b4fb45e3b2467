"""One option chain as a person reads it: which expiries there are, and the contracts of one of them."""

from datetime import date
from typing import Any

from graph.errors import BadInput
from tools.lookup import about, look_up, sourced
from trading.contracts import Market, OptionType
from trading.listing import ExpiryWish, choose_expiry, contracts_on, expiries_of, nearest_strikes
from trading.underlying import Underlying

Json = dict[str, Any]
NEAREST = 4


def option_chain(
    market: Market,
    symbol: str,
    expiry: ExpiryWish | None = None,
    option_type: OptionType | None = None,
    strike: float | None = None,
    strikes: int | None = None,
) -> Json:
    """The listed contracts of one stock that expire on one day, with bid, ask, implied volatility and delta.

    Without an expiry the one nearest to 30 days is shown. `strikes` keeps that many next to the share price, `strike`
    (dollars) only that one. Comes back: "expiry", "expiries" (all that are listed), "chain" (one row a contract),
    "left_out" (how many `strikes` left away). Raises BadInput with the nearest there is where nothing fits.
    """
    wish = expiry or ExpiryWish()
    if strikes is not None and strikes < 1:
        raise BadInput(f"strikes is {strikes}, and at least one has to be asked for.")
    (found,) = look_up(market, [symbol])
    listed = expiries_of(found.chain, option_type)
    day = choose_expiry(listed, found.today, wish)
    if day is None:
        raise BadInput(_no_expiry(found, listed, wish))
    rows = contracts_on(found, market.rate, day, option_type, strike)
    if not rows:
        raise BadInput(_no_strike(found, market.rate, day, option_type, strike or 0.0))
    shown = rows if strikes is None else nearest_strikes(rows, found.spot, strikes)
    told = sourced(market, [found])
    return {
        **told,
        **about(found, market.source),
        "expiry": str(day),
        "dte": (day - found.today).days,
        "expiries": [{"expiry": str(one), "dte": (one - found.today).days} for one in listed],
        "chain": shown,
        "left_out": len(rows) - len(shown),
        "warnings": [*told["warnings"], *_quoting(shown)],
    }


def _quoting(rows: list[Json]) -> list[str]:
    both = sum(row["bid"] is not None and row["ask"] is not None for row in rows)
    if both == len(rows):
        return []
    return [f"Of {len(rows)} contracts {both} have both a bid and an ask; what is missing is shown as missing."]


def _no_expiry(found: Underlying, listed: list[date], wish: ExpiryWish) -> str:
    symbol = found.stock.symbol
    if not listed:
        return f"{symbol} has no such options in this market."
    target = wish.day or (date(*wish.month, 15) if wish.month else found.today)
    near = sorted(sorted(listed, key=lambda day: abs((day - target).days))[:NEAREST])
    asked = f"on {wish.day}" if wish.day else f"in {target:%B %Y}" if wish.month else "from today on"
    return f"No options of {symbol} expire {asked}; the nearest are {', '.join(map(str, near))}."


def _no_strike(found: Underlying, rate: float, day: date, kind: OptionType | None, strike: float) -> str:
    listed = sorted({row["strike"] for row in contracts_on(found, rate, day, kind)}, key=lambda one: abs(one - strike))
    near = ", ".join(f"{one:g}" for one in sorted(listed[:NEAREST]))
    name = f"{strike:g} {kind or 'option'}"
    return f"{found.stock.symbol} has no {name} of {day}; the nearest strikes are {near}."
