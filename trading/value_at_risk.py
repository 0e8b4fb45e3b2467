"""What one day can cost, from days that have been: no year is scaled down, and no other day made up."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trading.contracts import Floats
from trading.exposure import dollar_delta
from trading.history import FEWEST_RETURNS, daily_returns
from trading.portfolio import Holding
from trading.stress import profit

NORMAL_QUANTILES = {"95": 1.6448536269514722, "99": 2.3263478740408408}
"""Standard deviations below the mean at which 5 % and 1 % of a normal distribution lie."""


@dataclass(frozen=True)
class DayAtRisk:
    """Losses in dollars of one trading day, by confidence in percent; empty, with a reason, without history."""

    returns: int = 0
    parametric_usd: dict[str, float] = field(default_factory=dict)
    historical_usd: dict[str, float] = field(default_factory=dict)
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "days": 1,
            "returns": self.returns,
            "parametric_usd": self.parametric_usd or None,
            "historical_usd": self.historical_usd or None,
            "reason": self.reason,
        }


def value_at_risk(holdings: Sequence[Holding]) -> DayAtRisk:
    """One trading day's value at risk at 95 % and 99 %.

    Parametric: the quantile of a normal distribution times sqrt(d' C d), d the dollar deltas of the shares and C the
    covariance of their daily returns, mean taken as 0 (J.P. Morgan/Reuters, RiskMetrics Technical Document, 4th
    edition, 1996, chapter 1). Historical: the quantile of what each past day's returns together would do to every
    leg, priced anew at unchanged volatility. Histories are laid beside each other from their newest close backwards.
    """
    if not holdings:
        return DayAtRisk(reason="nothing is held")
    stocks = {holding.leg.symbol: holding.stock for holding in holdings}
    histories = {symbol: daily_returns(stock.closes) if stock else np.empty(0) for symbol, stock in stocks.items()}
    short = sorted(symbol for symbol, returns in histories.items() if np.isfinite(returns).sum() < FEWEST_RETURNS)
    if short:
        return DayAtRisk(reason=f"fewer than {FEWEST_RETURNS} daily returns are known of {', '.join(short)}")
    days = min(len(returns) for returns in histories.values())
    table = np.array([histories[holding.leg.symbol][-days:] for holding in holdings])
    table = table[:, np.isfinite(table).all(axis=0)]
    if table.shape[1] < FEWEST_RETURNS:
        return DayAtRisk(reason=f"fewer than {FEWEST_RETURNS} days are known of all symbols together")
    return DayAtRisk(table.shape[1], _parametric(holdings, table), _historical(holdings, table))


def _parametric(holdings: Sequence[Holding], returns: Floats) -> dict[str, float]:
    together = dollar_delta(holdings) @ returns
    deviation = math.sqrt(float(np.mean(together**2)))
    return {level: round(quantile * deviation, 2) for level, quantile in NORMAL_QUANTILES.items()}


def _historical(holdings: Sequence[Holding], returns: Floats) -> dict[str, float]:
    gains = profit(holdings, returns, np.zeros((1, 1))).sum(axis=0)
    losses = {level: -float(np.quantile(gains, 1 - int(level) / 100)) for level in NORMAL_QUANTILES}
    return {level: round(max(0.0, loss), 2) for level, loss in losses.items()}
