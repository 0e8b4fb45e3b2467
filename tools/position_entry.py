"""Words of a person about a position become typed values, or one sentence about the first that cannot."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from graph.errors import BadInput
from tools.position_choice import Ended, Ending, Which
from tools.position_file import Entry, Kind, amount, count_lots, day
from trading.lot_rules import check_symbol

Value = TypeVar("Value")


def entry_of(
    symbol: str,
    kind: Kind | None,
    strike: str | None,
    expiry: str | None,
    contracts: int | None,
    shares: int | None,
    price: str | None,
    fees: str,
    on: str | None,
) -> Entry:
    """The position to record; raises BadInput where something is missing, too much, or no number."""
    symbol, kind = _symbol(symbol), kind or ("shares" if shares is not None else None)
    if kind is None:
        raise BadInput("Say what it is: --type put or --type call, or --shares 100.")
    quantity = shares if kind == "shares" else contracts
    if quantity is None or price is None:
        raise BadInput(
            f"Say {'how many with --shares' if kind == 'shares' else 'how many with --contracts'} and --price."
        )
    _check_fitting(kind, strike, expiry, contracts, shares)
    return Entry(
        symbol=symbol,
        kind=kind,
        lots=_lots(symbol, kind, quantity),
        price=told_amount("price", price),
        opened=None if on is None else _told(day, "on", on),
        fees=told_amount("fees", fees),
        strike=None if strike is None else told_amount("strike", strike),
        expiry=None if expiry is None else _told(day, "expiry", expiry),
    )


def which_of(
    symbol: str, kind: Kind | None, strike: str | None, expiry: str | None, contracts: int | None, shares: int | None
) -> Which:
    """Which of the positions on record is meant; raises BadInput for what cannot be read."""
    symbol, kind = _symbol(symbol), kind or ("shares" if shares is not None else None)
    quantity = shares if kind == "shares" else contracts
    return Which(
        symbol=symbol,
        kind=kind,
        strike=None if strike is None else told_amount("strike", strike),
        expiry=None if expiry is None else _told(day, "expiry", expiry),
        lots=None if quantity is None else _lots(symbol, kind or "put", quantity),
    )


def ending_of(
    how: Ending,
    on: str | None,
    price: str | None,
    fees: str,
    to_strike: str | None,
    to_expiry: str | None,
    premium: str | None,
    today: date,
) -> Ended:
    """How it ended, today unless said otherwise; raises BadInput where something is missing or too much."""
    if how in ("closed", "rolled", "sold") and price is None:
        raise BadInput(
            f"Say with --price what it was {'sold' if how == 'sold' else 'bought back'} at, in dollars a share."
        )
    new_contract = (to_strike, to_expiry, premium)
    if how == "rolled" and None in new_contract:
        raise BadInput("A roll needs --to-strike, --to-expiry and --premium of the new contract.")
    if how != "rolled" and any(value is not None for value in new_contract):
        raise BadInput("--to-strike, --to-expiry and --premium belong to --how rolled.")
    return Ended(
        how=how,
        on=today if on is None else _told(day, "on", on),
        price=Decimal(0) if price is None else told_amount("price", price),
        fees=told_amount("fees", fees),
        strike=None if to_strike is None else told_amount("to-strike", to_strike),
        expiry=None if to_expiry is None else _told(day, "to-expiry", to_expiry),
        premium=None if premium is None else told_amount("premium", premium),
    )


def told_amount(name: str, text: str) -> Decimal:
    """A number of dollars; raises BadInput otherwise."""
    return _told(amount, name, text)


def _told(read: Callable[[str, str], Value], name: str, text: str) -> Value:
    try:
        return read(name, text)
    except ValueError as error:
        raise BadInput(str(error)) from error


def _symbol(text: str) -> str:
    symbol = text.upper()
    _told(lambda _, value: check_symbol(value), "symbol", symbol)
    return symbol


def _lots(symbol: str, kind: Kind, quantity: int) -> int:
    if quantity < 1:
        raise BadInput(
            f"{symbol}: {quantity} is no number of {'shares' if kind == 'shares' else 'contracts'} to record."
        )
    try:
        return count_lots(symbol, kind, Decimal(quantity))
    except ValueError as error:
        raise BadInput(str(error)) from error


def _check_fitting(
    kind: Kind, strike: str | None, expiry: str | None, contracts: int | None, shares: int | None
) -> None:
    if kind == "shares" and (strike, expiry, contracts) != (None, None, None):
        raise BadInput("Shares take no --strike, no --expiry and no --contracts.")
    if kind != "shares" and shares is not None:
        raise BadInput(f"A {kind} takes --contracts, not --shares.")
    if kind != "shares" and (strike is None or expiry is None):
        raise BadInput(f"A {kind} needs --strike and --expiry.")
