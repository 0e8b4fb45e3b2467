"""The risk agent's abilities: the portfolio's report, a verdict on one trade, and how many contracts fit."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from graph.errors import BadInput
from graph.settings import Settings
from tools.listed import listed_contract
from tools.positions import Held
from tools.wheel import risk_limits
from trading.appraisal import appraise
from trading.contracts import Market
from trading.exposure import BENCHMARK
from trading.judgement import validate_trade
from trading.portfolio import Holding, Leg, Portfolio
from trading.report import report
from trading.risk import RiskLimits
from trading.sizing import size_position
from trading.stress import scenario

Json = dict[str, Any]
AccountFrom = Literal["MAGNUS_ACCOUNT_USD", "positions", "default"]


def assess_portfolio(
    market: Market, held: Held, settings: Settings, *, spot_move: float | None = None, vol_move: float = 0.0
) -> Json:
    """What the person's portfolio is exposed to and which limits it keeps; for any question about the whole book.

    Comes back: account, cash, collateral and buying power in dollars; "positions" with Greeks; "greeks" of the book
    (dollars); "beta_weighted" delta in SPY shares; "allocation" by symbol and sector with HHI (0 to 1); the "stress"
    grid; "value_at_risk" of one day; "assignment" (all puts); "early_assignment"; "verdicts". `spot_move` and
    `vol_move` are fractions (a 10 % drop is -0.10) and add "scenario": every share price and volatility moved at once.
    """
    if spot_move is not None and not -1 < spot_move <= 10:
        raise BadInput(f"A move of {spot_move:.0%} cannot be priced: a share can lose less than 100 %.")
    if not -1 < vol_move <= 10:
        raise BadInput(f"A change of volatility by {vol_move:.0%} cannot be priced: it can fall by less than 100 %.")
    portfolio, limits, about = _account(market, held, settings)
    benchmark = market.stock(BENCHMARK) if BENCHMARK in market.symbols() else None
    found = {**_source(market), **about, **report(portfolio, limits, benchmark)}
    found["warnings"] = [*_cash_warnings(held, about), *found["warnings"]]
    if spot_move is not None:
        found["scenario"] = scenario(portfolio.priced, spot_move, vol_move)
    return found


def assess_trade(
    market: Market, held: Held, settings: Settings, contract: Mapping[str, Any], contracts: int = 1
) -> Json:
    """Whether selling `contracts` of one option keeps the person's risk limits. It judges; it places no order.

    `contract` holds symbol, option_type (put or call), strike in dollars and expiry as 2026-12-18. Comes back: "valid",
    "violations" and "verdicts" (each with rule, figure, limit and a sentence), "warnings", "metrics" (dollars before
    and after), "trade". Raises BadInput with one sentence where the market does not list the contract.
    """
    if contracts < 1:
        raise BadInput(f"contracts is {contracts}, and a trade has at least one.")
    portfolio, limits, about = _account(market, held, settings)
    trade = _trade(market, contract).of(contracts)
    verdict = validate_trade(trade, portfolio, limits)
    verdict["warnings"] = [*_cash_warnings(held, about), *verdict["warnings"]]
    return {**_source(market), **about, "trade": _facts(trade), **verdict}


def size_trade(
    market: Market,
    held: Held,
    settings: Settings,
    contract: Mapping[str, Any],
    max_capital: float | None = None,
) -> Json:
    """How many contracts of one option the person could sell within every limit; 0 is an answer.

    `contract` as for assess_trade; `max_capital` bounds the collateral in dollars. Comes back: "contracts",
    "stopped_by" (one sentence for each rule the next contract would break), "collateral_usd", "premium_usd" at the bid,
    and the "judgement" on that many contracts (None for 0).
    """
    if max_capital is not None and not max_capital >= 0:
        raise BadInput(f"max_capital is {max_capital:g}, and it cannot be negative.")
    portfolio, limits, about = _account(market, held, settings)
    trade = _trade(market, contract)
    sized = size_position(trade, portfolio, limits, max_capital)
    return {**_source(market), **about, "trade": _facts(trade), **sized, "warnings": _cash_warnings(held, about)}


def _account(market: Market, held: Held, settings: Settings) -> tuple[Portfolio, RiskLimits, Json]:
    """The portfolio at market, the limits for its account, and where the size of the account comes from.

    What the person set counts; else what their cash and positions are worth, where the cash is on record.
    """
    holdings = appraise(market, held.legs)
    limits = risk_limits(settings)
    if held.cash_usd is None:
        cash = limits.account_usd - sum(leg.units * leg.price for leg in held.legs if leg.kind == "shares")
        account_from: AccountFrom = "MAGNUS_ACCOUNT_USD" if _is_set(settings) else "default"
        return Portfolio(holdings, cash), limits, {"account_from": account_from}
    portfolio = Portfolio(holdings, held.cash_usd)
    if _is_set(settings):
        return portfolio, limits, {"account_from": "MAGNUS_ACCOUNT_USD"}
    return portfolio, replace(limits, account_usd=portfolio.equity_usd), {"account_from": "positions"}


def _is_set(settings: Settings) -> bool:
    return "account_usd" in settings.model_fields_set


def _cash_warnings(held: Held, about: Json) -> list[str]:
    if held.cash_usd is not None:
        return []
    where = "the default account" if about["account_from"] == "default" else "MAGNUS_ACCOUNT_USD"
    return [
        f"No cash is on record, so it is taken from {where}, less what shares cost: say magnus positions --cash USD."
    ]


def _source(market: Market) -> Json:
    return {"as_of": market.as_of.isoformat(), "source": market.source}


def _trade(market: Market, contract: Mapping[str, Any]) -> Holding:
    wanted = listed_contract(market, contract)
    (holding,) = appraise(market, [Leg(wanted.symbol, wanted.kind, -1, 0.0, wanted.strike, wanted.expiry)])
    if holding.dte is not None and holding.dte < 0:
        raise BadInput(
            f"The {wanted.strike:g} {wanted.kind} expired on {wanted.expiry}; the quotes are of {holding.today}."
        )
    return holding


def _facts(trade: Holding) -> Json:
    figures = {"spot": trade.spot, "bid": trade.bid, "ask": trade.ask, "iv": trade.vol, "value": trade.value}
    return {
        "symbol": trade.leg.symbol,
        "type": trade.leg.kind,
        "strike": trade.leg.strike,
        "expiry": str(trade.leg.expiry),
        "dte": trade.dte,
        "contracts": -trade.leg.quantity,
        "sector": trade.sector,
        **{name: round(value, 4) if np.isfinite(value) else None for name, value in figures.items()},
    }
