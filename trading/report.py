"""The whole portfolio on one page: what is held, what moves it, what it could lose, and which limits it keeps."""

import math
from collections.abc import Iterator
from typing import Any

from trading.assignment import all_assigned, early_assignment
from trading.contracts import Stock
from trading.exposure import beta_weighted, book_greeks, by_sector, by_symbol, concentration, leg_greeks
from trading.judgement import book_figures, book_limits
from trading.portfolio import Holding, Portfolio
from trading.risk import RiskLimits, Verdict
from trading.stress import stress_report
from trading.value_at_risk import value_at_risk

Json = dict[str, Any]


def report(portfolio: Portfolio, limits: RiskLimits, benchmark: Stock | None) -> Json:
    """Plain values: dollars unless named otherwise, None where nobody knows.

    Greeks, stress and value at risk are of the legs that can be valued; "warnings" names the others.
    """
    priced = portfolio.priced
    verdicts = [(verdict, about) for verdict, about in _verdicts(portfolio, limits)]
    return {
        "account_usd": round(limits.account_usd, 2),
        "cash_usd": round(portfolio.cash_usd, 2),
        "equity_usd": round(portfolio.equity_usd, 2),
        "collateral_usd": round(portfolio.collateral_usd, 2),
        "buying_power_usd": round(portfolio.buying_power_usd, 2),
        "positions": _positions(portfolio),
        "greeks": book_greeks(priced).to_json(),
        "beta_weighted": beta_weighted(priced, benchmark),
        "allocation": _allocation(portfolio, limits),
        "stress": stress_report(priced) if priced else None,
        "value_at_risk": value_at_risk(priced).to_json(),
        "assignment": all_assigned(portfolio),
        "early_assignment": early_assignment(portfolio.holdings),
        "verdicts": [{**verdict.to_json(), "about": about} for verdict, about in verdicts],
        "valid": all(verdict.holds for verdict, _ in verdicts),
        "warnings": list(_warnings(portfolio)),
    }


def _positions(portfolio: Portfolio) -> list[Json]:
    greeks = {name: column.tolist() for name, column in leg_greeks(portfolio.holdings).items()}
    return [
        _position(holding) | {name: _known(column[place]) for name, column in greeks.items()}
        for place, holding in enumerate(portfolio.holdings)
    ]


def _position(holding: Holding) -> Json:
    leg = holding.leg
    return {
        "symbol": leg.symbol,
        "type": leg.kind,
        "quantity": leg.units if leg.kind == "shares" else leg.quantity,
        "strike": leg.strike,
        "expiry": str(leg.expiry) if leg.expiry else None,
        "dte": holding.dte,
        "sector": holding.sector,
        "entry": round(leg.price, 4),
        "adjusted_basis": None if leg.adjusted is None else round(leg.adjusted, 4),
        "spot": _known(holding.spot),
        "value": _known(holding.value),
        "iv": _known(holding.vol) if leg.kind != "shares" else None,
        "iv_from": holding.vol_from,
        "collateral_usd": round(holding.collateral_usd, 2),
        "assigned_usd": round(holding.assigned_usd, 2),
        "unrealised_usd": _known(leg.units * (holding.value - leg.price)),
        "problem": holding.problem,
    }


def _allocation(portfolio: Portfolio, limits: RiskLimits) -> Json:
    symbols, sectors = by_symbol(portfolio.holdings), by_sector(portfolio.holdings)
    account = limits.account_usd
    return {
        "symbols": [_share(name, usd, account) for name, usd in symbols.items()],
        "sectors": [_share(name, usd, account) for name, usd in sectors.items()],
        "hhi_symbols": _rounded(concentration(symbols)),
        "hhi_sectors": _rounded(concentration(sectors)),
    }


def _share(name: str, usd: float, account: float) -> Json:
    return {"name": name, "usd": round(usd, 2), "of_account": round(usd / account, 4) if account > 0 else None}


def _verdicts(portfolio: Portfolio, limits: RiskLimits) -> Iterator[tuple[Verdict, str | None]]:
    """Each verdict beside the symbol or sector it is about."""
    for symbol, usd in by_symbol(portfolio.holdings).items():
        yield Verdict("symbol cap", round(usd, 2), limits.usd(limits.max_symbol_pct)), symbol
    for sector, usd in by_sector(portfolio.holdings).items():
        yield Verdict("sector cap", round(usd, 2), limits.sector_usd), sector
    collateral = round(portfolio.collateral_usd, 2)
    yield Verdict("total collateral", collateral, limits.usd(limits.max_collateral_pct)), None
    yield Verdict("buying power", collateral, round(portfolio.cash_usd, 2)), None
    caps = book_limits(limits)
    for rule, figure in book_figures(portfolio).items():
        yield Verdict(rule, figure, caps[rule]), None


def _warnings(portfolio: Portfolio) -> Iterator[str]:
    for holding in portfolio.holdings:
        if holding.problem:
            yield f"{holding.leg.name} is left out of Greeks and stress: {holding.problem}."
        elif holding.dte is not None and holding.dte < 0:
            yield f"{holding.leg.name} has expired: say how it ended with magnus positions close."
    if portfolio.buying_power_usd < 0:
        yield f"The puts are short of {-portfolio.buying_power_usd:,.2f} dollars of cash to be secured."


def _known(figure: float) -> float | None:
    return round(figure, 4) if math.isfinite(figure) else None


def _rounded(figure: float | None) -> float | None:
    return None if figure is None else round(figure, 4)
