"""What being assigned would take, and which sold options may be exercised early."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from trading.portfolio import Holding, Portfolio

PAYMENTS_A_YEAR = 4


def all_assigned(portfolio: Portfolio) -> dict[str, Any]:
    """The cash needed if every sold put were assigned at its strike, and what would be left or missing, in dollars.

    The collateral is that cash, not more: it is compared with the cash balance once.
    """
    needed = portfolio.collateral_usd
    left = portfolio.cash_usd - needed
    return {
        "puts": -sum(holding.leg.quantity for holding in portfolio.holdings if holding.leg.kind == "put"),
        "cash_needed_usd": round(needed, 2),
        "cash_usd": round(portfolio.cash_usd, 2),
        "cash_left_usd": round(max(left, 0.0), 2),
        "shortfall_usd": round(max(-left, 0.0), 2),
    }


def early_assignment(holdings: Sequence[Holding]) -> list[dict[str, Any]]:
    """Sold options in the money whose holder may gain by exercising before expiry, the soonest first.

    A call is exercised on the day before an ex-dividend date where the dividend passes what time value is left; a put
    on any day where the interest on its strike until expiry does. The dividend is a quarter of the yearly yield, as an
    estimate. `is_likely` says whether it passes.
    """
    return sorted(_rows(holdings), key=lambda row: (row["on"], row["symbol"], row["strike"]))


def _rows(holdings: Iterable[Holding]) -> Iterator[dict[str, Any]]:
    for holding in holdings:
        if holding.problem or holding.leg.kind == "shares" or not holding.years > 0 or _intrinsic(holding) <= 0:
            continue
        gain = _call_gain(holding) if holding.leg.kind == "call" else _put_gain(holding)
        if gain is not None:
            yield _row(holding, *gain)


def _intrinsic(holding: Holding) -> float:
    in_the_money = holding.spot - (holding.leg.strike or 0.0)
    return in_the_money if holding.leg.kind == "call" else -in_the_money


def _call_gain(holding: Holding) -> tuple[date, float, str] | None:
    stock, expiry = holding.stock, holding.leg.expiry
    if stock is None or expiry is None or stock.ex_dividend is None or stock.dividend_yield <= 0:
        return None
    if not holding.today < stock.ex_dividend <= expiry:
        return None
    dividend = holding.spot * stock.dividend_yield / PAYMENTS_A_YEAR
    return stock.ex_dividend - timedelta(days=1), dividend, f"ex-dividend on {stock.ex_dividend}"


def _put_gain(holding: Holding) -> tuple[date, float, str] | None:
    interest = (holding.leg.strike or 0.0) * -math.expm1(-holding.rate * holding.years)
    time_value = max(holding.value - _intrinsic(holding), 0.0)
    if interest <= time_value:
        return None
    return holding.today, interest, "deep in the money: the interest on its strike passes its time value"


def _row(holding: Holding, on: date, gain: float, why: str) -> dict[str, Any]:
    time_value = max(holding.value - _intrinsic(holding), 0.0)
    return {
        "symbol": holding.leg.symbol,
        "type": holding.leg.kind,
        "strike": holding.leg.strike,
        "expiry": str(holding.leg.expiry),
        "contracts": -holding.leg.quantity,
        "on": on.isoformat(),
        "why": why,
        "gain_per_share": round(gain, 4),
        "time_value_per_share": round(time_value, 4),
        "is_likely": gain > time_value,
    }
