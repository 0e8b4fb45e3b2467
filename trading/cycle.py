"""What a whole turn of the wheel earns on average, and in a bad case: put, assignment, calls, called away.

The model, small on purpose. The share follows a lognormal walk with one drift (of its total return) and one realised
volatility. The put is sold at its bid and held to expiry. Assigned below its strike, the shares stay until a call takes
them: every `call_days` a call is sold at the strike of delta `call_delta` or at the put's strike, whichever is higher,
at its Black-Scholes value under the implied volatility of the put, less half the spread of the put in percent and a
fee; no call is sold that would bring less than 5 cents. After `most_calls` the shares are sold at the market. Cash
earns the risk-free rate, dividends are paid evenly, nothing is assigned early, taxes are left out. Buy-and-hold and
T-bills get the same dollars, the put's strike, for the same time on the same path.

With the drift at the risk-free rate and the realised volatility at the implied one nobody has an edge, and what is
left of the average is T-bills less costs; a view is what `drift` and `vol_annual` are for.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from trading.contracts import Floats
from trading.pricing import price

SHARES = 100
DAYS_A_YEAR = 365
LEAST_CALL_USD = 0.05
PATHS, SEED = 100_000, 7


@dataclass(frozen=True)
class Cycle:
    """A cash-secured put and the rules after it; dollars a share, `rate`, `dividend_yield` and vols fractions a year.

    `mid` and `bid` are of the put, `implied_vol` what its mid implies, `fee_usd` dollars a contract and trade.
    """

    spot: float
    strike: float
    days: float
    bid: float
    mid: float
    implied_vol: float
    rate: float
    dividend_yield: float = 0.0
    fee_usd: float = 0.65
    call_days: int = 30
    call_delta: float = 0.30
    most_calls: int = 12

    @property
    def half_spread(self) -> float:
        """As a fraction of the mid."""
        return 1 - self.bid / self.mid

    @property
    def fee(self) -> float:
        """Dollars a share."""
        return self.fee_usd / SHARES


@dataclass(frozen=True)
class Outcomes:
    """One entry a path; dollars a share, what each way has earned when the cycle is over after `years`."""

    wheel: Floats
    buy_and_hold: Floats
    t_bills: Floats
    years: Floats
    costs: Floats
    calls: Floats
    is_assigned: Floats
    is_left: Floats
    """Still holding the shares after the last call."""


def simulate(cycle: Cycle, drift: float, vol_annual: float, paths: int = PATHS, seed: int = SEED) -> Outcomes:
    """The same paths for the same seed; half of them are the mirror images of the others.

    `drift` is the continuous total return a year, `vol_annual` the realised volatility, both fractions.
    """
    generator = np.random.default_rng(seed)

    def moves(years: float) -> Floats:
        half = generator.standard_normal(paths // 2)
        shocks = np.concatenate([half, -half])
        growth = drift - cycle.dividend_yield - vol_annual**2 / 2
        return np.asarray(np.exp(growth * years + vol_annual * np.sqrt(years) * shocks))

    return _turn(cycle, moves, 2 * (paths // 2))


def _turn(cycle: Cycle, moves: Callable[[float], Floats], paths: int) -> Outcomes:
    first, period = cycle.days / DAYS_A_YEAR, cycle.call_days / DAYS_A_YEAR
    spot = cycle.spot * moves(first)
    cash = np.full(paths, (cycle.strike + cycle.bid - cycle.fee) * np.exp(cycle.rate * first))
    costs = np.full(paths, cycle.mid - cycle.bid + cycle.fee)
    years, calls = np.full(paths, first), np.zeros(paths)
    is_assigned = spot < cycle.strike
    holding = is_assigned.copy()
    cash[holding] -= cycle.strike
    for _ in range(cycle.most_calls):
        strike, bid = _call(cycle, spot, period)
        is_sold = holding & (bid >= LEAST_CALL_USD)
        cash += np.where(is_sold, bid - cycle.fee, 0.0)
        costs += np.where(is_sold, bid / (1 - cycle.half_spread) - bid + cycle.fee, 0.0)
        calls += is_sold
        moved = spot * moves(period)
        dividends = moved * np.expm1(cycle.dividend_yield * period)
        cash = np.where(holding, cash * np.exp(cycle.rate * period) + dividends, cash)
        spot, years = np.where(holding, moved, spot), np.where(holding, years + period, years)
        is_called = is_sold & (spot > strike)
        cash += np.where(is_called, strike, 0.0)
        holding &= ~is_called
    cash += np.where(holding, spot, 0.0)
    grown = spot / cycle.spot * np.exp(cycle.dividend_yield * years)
    return Outcomes(
        wheel=cash - cycle.strike,
        buy_and_hold=cycle.strike * (grown - 1),
        t_bills=cycle.strike * np.expm1(cycle.rate * years),
        years=years,
        costs=costs,
        calls=calls,
        is_assigned=is_assigned.astype(float),
        is_left=holding.astype(float),
    )


def _call(cycle: Cycle, spot: Floats, years: float) -> tuple[Floats, Floats]:
    """Strike and bid of the call that is sold on shares at this price."""
    deviation = cycle.implied_vol * np.sqrt(years)
    drift = (cycle.rate - cycle.dividend_yield) * years + deviation**2 / 2
    wanted = spot * np.exp(drift - deviation * ndtri(cycle.call_delta * np.exp(cycle.dividend_yield * years)))
    strike = np.maximum(wanted, cycle.strike)
    value = price(True, spot, strike, years, cycle.rate, cycle.dividend_yield, cycle.implied_vol)
    return strike, value * (1 - cycle.half_spread)
