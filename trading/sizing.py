"""How many contracts of a trade an account can take; none is an answer."""

from typing import Any

from trading.judgement import rules, validate_trade
from trading.portfolio import Holding, Portfolio
from trading.risk import RiskLimits

MOST = 10_000


def size_position(
    trade: Holding, portfolio: Portfolio, limits: RiskLimits, max_capital_usd: float | None = None
) -> dict[str, Any]:
    """The most contracts of `trade` that keep every rule, and what stops the next one; its own quantity is ignored.

    0 where a single one breaks a rule. `max_capital_usd` bounds the dollars of collateral beside the limits. Every
    figure grows in a straight line with the contracts, or is the largest of such lines, so what keeps the rules is one
    unbroken range, and halving it finds its end.
    """

    def broken(contracts: int) -> list[str]:
        return _broken(trade.of(contracts), portfolio, limits, max_capital_usd)

    fits, breaks = 0, 1
    while breaks <= MOST and not broken(breaks):
        fits, breaks = breaks, 2 * breaks
    while breaks - fits > 1:
        middle = (fits + breaks) // 2
        fits, breaks = (fits, middle) if broken(middle) else (middle, breaks)
    return {
        "contracts": fits,
        "stopped_by": broken(breaks),
        "collateral_usd": round(trade.of(fits).collateral_usd, 2),
        "premium_usd": round(-trade.of(fits).leg.units * trade.bid, 2) if trade.bid > 0 else None,
        "judgement": validate_trade(trade.of(fits), portfolio, limits) if fits else None,
    }


def _broken(trade: Holding, portfolio: Portfolio, limits: RiskLimits, max_capital_usd: float | None) -> list[str]:
    """One sentence for each rule that this many contracts break."""
    said = [
        ruling.sentence()
        for ruling in rules(trade, portfolio, limits)
        if ruling.weight == "violation" and not ruling.verdict.holds
    ]
    if not trade.bid > 0:
        said.append("nobody bids for it, so it cannot be sold now.")
    if max_capital_usd is not None and trade.collateral_usd > max_capital_usd:
        said.append(f"capital: {trade.collateral_usd:,.6g}, and it has to be at most {max_capital_usd:,.6g}.")
    return said
