"""Which events cannot happen to a lot, each said in one sentence."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from trading.lot import NEXT, SHARES_A_LOT, ZERO, Event, Lot, Step

WHERE = {
    "cash": "the lot is in cash",
    "short_put": "the lot is a short put",
    "shares": "the lot holds 100 shares and no call is sold on them",
    "short_call": "the lot holds 100 shares and a call is sold on them",
}
WORDS: dict[Step, str] = {
    "sell_put": "sell a put",
    "buy_shares": "buy shares",
    "expire": "expire",
    "close": "close the option",
    "roll": "roll the option",
    "assign": "be assigned",
    "sell_call": "sell a call",
    "sell_shares": "sell the shares",
    "call_away": "be called away",
}
SELLING = ("sell_put", "sell_call", "roll")
UNTIL_POSTED = timedelta(days=7)
"""How long after expiry a broker may still book an assignment or an expiry."""
FINEST_PRICE, FINEST_FEE = Decimal("0.0001"), Decimal("0.01")
LARGEST = 10_000_000
SYMBOL = re.compile(r"[A-Z]{1,6}([.-][A-Z]{1,2})?")


def check(lot: Lot, event: Event) -> None:
    """Raises ValueError with the first thing that makes the event impossible."""
    for problem in problems(lot, event):
        raise ValueError(f"{lot.symbol}: {problem}")


def check_symbol(symbol: str) -> None:
    """Raises ValueError for what is no plain ticker; a digit marks a contract adjusted after a split or merger."""
    if symbol[:-1].isalpha() and symbol[-1:].isdigit():
        raise ValueError(
            f"{symbol} is an adjusted contract, whose deliverable is not {SHARES_A_LOT} shares: it cannot be kept."
        )
    if not SYMBOL.fullmatch(symbol):
        raise ValueError(f"{symbol or 'An empty text'} is no ticker: give one such as KO or BRK.B.")


def check_deliverable(symbol: str, shares: Decimal) -> None:
    """Raises ValueError for a contract that does not deliver 100 shares.

    >>> check_deliverable("KO", Decimal(10))
    Traceback (most recent call last):
    ValueError: KO: a contract that delivers 10 shares cannot be kept: the wheel counts in lots of 100.
    """
    if shares != SHARES_A_LOT:
        raise ValueError(
            f"{symbol}: a contract that delivers {shares:f} shares cannot be kept: "
            f"the wheel counts in lots of {SHARES_A_LOT}."
        )


def whole_lots(symbol: str, shares: Decimal) -> int:
    """How many lots these shares are; raises ValueError for a part of a share or of a lot."""
    if shares != shares.to_integral_value():
        raise ValueError(f"{symbol}: {shares:f} shares hold a fraction of one, on which no option can be written.")
    if shares <= 0 or shares % SHARES_A_LOT:
        raise ValueError(f"{symbol}: {shares:f} shares are no whole lots of {SHARES_A_LOT}: give 100, 200 and so on.")
    return int(shares) // SHARES_A_LOT


def share_out(fees: Decimal, lots: int) -> list[Decimal]:
    """A fee divided over lots to the cent, the first ones bearing what is left over.

    >>> [str(fee) for fee in share_out(Decimal("1.00"), 3)]
    ['0.34', '0.33', '0.33']
    """
    each, over = divmod(int(fees / FINEST_FEE), lots)
    return [FINEST_FEE * (each + (place < over)) for place in range(lots)]


def problems(lot: Lot, event: Event) -> Iterator[str]:
    """Everything that is wrong with the event, the order of steps first."""
    if event.step not in NEXT[lot.state]:
        possible = " or ".join(WORDS[step] for step in NEXT[lot.state])
        yield f"{WHERE[lot.state]}, so it cannot {WORDS[event.step]}; it can {possible}."
        return
    yield from _amounts(event)
    yield from _terms(event)
    yield from _dates(lot, event)
    yield from _prices_out_of_place(lot, event)


def _amounts(event: Event) -> Iterator[str]:
    for name, value, finest in (
        ("the price", event.price, FINEST_PRICE),
        ("the premium", event.premium or ZERO, FINEST_PRICE),
        ("the strike", event.strike or ZERO, FINEST_PRICE),
        ("the fees", event.fees, FINEST_FEE),
    ):
        if not value.is_finite() or value < 0:
            yield f"{name} of {value} has to be a number of dollars that is not below 0."
        elif value > LARGEST:
            yield f"{name} of {value} is above {LARGEST:,} dollars."
        elif value % finest:
            yield f"{name} of {value:f} is finer than {finest:f} dollars."


def _terms(event: Event) -> Iterator[str]:
    is_selling = event.step in SELLING
    if is_selling and not event.strike:
        yield f"to {WORDS[event.step]} needs a strike above 0."
    if is_selling and event.expiry is None:
        yield f"to {WORDS[event.step]} needs an expiry."
    if not is_selling and (event.strike is not None or event.expiry is not None):
        yield f"to {WORDS[event.step]} takes no strike and no expiry."
    if (event.step == "roll") != (event.premium is not None):
        yield "a roll needs the premium of the new contract, and nothing else has one."
    if event.step in ("sell_put", "sell_call", "buy_shares", "sell_shares") and not event.price:
        yield f"to {WORDS[event.step]} needs a price above 0."


def _dates(lot: Lot, event: Event) -> Iterator[str]:
    if lot.events and event.on < lot.events[-1].on:
        yield f"{event.on} is before {lot.events[-1].on}, when its last step was taken."
    if event.expiry is not None and event.expiry < event.on:
        yield f"the contract expired on {event.expiry}, before it was sold on {event.on}."
    if lot.option is None:
        return
    expiry = lot.option.expiry
    if event.step == "expire" and event.on < expiry:
        yield f"its {lot.option.kind} expires on {expiry}, so it cannot have expired on {event.on}."
    last = expiry + UNTIL_POSTED if event.step in ("expire", "assign", "call_away") else expiry
    if event.on > last:
        yield f"its {lot.option.kind} expired on {expiry}, so {event.on} is too late to {WORDS[event.step]}."


def _prices_out_of_place(lot: Lot, event: Event) -> Iterator[str]:
    if event.step == "expire" and event.price:
        yield f"an option that expires is worth nothing, so it has no price of {event.price:f}."
    if lot.option and event.step in ("assign", "call_away") and event.price not in (ZERO, lot.option.strike):
        yield f"shares change hands at the strike of {lot.option.strike:f}, not at {event.price:f}."
