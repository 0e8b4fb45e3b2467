"""Why a trade is worth a look, in a few sentences with numbers."""

from collections.abc import Mapping
from typing import Any

from trading.book import SHARES
from trading.roster import Owner


def reasons(offer: Mapping[str, Any], owner: Owner) -> list[str]:
    """What it pays, how safe it is, how well it trades, and what may happen before it expires."""
    return [_pay(offer), _safety(offer), _market(offer), *_events(offer, owner)]


def _pay(offer: Mapping[str, Any]) -> str:
    collateral = "of cash" if offer["type"] == "put" else "of shares"
    return (
        f"Sold at the bid it pays ${offer['premium'] * SHARES:,.0f} on ${offer['capital']:,.0f} {collateral} in "
        f"{_days(offer['dte'])}, {offer['annual_yield']:.1%} a year."
    )


def _safety(offer: Mapping[str, Any]) -> str:
    cushion = 1 - offer["break_even"] / offer["spot"]
    return (
        f"It expires out of the money with a risk-neutral probability of {offer['prob_otm']:.0%}, and the break-even "
        f"of ${offer['break_even']:,.2f} lies {cushion:.1%} below the share price."
    )


def _market(offer: Mapping[str, Any]) -> str:
    interest = "unknown" if offer["open_interest"] is None else f"{offer['open_interest']:,}"
    rank = "" if offer["iv_rank"] is None else f", and the IV rank is {offer['iv_rank']:.0f} of 100"
    return f"Open interest is {interest} and the spread {offer['spread_pct']:.1%} of the mid{rank}."


def _events(offer: Mapping[str, Any], owner: Owner) -> list[str]:
    stock = owner.stock
    happening = []
    if offer["earnings_before_expiry"]:
        happening.append(f"earnings on {stock.earnings} come before expiry")
    elif offer["earnings_before_expiry"] is None:
        happening.append("the date of the next earnings is unknown")
    if offer["ex_dividend_before_expiry"]:
        happening.append(f"the shares go ex-dividend on {stock.ex_dividend}")
    return [f"Mind that {' and '.join(happening)}."] if happening else []


def _days(dte: int) -> str:
    return "1 day" if dte == 1 else f"{dte} days"
