"""A whole turn of the wheel beside buy-and-hold and T-bills: averages, tails, and what they rest on."""

from typing import Any

import numpy as np

from trading.contracts import Floats
from trading.cycle import DAYS_A_YEAR, PATHS, SEED, SHARES, Cycle, simulate

Json = dict[str, Any]
WORST = 0.05
"""The share of paths that the tail is about."""
FALL = -0.20


def fall(cycle: Cycle, move: float = FALL) -> Json:
    """What each way has earned, in dollars a contract, when the share has moved by a fraction at the put's expiry.

    A put at 95 sold for 1.30 with the share falling from 100 to 80: 1.30 - 15.00 = -13.70, so -1,370 before fees and
    interest; 9,500 dollars of shares lose 1,900.
    """
    years, end = cycle.days / DAYS_A_YEAR, cycle.spot * (1 + move)
    cash = (cycle.strike + cycle.bid - cycle.fee) * np.exp(cycle.rate * years) - cycle.strike
    held = cycle.strike * ((1 + move) * np.exp(cycle.dividend_yield * years) - 1)
    ways = {
        "wheel": cash - max(cycle.strike - end, 0.0),
        "buy_and_hold": held,
        "t_bills": cycle.strike * np.expm1(cycle.rate * years),
    }
    return {name: _dollars(value) for name, value in ways.items()}


def value_cycle(
    cycle: Cycle, drift: float | None = None, vol_annual: float | None = None, paths: int = PATHS, seed: int = SEED
) -> Json:
    """One contract's whole cycle beside buy-and-hold and T-bills, in dollars; plain values.

    Without a `drift` the share grows at the risk-free rate, without a `vol_annual` it moves as its option implies.
    Each way has its mean with the standard error of the simulation, "annual_yield" (mean gain over dollars and mean
    years), "worst_5_pct_usd" (the mean of the worst twentieth), "p5_usd", "median_usd" and "chance_of_loss".
    "over_t_bills_usd" is in dollars of today, so that without an edge it is the costs.
    """
    drift = cycle.rate if drift is None else drift
    vol_annual = cycle.implied_vol if vol_annual is None else vol_annual
    found = simulate(cycle, drift, vol_annual, paths, seed)
    over_t_bills = (found.wheel - found.t_bills) * np.exp(-cycle.rate * found.years)
    return {
        "wheel": _statistics(found.wheel, found.years, cycle.strike),
        "buy_and_hold": _statistics(found.buy_and_hold, found.years, cycle.strike),
        "t_bills": _statistics(found.t_bills, found.years, cycle.strike),
        "over_t_bills_usd": _dollars(over_t_bills.mean()),
        "over_t_bills_error_usd": _dollars(_error(over_t_bills)),
        "capital_usd": _dollars(cycle.strike),
        "costs_usd": _dollars(found.costs.mean()),
        "days": round(float(found.years.mean() * DAYS_A_YEAR), 1),
        "calls": round(float(found.calls.mean()), 2),
        "chance_of_assignment": round(float(found.is_assigned.mean()), 4),
        "chance_of_shares_left": round(float(found.is_left.mean()), 4),
        "fall": {"move": FALL, **fall(cycle)},
        "assumptions": _assumptions(cycle, drift, vol_annual, paths, seed),
    }


def _statistics(gains: Floats, years: Floats, capital: float) -> Json:
    ordered = np.sort(gains)
    tail = ordered[: max(1, int(WORST * len(ordered)))]
    dollars = {
        "mean_usd": gains.mean(),
        "error_usd": _error(gains),
        "median_usd": np.median(gains),
        "p5_usd": np.quantile(gains, WORST),
        "worst_5_pct_usd": tail.mean(),
    }
    return {
        **{name: _dollars(value) for name, value in dollars.items()},
        "annual_yield": round(float(gains.mean() / capital / years.mean()), 4),
        "chance_of_loss": round(float((gains < 0).mean()), 4),
    }


def _error(gains: Floats) -> float:
    """Standard error of the mean; a path and its mirror image are one draw."""
    pairs = (gains[: len(gains) // 2] + gains[len(gains) // 2 :]) / 2
    return float(pairs.std(ddof=1) / np.sqrt(len(pairs)))


def _dollars(a_share: float) -> float:
    """Of one contract."""
    return round(float(SHARES * a_share), 2)


def _assumptions(cycle: Cycle, drift: float, vol_annual: float, paths: int, seed: int) -> list[str]:
    return [
        f"The share's total return drifts at {drift:.1%} a year and its realised volatility is {vol_annual:.1%} "
        f"(lognormal); the put implies {cycle.implied_vol:.1%}.",
        f"Assigned shares carry calls of {cycle.call_days} days at delta {cycle.call_delta:g}, none below "
        f"{cycle.strike:g}, at the implied volatility; after {cycle.most_calls} calls they are sold.",
        f"Costs are half a spread of {2 * cycle.half_spread:.1%} and ${cycle.fee_usd:.2f} a contract; cash earns "
        f"{cycle.rate:.1%}, the share pays {cycle.dividend_yield:.1%}; no early assignment, no taxes.",
        f"{paths:,} simulated paths, seed {seed}; shares and T-bills get the same dollars for the same time.",
    ]
