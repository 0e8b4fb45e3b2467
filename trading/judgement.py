"""Whether a trade may be made beside what is held: each rule with its number and its limit."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from trading.assignment import all_assigned, early_assignment
from trading.exposure import book_greeks, by_sector, by_symbol
from trading.portfolio import Holding, Portfolio
from trading.risk import NO_SECTOR, RiskLimits, Verdict
from trading.stress import worst_loss_usd

Json = dict[str, Any]


@dataclass(frozen=True)
class Ruling:
    """A verdict, and what it means where it does not hold; `note` adds what the number alone does not say."""

    verdict: Verdict
    weight: Literal["violation", "warning"] = "violation"
    note: str = ""

    def to_json(self) -> Json:
        return {**self.verdict.to_json(), "weight": self.weight, "sentence": self.sentence()}

    def sentence(self) -> str:
        return f"{self.verdict.sentence()}{f' ({self.note})' if self.note else ''}."


def validate_trade(trade: Holding, portfolio: Portfolio, limits: RiskLimits) -> Json:
    """ "valid", "violations", "warnings", "metrics" and all "verdicts" on selling the options of `trade`.

    A violation or a verdict names its rule, its figure and its limit; dollars, contracts, days or fractions as its
    rule says. A rule on the whole book that was broken before, and that the trade makes no worse, is a warning.
    """
    rulings = list(rules(trade, portfolio, limits))
    broken = [ruling for ruling in rulings if not ruling.verdict.holds]
    violations = [ruling.to_json() for ruling in broken if ruling.weight == "violation"]
    warnings = [ruling.sentence() for ruling in broken if ruling.weight == "warning"]
    return {
        "valid": not violations,
        "violations": violations,
        "warnings": [*warnings, *remarks(trade, portfolio)],
        "metrics": metrics(trade, portfolio),
        "verdicts": [ruling.to_json() for ruling in rulings],
    }


def rules(trade: Holding, portfolio: Portfolio, limits: RiskLimits) -> Iterator[Ruling]:
    """Every rule that applies to the trade: money, then the book, then the contract itself."""
    if trade.leg.kind == "put":
        yield from _money(trade, portfolio, limits)
    else:
        yield Ruling(Verdict("shares to cover", -trade.leg.quantity, float(portfolio.free_lots(trade.leg.symbol))))
    yield from _book(trade, portfolio, limits)
    yield Ruling(_least("open interest", trade.open_interest, limits.min_open_interest))
    yield Ruling(Verdict("spread", _known(trade.spread), limits.max_spread_pct))
    yield from _events(trade, limits)


def remarks(trade: Holding, portfolio: Portfolio) -> list[str]:
    """One sentence for each thing to mind that has no limit."""
    said = []
    if not trade.bid > 0:
        said.append(f"Nobody bids for the {trade.leg.strike:g} {trade.leg.kind}, so it cannot be sold now.")
    if trade.leg.kind == "call":
        said += _below_basis(trade, portfolio)
    if trade.stock and trade.stock.earnings is None and not trade.stock.is_etf:
        said.append(f"No earnings date is known for {trade.leg.symbol}, so earnings before expiry cannot be ruled out.")
    return said + [f"{holding.leg.name} is left out: {holding.problem}." for holding in portfolio.unpriced]


def metrics(trade: Holding, portfolio: Portfolio) -> Json:
    """The account in dollars before and after the trade, its premium at the bid not yet counted as cash."""
    after = portfolio.plus(trade)
    return {
        "contracts": -trade.leg.quantity,
        "premium_usd": _known(-trade.leg.units * trade.bid),
        "collateral_usd": round(trade.collateral_usd, 2),
        "before": _account(portfolio),
        "after": _account(after),
        "assignment": all_assigned(after),
    }


def _money(trade: Holding, portfolio: Portfolio, limits: RiskLimits) -> Iterator[Ruling]:
    after = portfolio.plus(trade)
    symbol, sector = trade.leg.symbol, trade.sector or NO_SECTOR
    same = [held for held in after.holdings if _contract(held) == _contract(trade)]
    yield Ruling(Verdict("position cap", math.fsum(held.collateral_usd for held in same), limits.position_usd))
    usd = by_symbol(after.holdings)[symbol]
    yield Ruling(Verdict("symbol cap", usd, limits.usd(limits.max_symbol_pct)), note=f"{symbol} with its puts assigned")
    yield Ruling(Verdict("sector cap", by_sector(after.holdings)[sector], limits.sector_usd), note=sector)
    yield Ruling(Verdict("total collateral", after.collateral_usd, limits.usd(limits.max_collateral_pct)))
    yield Ruling(Verdict("buying power", after.collateral_usd, portfolio.cash_usd), note="all puts against the cash")


def _contract(holding: Holding) -> tuple[object, ...]:
    leg = holding.leg
    return leg.symbol, leg.kind, leg.strike, leg.expiry


def _book(trade: Holding, portfolio: Portfolio, limits: RiskLimits) -> Iterator[Ruling]:
    before, after = book_figures(portfolio), book_figures(portfolio.plus(trade))
    caps = book_limits(limits)
    for rule, figure in after.items():
        was = before[rule]
        is_no_worse = figure is not None and was is not None and figure <= was
        verdict = Verdict(rule, figure, caps[rule])
        yield Ruling(verdict, "warning", "no worse than before") if is_no_worse else Ruling(verdict)


def book_figures(portfolio: Portfolio) -> dict[str, float | None]:
    """Dollars of delta, of vega a point and of loss in the worst stress; None where a leg cannot be valued."""
    greeks = book_greeks(portfolio.holdings)
    return {
        "book delta": _known(abs(greeks.delta_usd)),
        "book vega": _known(abs(greeks.vega_usd)),
        "stress loss": _known(worst_loss_usd(portfolio.holdings)),
    }


def book_limits(limits: RiskLimits) -> dict[str, float]:
    """The dollars each of the book's figures may reach."""
    return {
        "book delta": limits.usd(limits.max_delta_pct),
        "book vega": limits.usd(limits.max_vega_pct),
        "stress loss": limits.usd(limits.max_stress_loss_pct),
    }


def _events(trade: Holding, limits: RiskLimits) -> Iterator[Ruling]:
    stock, dte = trade.stock, trade.dte or 0
    if stock and stock.earnings and stock.earnings >= trade.today:
        days = (stock.earnings - trade.today).days
        weight: Literal["violation", "warning"] = "violation" if limits.earnings == "avoid" else "warning"
        yield Ruling(_least("days to earnings", days, dte + 1), weight, f"they come on {stock.earnings}")
    for row in early_assignment([trade]):
        weight = "violation" if limits.early_assignment == "avoid" else "warning"
        verdict = Verdict("gain from early exercise", row["gain_per_share"], row["time_value_per_share"])
        yield Ruling(verdict, weight, f"{row['why']}, dollars a share against time value")


def _below_basis(trade: Holding, portfolio: Portfolio) -> list[str]:
    shares = [
        held.leg for held in portfolio.holdings if (held.leg.symbol, held.leg.kind) == (trade.leg.symbol, "shares")
    ]
    strike = trade.leg.strike or 0.0
    return [
        f"The strike of {strike:g} is below what the shares cost, {leg.price:,.2f} "
        f"({leg.adjusted:,.2f} after premiums): called away, they lose."
        for leg in shares
        if leg.adjusted is not None and strike < leg.price
    ]


def _account(portfolio: Portfolio) -> Json:
    return {
        "cash_usd": round(portfolio.cash_usd, 2),
        "collateral_usd": round(portfolio.collateral_usd, 2),
        "buying_power_usd": round(portfolio.buying_power_usd, 2),
        **{f"{rule.replace(' ', '_')}_usd": figure for rule, figure in book_figures(portfolio).items()},
    }


def _least(rule: str, figure: float, limit: float) -> Verdict:
    return Verdict(rule, _known(figure), limit, at_least=True)


def _known(figure: float) -> float | None:
    return round(figure, 4) if math.isfinite(figure) else None
