"""Stocks by any criteria: share price, sector, IV rank, dates, past moves, and what their contracts offer."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graph.errors import BadInput
from tools.feeds.markets import NEW_YORK
from tools.lookup import about, check_known, rounded, sourced
from tools.market import calendar, current_iv
from trading.contracts import Market
from trading.criteria import Criteria
from trading.history import look_back
from trading.iv_history import iv_standing
from trading.stock_screen import Match, StockCriteria, screen_stocks
from trading.underlying import Underlying, at_quote_time

Json = dict[str, Any]
LIMIT = 20
DAYS = ("reports_from", "reports_within", "ex_dividend_from", "ex_dividend_within", "move_days")
MOVES = ("min_move", "max_move")
BESIDE_SLOTS = (*DAYS, *MOVES)


def screen(market: Market, criteria: Mapping[str, Any]) -> Json:
    """Stocks that meet every criterion, without choosing a trade; for "which stocks ..." questions.

    `criteria` holds slots of a scan (max_price in dollars, sectors, min_iv_rank 0 to 100, max_delta as a fraction, ...)
    and "reports_from", "reports_within", "ex_dividend_from", "ex_dividend_within" (calendar days from the quotes),
    "min_move", "max_move" (fractions) over "move_days" (trading days). Criteria of contracts are met by a stock one of
    whose contracts can be traded and meets them all. Comes back: "stocks", "considered", "rejected" {reason: count of
    stocks}, "criteria".
    """
    wanted = _checked(criteria)
    check_known(market, wanted.slots.symbols)
    found, rejected = screen_stocks(market, wanted, market.as_of.astimezone(NEW_YORK).date())
    ranked = sorted(found, key=lambda match: _order(match, wanted))
    listed = ranked[: wanted.slots.limit or LIMIT]
    underlyings = [at_quote_time(match.stock, market.chain(match.stock.symbol)) for match in listed]
    if len(ranked) > len(listed):
        rejected["beyond limit"] = len(ranked) - len(listed)
    return {
        **sourced(market, underlyings),
        "criteria": dict(criteria),
        "considered": len(listed) + sum(rejected.values()),
        "stocks": [_row(*pair, market, wanted.move_days) for pair in zip(listed, underlyings, strict=True)],
        "rejected": dict(rejected),
    }


def _checked(criteria: Mapping[str, Any]) -> StockCriteria:
    own = {name: value for name in BESIDE_SLOTS if (value := criteria.get(name)) is not None}
    for name, value in own.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise BadInput(f"{name} is {value}, and it has to be a number.")
        if name in DAYS and (value != int(value) or value < (name == "move_days")):
            raise BadInput(f"{name} is {value:g}, and it has to be a whole number of days.")
    try:
        slots = Criteria.from_slots({name: value for name, value in criteria.items() if name not in BESIDE_SLOTS})
    except ValueError as error:
        raise BadInput(str(error)) from error
    symbols, excluded = (tuple(map(str.upper, names)) for names in (slots.symbols, slots.exclude_symbols))
    return StockCriteria(replace(slots, symbols=symbols, exclude_symbols=excluded), **own)


def _order(match: Match, wanted: StockCriteria) -> tuple[float, str]:
    """What the question is about comes first: the nearest date, the largest move, else the highest IV rank."""
    stock = match.stock
    if wanted.reports_within is not None and stock.earnings:
        return stock.earnings.toordinal(), stock.symbol
    if wanted.ex_dividend_within is not None and stock.ex_dividend:
        return stock.ex_dividend.toordinal(), stock.symbol
    if wanted.min_move is not None or wanted.max_move is not None:
        return -abs(look_back(stock.closes, wanted.move_days).change or 0.0), stock.symbol
    rank = iv_standing(stock.atm_ivs).rank
    return math.inf if rank is None else -rank, stock.symbol


def _row(match: Match, one: Underlying, market: Market, days: int) -> Json:
    standing = iv_standing(one.stock.atm_ivs)
    iv, iv_from = current_iv(one, market, standing)
    return {
        **about(one, market.source),
        "sector": one.stock.sector,
        "change": rounded(look_back(one.stock.closes, days).change),
        "change_days": days,
        "iv": iv,
        "iv_from": iv_from,
        "iv_rank": rounded(standing.rank, 2),
        "iv_percentile": rounded(standing.percentile, 2),
        "iv_days": standing.days,
        **calendar(one.stock, one.today),
        "contracts": match.contracts,
    }
