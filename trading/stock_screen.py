"""Stocks that meet criteria of any kind: of the share, of its calendar, of its past, and of its contracts."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from trading.book import open_book
from trading.contracts import Market, OptionType, Stock
from trading.criteria import Criteria
from trading.delta_rule import sift_deltas
from trading.funnel import Funnel, sift
from trading.history import look_back
from trading.risk import RiskLimits
from trading.underlying import Underlying, at_quote_time, iv_rank

OF_CONTRACTS = (
    "min_delta",
    "max_delta",
    "min_dte",
    "max_dte",
    "expiry",
    "min_annual_yield",
    "min_premium",
    "min_open_interest",
    "min_volume",
    "max_spread_pct",
    "max_capital",
)
NO_CAPS = RiskLimits(account_usd=float("inf"))


@dataclass(frozen=True)
class StockCriteria:
    """`slots` are those of a scan; each bound beside them is inclusive, and None where it was not asked for.

    `reports_from` to `reports_within`, and the same for ex-dividend, are calendar days from today; `min_move` and
    `max_move` bound the change of the price over the last `move_days` trading days, as fractions.
    """

    slots: Criteria
    reports_from: int = 0
    reports_within: int | None = None
    ex_dividend_from: int = 0
    ex_dividend_within: int | None = None
    move_days: int = 1
    min_move: float | None = None
    max_move: float | None = None

    @property
    def asks_for_contracts(self) -> bool:
        return any(getattr(self.slots, name) is not None for name in OF_CONTRACTS)


@dataclass(frozen=True)
class Match:
    """A stock that passed; `contracts` counts its contracts that met the criteria, None where none were asked for."""

    stock: Stock
    contracts: int | None


def screen_stocks(market: Market, criteria: StockCriteria, today: date) -> tuple[list[Match], Counter[str]]:
    """What passed, in alphabetical order, and how many stocks failed which criterion first."""
    found, rejected = [], Counter[str]()
    asked = set(criteria.slots.symbols)
    for symbol in sorted(asked.intersection(market.symbols()) if asked else market.symbols()):
        stock = market.stock(symbol)
        if reason := next(_failures(stock, criteria, today), None):
            rejected[reason] += 1
            continue
        contracts = _fitting(market, stock, criteria.slots) if criteria.asks_for_contracts else None
        if contracts == 0:
            rejected["no such contract"] += 1
            continue
        found.append(Match(stock, contracts))
    return found, rejected


def days_to(event: date | None, today: date) -> int | None:
    """Calendar days to an event that is still to come; None for one that is over or that nobody knows."""
    return (event - today).days if event is not None and event >= today else None


def _failures(stock: Stock, criteria: StockCriteria, today: date) -> Iterator[str]:
    slots = criteria.slots
    if stock.symbol in slots.exclude_symbols:
        yield "excluded"
    if stock.sector in slots.exclude_sectors or (slots.sectors and stock.sector not in slots.sectors):
        yield "sector"
    if not (slots.min_price or 0.0) <= stock.spot <= (slots.max_price or float("inf")):
        yield "price"
    if slots.min_iv_rank:
        rank = iv_rank(stock.atm_ivs)
        if rank is None or rank < slots.min_iv_rank:
            yield "unknown iv rank" if rank is None else "iv rank"
    yield from _calendar_failures(stock, criteria, today)
    yield from _move_failures(stock, criteria)


def _calendar_failures(stock: Stock, criteria: StockCriteria, today: date) -> Iterator[str]:
    events = (
        ("earnings", stock.earnings, criteria.reports_from, criteria.reports_within),
        ("ex-dividend", stock.ex_dividend, criteria.ex_dividend_from, criteria.ex_dividend_within),
    )
    for name, event, least, most in events:
        days = days_to(event, today)
        if most is not None and (days is None or not least <= days <= most):
            yield f"unknown {name}" if days is None else f"other {name}"


def _move_failures(stock: Stock, criteria: StockCriteria) -> Iterator[str]:
    if criteria.min_move is None and criteria.max_move is None:
        return
    least = -np.inf if criteria.min_move is None else criteria.min_move
    most = np.inf if criteria.max_move is None else criteria.max_move
    change = look_back(stock.closes, criteria.move_days).change
    if change is None:
        yield "unknown move"
    elif not least <= change <= most:
        yield "move"


def _fitting(market: Market, stock: Stock, slots: Criteria) -> int:
    """How many of its contracts can be traded and meet every bound; puts and calls unless one type was asked for."""
    underlying = at_quote_time(stock, market.chain(stock.symbol))
    kinds: tuple[OptionType, ...] = (slots.option_type,) if slots.option_type else ("put", "call")
    return sum(_count(underlying, kind, slots, market.rate) for kind in kinds)


def _count(underlying: Underlying, kind: OptionType, slots: Criteria, rate: float) -> int:
    funnel = Funnel(open_book([underlying], kind), len(underlying.chain), Counter())
    sift(funnel, slots, NO_CAPS, out_of_the_money=False)
    if slots.min_delta is not None or slots.max_delta is not None:
        sift_deltas(funnel, slots, rate)
    return len(funnel.book)
