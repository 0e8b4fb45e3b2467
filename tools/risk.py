"""The risk agent's abilities: the portfolio's report, a verdict on one trade, and how many contracts fit."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np

from graph.errors import BadInput
from graph.settings import Settings
from tools.positions import Held
from tools.wheel import risk_limits
from trading.appraisal import appraise
from trading.contracts import Market, OptionType
from trading.exposure import BENCHMARK
from trading.judgement import validate_trade
from trading.portfolio import Holding, Leg, Portfolio
from trading.report import report
from trading.risk import RiskLimits
from trading.sizing import size_position
from trading.stress import scenario

Json = dict[str, Any]
AccountFrom = Literal["MAGNUS_ACCOUNT_USD", "positions", "default"]
NEAREST = 4


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
    symbol, kind, strike, expiry = _contract(contract)
    known = market.symbols()
    if symbol not in known:
        near = get_close_matches(symbol, known, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"it has {len(known)} symbols."
        raise BadInput(f"The {market.source} market does not know {symbol}: {hint}")
    _check_listed(market, symbol, kind, strike, expiry)
    (holding,) = appraise(market, [Leg(symbol, kind, -1, 0.0, strike, expiry)])
    if holding.dte is not None and holding.dte < 0:
        raise BadInput(f"The {strike:g} {kind} expired on {expiry}; the quotes are of {holding.today}.")
    return holding


def _contract(contract: Mapping[str, Any]) -> tuple[str, OptionType, float, date]:
    if missing := [name for name in ("symbol", "option_type", "strike", "expiry") if not contract.get(name)]:
        raise BadInput(f"A trade needs {' and '.join(missing)}: for instance KO, put, 60 and 2026-12-18.")
    kind, strike, expiry = contract["option_type"], contract["strike"], contract["expiry"]
    if kind not in ("put", "call"):
        raise BadInput(f"option_type is {kind}, and it has to be put or call.")
    if isinstance(strike, bool) or not isinstance(strike, int | float) or not 0 < strike < float("inf"):
        raise BadInput(f"strike is {strike}, and it has to be a number of dollars above 0.")
    try:
        day = expiry if isinstance(expiry, date) else date.fromisoformat(str(expiry))
    except ValueError:
        raise BadInput(f"expiry is {expiry}, and it has to be a date such as 2026-12-18.") from None
    return str(contract["symbol"]).upper(), kind, float(strike), day


def _check_listed(market: Market, symbol: str, kind: OptionType, strike: float, expiry: date) -> None:
    """Raises BadInput with the nearest contracts where the market does not list this one."""
    chain = market.chain(symbol)
    rows = chain.is_call == (kind == "call")
    days = chain.expiry.astype("datetime64[D]")
    on_day = rows & (days == np.datetime64(expiry, "D"))
    if not on_day.any():
        listed = np.unique(days[rows])
        near = listed[np.argsort(np.abs((listed - np.datetime64(expiry, "D")).astype(int)), kind="stable")[:NEAREST]]
        shown = ", ".join(str(day) for day in sorted(near.tolist())) or "none"
        raise BadInput(f"{symbol} has no {kind}s that expire on {expiry}; the nearest are {shown}.")
    strikes = np.unique(chain.strike[on_day])
    if not np.isclose(strikes, strike, rtol=0, atol=1e-6).any():
        nearest = strikes[np.argsort(np.abs(strikes - strike), kind="stable")[:NEAREST]]
        shown = ", ".join(f"{value:g}" for value in sorted(nearest.tolist()))
        raise BadInput(f"{symbol} has no {strike:g} {kind} of {expiry}; the nearest strikes are {shown}.")


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
