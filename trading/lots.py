"""The wheel as a state machine: a lot is 100 shares or the option sold on them, and every step is an event on record.

cash ──sell_put──► short_put ──expire, close──► cash        short_put ──roll──► short_put
                   short_put ──assign────────► shares       cash ──buy_shares──► shares ──sell_shares──► cash
shares ──sell_call──► short_call ──expire, close──► shares  short_call ──roll──► short_call
                      short_call ──call_away─────► cash
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from trading.lot import NEXT, SHARES_A_LOT, ZERO, Event, Lot, ShortOption, State
from trading.lot_rules import check


def replay(symbol: str, events: Iterable[Event]) -> Lot:
    """The lot these events lead to; raises ValueError at the first that is impossible."""
    lot = Lot(symbol)
    for event in events:
        lot = advance(lot, event)
    return lot


def advance(lot: Lot, event: Event) -> Lot:
    """The lot one step further; raises ValueError with one sentence where the step cannot be taken.

    A put sold for 0.85 and assigned at 60 leaves shares at 60, or 59.15 after the premium:

    >>> from datetime import date
    >>> sold = Event("sell_put", date(2026, 11, 2), Decimal("0.85"), strike=Decimal(60), expiry=date(2026, 12, 18))
    >>> lot = replay("KO", [sold, Event("assign", date(2026, 12, 18))])
    >>> lot.state, str(lot.basis), str(lot.adjusted_basis), str(lot.cash)
    ('shares', '60', '59.15', '-5915.00')
    """
    check(lot, event)
    state = NEXT[lot.state][event.step]
    if event.step in ("assign", "call_away"):
        event = replace(event, price=_sold(lot).strike)
    return replace(
        lot,
        events=(*lot.events, event),
        state=state,
        option=_option_after(lot, event, state),
        basis=_basis_after(lot, event, state),
        cash=lot.cash + cash_flow(event),
        realised=lot.realised + _gain(lot, event) - event.fees,
        income=ZERO if state == "cash" else lot.income + _option_income(event) - event.fees,
    )


def cash_flow(event: Event) -> Decimal:
    """Dollars that came in with this event, negative where they went out, fees included."""
    received = {
        "sell_put": event.price,
        "sell_call": event.price,
        "sell_shares": event.price,
        "call_away": event.price,
        "expire": ZERO,
        "roll": (event.premium or ZERO) - event.price,
    }
    return SHARES_A_LOT * received.get(event.step, -event.price) - event.fees


def _sold(lot: Lot) -> ShortOption:
    """The option of a lot that is in a state which has one."""
    if lot.option is None:
        raise AssertionError(f"a lot in state {lot.state} has no option")
    return lot.option


def _option_after(lot: Lot, event: Event, state: State) -> ShortOption | None:
    if state not in ("short_put", "short_call") or event.strike is None or event.expiry is None:
        return None
    premium = event.price if event.premium is None else event.premium
    return ShortOption("put" if state == "short_put" else "call", event.strike, event.expiry, premium)


def _basis_after(lot: Lot, event: Event, state: State) -> Decimal | None:
    if event.step in ("assign", "buy_shares"):
        return event.price
    return lot.basis if state in ("shares", "short_call") else None


def _gain(lot: Lot, event: Event) -> Decimal:
    """What the legs that end with this event have earned, before fees."""
    ends_option = event.step in ("expire", "close", "roll", "assign", "call_away")
    gain = _sold(lot).premium if ends_option else ZERO
    if event.step in ("close", "roll"):
        gain -= event.price
    if event.step in ("call_away", "sell_shares") and lot.basis is not None:
        gain += event.price - lot.basis
    return SHARES_A_LOT * gain


def _option_income(event: Event) -> Decimal:
    is_option_trade = event.step in ("sell_put", "sell_call", "close", "roll")
    return cash_flow(event) + event.fees if is_option_trade else ZERO
