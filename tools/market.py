"""The market data agent: quotes, volatility, price history and dates of stocks, each with its source and its time."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from graph.errors import BadInput
from tools.lookup import about, look_up, rounded, sourced
from trading.at_the_money import at_the_money_iv
from trading.contracts import Market, Stock
from trading.history import YEAR_OF_TRADING_DAYS, PastPrices, look_back
from trading.iv_history import IvStanding, iv_standing
from trading.stock_screen import days_to
from trading.underlying import Underlying

Json = dict[str, Any]
TERM_DAYS = (30, 60, 90)


def quotes(market: Market, symbols: Sequence[str]) -> Json:
    """What the market says about each stock today: price, last move, volatility, dates.

    Comes back: "quotes", one row a stock: "spot" in dollars, "change" since the close before (a fraction), "iv" (30-day
    at the money, a fraction a year), "iv_rank" and "iv_percentile" (0 to 100) from "iv_days" days, next "earnings" and
    "ex_dividend", "dividend_yield" (a fraction). None where the source does not know. Raises BadInput if unknown.
    """
    found = look_up(market, symbols)
    return {**sourced(market, found), "quotes": [_quote(one, market) for one in found]}


def iv_ranks(market: Market, symbols: Sequence[str]) -> Json:
    """How dear options are beside their own last year, stock by stock, and what they imply 30, 60 and 90 days out.

    Comes back: "iv_ranks", one row a stock: "iv", "low", "high" (fractions a year), "rank" and "percentile" (0 to 100,
    None below 60 days), "days" in the sample, "terms" (each with "days", "expiry", "iv").
    """
    found = look_up(market, symbols)
    return {**sourced(market, found), "iv_ranks": [_iv_row(one, market) for one in found]}


def price_history(market: Market, symbols: Sequence[str], days: int = YEAR_OF_TRADING_DAYS) -> Json:
    """What each share did over the last `days` trading days (252 are a year): change, range, realised volatility.

    Comes back: "history", one row a stock: "first", "last", "low", "high" (closes in dollars), "change" and "drawdown"
    (fractions), "realised_vol" (a fraction a year from "returns" daily returns; it is not what options imply).
    """
    if days < 1:
        raise BadInput(f"A history of {days} days is none: ask for at least 1 trading day.")
    found = look_up(market, symbols)
    rows = [_history_row(one, market, days) for one in found]
    told = sourced(market, found)
    short = [row for row in rows if row["closes"] < days]
    told["warnings"] += [_too_short(row, days) for row in short]
    return {**told, "days": days, "history": rows}


def events(market: Market, symbols: Sequence[str]) -> Json:
    """When each company reports next and when its shares next go ex-dividend.

    Comes back: "events", one row a stock: "earnings" and "ex_dividend" as dates, "days_to_earnings" and
    "days_to_ex_dividend" in calendar days from the quotes, "dividend_yield" (a fraction); None where nobody knows, and
    "notes" that say why. A date that is over is never given as the next.
    """
    found = look_up(market, symbols)
    return {**sourced(market, found), "events": [_event_row(one, market) for one in found]}


def _quote(one: Underlying, market: Market) -> Json:
    stock, standing = one.stock, iv_standing(one.stock.atm_ivs)
    iv, iv_from = current_iv(one, market, standing)
    return {
        **about(one, market.source),
        "change": rounded(look_back(stock.closes, 1).change),
        "sector": stock.sector,
        "is_etf": stock.is_etf,
        "iv": iv,
        "iv_from": iv_from,
        "iv_rank": rounded(standing.rank, 2),
        "iv_percentile": rounded(standing.percentile, 2),
        "iv_days": standing.days,
        "realised_vol": rounded(look_back(stock.closes, YEAR_OF_TRADING_DAYS).realised_vol),
        **calendar(stock, one.today),
    }


def current_iv(one: Underlying, market: Market, standing: IvStanding) -> tuple[float | None, str | None]:
    """30-day at-the-money volatility, and whether it is of the "history" or worked out from the "chain"."""
    if standing.iv is not None:
        return rounded(standing.iv), "history"
    iv, _ = at_the_money_iv(one, market.rate, TERM_DAYS[0])
    return rounded(iv), "chain" if iv is not None else None


def calendar(stock: Stock, today: date) -> Json:
    """The dates that are still to come, and the dividend; None where nobody knows any."""
    earnings, ex_dividend = days_to(stock.earnings, today), days_to(stock.ex_dividend, today)
    return {
        "earnings": None if earnings is None else str(stock.earnings),
        "days_to_earnings": earnings,
        "ex_dividend": None if ex_dividend is None else str(stock.ex_dividend),
        "days_to_ex_dividend": ex_dividend,
        "dividend_yield": stock.dividend_yield or None,
    }


def _iv_row(one: Underlying, market: Market) -> Json:
    standing = iv_standing(one.stock.atm_ivs)
    iv, iv_from = current_iv(one, market, standing)
    figures = {name: rounded(value) for name, value in asdict(standing).items() if name not in ("iv", "days")}
    terms = [(days, *at_the_money_iv(one, market.rate, days)) for days in TERM_DAYS]
    return {
        **about(one, market.source),
        "iv": iv,
        "iv_from": iv_from,
        **figures,
        "days": standing.days,
        "terms": [
            {"days": days, "expiry": str(expiry) if expiry else None, "iv": rounded(implied)}
            for days, implied, expiry in terms
        ],
    }


def _history_row(one: Underlying, market: Market, days: int) -> Json:
    past: PastPrices = look_back(one.stock.closes, days)
    return {**about(one, market.source), **{name: _plain(value) for name, value in asdict(past).items()}}


def _too_short(row: Json, days: int) -> str:
    if not row["closes"]:
        return f"No past prices of {row['symbol']} are known from {row['source']} quotes."
    return f"Of {row['symbol']} only {row['closes']} closes are known, which is less than {days} days of moves."


def _event_row(one: Underlying, market: Market) -> Json:
    stock, today = one.stock, one.today
    notes = []
    if stock.is_etf and stock.earnings is None:
        notes.append("a fund reports no earnings")
    elif stock.earnings is None:
        notes.append("no earnings date is known")
    elif stock.earnings < today:
        notes.append(f"the earnings of {stock.earnings} are over, and no next date is known")
    if stock.ex_dividend is None:
        notes.append("no ex-dividend date is known")
    elif stock.ex_dividend < today:
        notes.append(f"the last ex-dividend date known is {stock.ex_dividend}")
    return {**about(one, market.source), **calendar(stock, today), "notes": notes}


def _plain(value: float | None) -> float | None:
    return value if isinstance(value, int) else rounded(value)
