"""The roll desk: what to do with a sold option, its rolls and the assignment side by side."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trading.appraisal import Quote
from trading.contracts import Market, OptionType
from trading.roll_desk import (
    DAYS_A_YEAR,
    SHARES,
    RollDesk,
    Sold,
    break_even_after,
    contract_facts,
    later_expiries,
    name_of,
    open_desk,
    position_of,
)
from trading.take_assignment import take_assignment

Json = dict[str, Any]
Direction = Literal["out", "down", "up"]
DIRECTIONS: tuple[Direction, ...] = ("out", "down", "up")
SAFER: dict[OptionType, Direction] = {"put": "down", "call": "up"}
"""The direction that takes a contract further out of the money."""
SAME = 1e-6


def rolls(market: Market, sold: Sold, *, below_cost: bool = False) -> Json:
    """What can be done with a sold option, at prices one gets: bought back at the ask, sold anew at the bid.

    "choices" holds, for each of up to three later expiries, the roll "out" (same strike), "down" and "up", and last
    the "assignment". Towards safety (down for a put, up for a call) it is the furthest strike that still brings a
    credit, or else the nearest; the other way it is the nearest. A call rolled below `basis` is left out unless
    `below_cost`. Dollars a share unless named otherwise: "net_credit" (negative: a debit), "break_even" the strike less
    (for a call: plus) the premium received and the net credit, None without a premium; "annual_yield" is the net
    credit over the strike (for a call: the share price) times 365 over the "extra_days". "missing" says in one sentence
    each which rolls there are not. Raises ValueError with one sentence where the contract is not listed or has expired.

    A put at 60 bought back at 1.20 and sold a month later at 1.80 brings 0.60: with 0.80 received before, the
    break-even is 60 - 0.80 - 0.60 = 58.60, and the yield 0.60 / 60 * 365 / 30 = 12.2 % a year.
    """
    desk = open_desk(market, sold)
    missing: list[str] = []
    choices = list(_all_rolls(desk, missing, below_cost=below_cost)) if desk.quote.ask > 0 else []
    if not desk.quote.ask > 0:
        missing.append(f"The {name_of(sold)} has no ask, so nobody can say what buying it back would cost.")
    return {
        "as_of": desk.underlying.chain.as_of.isoformat(),
        "source": market.source,
        "position": position_of(desk),
        "choices": [*choices, take_assignment(desk)],
        "missing": missing,
        "warnings": list(_warnings(desk, choices)),
    }


def _all_rolls(desk: RollDesk, missing: list[str], *, below_cost: bool) -> Iterator[Json]:
    later = later_expiries(desk)
    if not later:
        missing.append(f"No {desk.sold.kind} of {desk.sold.symbol} that expires later is listed.")
    for direction in DIRECTIONS:
        for expiry in later:
            found = _pick(desk, direction, expiry, below_cost=below_cost)
            if isinstance(found, str):
                missing.append(f"No roll {direction} to {expiry}: {found}.")
            else:
                yield _choice(desk, direction, expiry, found)


def _pick(desk: RollDesk, direction: Direction, expiry: date, *, below_cost: bool) -> int | str:
    """The row of the chain to roll to, or why there is none.

    The further out of the money, the less a strike pays: a credit beyond one that pays none is a quote left behind.
    """
    chain, sold = desk.underlying.chain, desk.sold
    on_day = (chain.is_call == desk.is_call) & (chain.expiry.astype("datetime64[D]") == np.datetime64(expiry, "D"))
    listed = np.flatnonzero(on_day & _lies(direction, chain.strike, sold.strike))
    if not len(listed):
        return "the strike is not listed" if direction == "out" else f"no strike {_relation(direction)} is listed"
    if desk.is_call and sold.basis is not None and not below_cost:
        listed = listed[chain.strike[listed] > sold.basis - SAME]
        if not len(listed):
            return f"it would be below the cost of {sold.basis:,.2f}"
    quoted = listed[chain.bid[listed] > 0]
    if not len(quoted):
        return "nobody bids"
    nearest_first = quoted[np.argsort(np.abs(chain.strike[quoted] - sold.strike), kind="stable")]
    if direction != SAFER[sold.kind]:
        return int(nearest_first[0])
    pays = chain.bid[nearest_first] >= desk.quote.ask - SAME
    in_a_row = int(np.logical_and.accumulate(pays).sum())
    return int(nearest_first[max(in_a_row - 1, 0)])


def _lies(direction: Direction, strikes: NDArray[np.float64], strike: float) -> NDArray[np.bool_]:
    apart = strikes - strike
    return np.asarray({"out": np.abs(apart) < SAME, "down": apart <= -SAME, "up": apart >= SAME}[direction])


def _relation(direction: Direction) -> str:
    return {"out": "at it", "down": "below", "up": "above"}[direction]


def _choice(desk: RollDesk, direction: Direction, expiry: date, row: int) -> Json:
    chain, sold = desk.underlying.chain, desk.sold
    strike, bid = float(chain.strike[row]), float(chain.bid[row])
    net_credit, extra_days = bid - desk.quote.ask, (expiry - sold.expiry).days
    secured = desk.underlying.spot if desk.is_call else strike
    return {
        "choice": direction,
        "strike": strike,
        "expiry": expiry.isoformat(),
        "dte": (expiry - desk.underlying.today).days,
        "extra_days": extra_days,
        "bid": bid,
        "buy_back": desk.quote.ask,
        "net_credit": round(net_credit, 4),
        "net_credit_usd": round(SHARES * sold.contracts * net_credit, 2),
        "break_even": break_even_after(sold, strike, net_credit),
        "annual_yield": net_credit / secured * DAYS_A_YEAR / extra_days,
        "capital": round(SHARES * sold.contracts * secured, 2),
        **contract_facts(desk, strike, expiry, Quote(bid, float(chain.ask[row]))),
    }


def _warnings(desk: RollDesk, choices: Sequence[Json]) -> Iterator[str]:
    stock, sold = desk.underlying.stock, desk.sold
    if sold.premium is None:
        yield "Without the premium received there is no break-even: give it with --premium."
    if later := sorted({row["expiry"] for row in choices if row["earnings_before_expiry"]}):
        yield f"Earnings on {stock.earnings} come before {', '.join(later)}."
    if desk.is_call and (taken := sorted({row["expiry"] for row in choices if _is_taken(row)})):
        yield f"With the ex-date of {stock.ex_dividend} calls of {', '.join(taken)} are likely to be exercised early."
    age = (desk.underlying.today - sold.expiry).days
    if age == 0:
        yield "It expires today: what is in the money at the close is assigned."


def _is_taken(row: Json) -> bool:
    return bool(row["early_assignment"] and row["early_assignment"]["is_likely"])
