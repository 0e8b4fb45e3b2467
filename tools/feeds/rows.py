"""One row of a file becomes one contract, or the reason why it makes no sense."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from tools.feeds.columns import Row

OCC = re.compile(r"([A-Z]{1,6}[0-9]?)([0-9]{6})([CP])([0-9]{8})")
NOT_THERE = ("", "nan", "none", "null", "n/a", "<na>", "nat", "-", "--")
SHARES = 100
FURTHEST_ROUNDING_USD = 0.001


class Nonsense(Exception):
    """This row cannot be a contract to trade; the text is the name it is counted under."""


class Listing(NamedTuple):
    """What a contract symbol says. `root` is that of the underlying, with a digit where the contract is adjusted."""

    root: str
    is_call: bool
    expiry: date
    strike: float


@dataclass(frozen=True)
class Contract:
    """One row that makes sense; prices are dollars a share and NaN where there is none.

    `doubts` are remarks about columns that were not believed.
    """

    listing: Listing
    bid: float
    ask: float
    last: float
    volume: float
    open_interest: float
    last_trade: datetime | None
    doubts: tuple[str, ...]


def read_listing(value: object) -> Listing | None:
    """The parts of an OCC symbol, or None where it is broken.

    >>> read_listing("AMZN231110C00060000")
    Listing(root='AMZN', is_call=True, expiry=datetime.date(2023, 11, 10), strike=60.0)
    >>> read_listing("AMZN231340C00060000") is None
    True
    """
    match = OCC.fullmatch("".join(str(value).split()))
    if match is None:
        return None
    root, day, letter, thousandths = match.groups()
    try:
        expiry = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        return None
    return Listing(root, letter == "C", expiry, int(thousandths) / 1000)


def read_contract(row: Row, root: str) -> Contract:
    """The contract of a row whose underlying has the options root `root`; raises Nonsense."""
    listing = _standard_listing(row, root)
    bid, ask, last = (_price(row, name) for name in ("bid", "ask", "last_price"))
    if bid > ask:
        raise Nonsense("bid above ask")
    traded = _last_trade(row)
    contract = Contract(
        listing=listing,
        bid=bid,
        ask=ask,
        last=last,
        volume=_number(row, "volume"),
        open_interest=_number(row, "open_interest"),
        last_trade=traded and (traded if traded.tzinfo else traded.replace(tzinfo=UTC)),
        doubts=tuple(_doubts(row, listing, traded)),
    )
    if contract.last_trade and contract.last_trade.date() > listing.expiry:
        raise Nonsense("last trade after expiry")
    return contract


def _standard_listing(row: Row, root: str) -> Listing:
    listing = read_listing(row.get("contract_symbol"))
    if listing is None:
        raise Nonsense("broken contract symbol")
    if listing.root != root:
        is_adjusted = listing.root[:-1] == root and listing.root[-1].isdigit()
        raise Nonsense(f"non-standard contract ({listing.root})" if is_adjusted else "contract of another symbol")
    _check_strike(row, listing)
    if not _is_missing(size := row.get("contract_size")) and str(size).upper() not in ("REGULAR", "100", "100.0"):
        raise Nonsense(f"contract is not for {SHARES} shares")
    if not _is_missing(currency := row.get("currency")) and str(currency).upper() != "USD":
        raise Nonsense("currency is not USD")
    return listing


def _check_strike(row: Row, listing: Listing) -> None:
    strike = _any_number(row, "strike")
    if min(listing.strike, strike) <= 0:
        raise Nonsense("strike is not above 0")
    if abs(strike - listing.strike) > FURTHEST_ROUNDING_USD:
        raise Nonsense("strike differs from the contract symbol")


def _price(row: Row, name: str) -> float:
    """Yahoo writes 0 for a price nobody has named."""
    return _number(row, name) or math.nan


def _number(row: Row, name: str) -> float:
    value = _any_number(row, name)
    if value < 0:
        raise Nonsense(f"{name.replace('_', ' ')} below 0")
    return value


def _any_number(row: Row, name: str) -> float:
    value = row.get(name)
    number = _parsed(value)
    if math.isfinite(number):
        return number
    if _is_missing(value):
        return math.nan
    raise Nonsense(f"{name.replace('_', ' ')} is not a number")


def _parsed(value: object) -> float:
    """NaN for what is no plain decimal number: `float` alone would take True, 1_000 and Arabic digits."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    if isinstance(value, str) and ("_" in value or not value.isascii()):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def _is_missing(value: object) -> bool:
    if isinstance(value, float):
        return math.isnan(value)
    return value in (None, {}) or (isinstance(value, str) and value.strip().lower() in NOT_THERE)


def _last_trade(row: Row) -> datetime | None:
    value = row.get("last_trade_date")
    if _is_missing(value):
        return None
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(str(value).strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError, OSError):
        raise Nonsense("last trade time cannot be read") from None


def _doubts(row: Row, listing: Listing, traded: datetime | None) -> list[str]:
    doubts = []
    if _is_another_day(row.get("expiration"), listing.expiry):
        doubts.append("another expiry than the contract symbol says, which was believed")
    if str(row.get("option_type") or "").strip()[:1].upper() == ("P" if listing.is_call else "C"):
        doubts.append("another type than the contract symbol says, which was believed")
    if traded and not traded.tzinfo:
        doubts.append("last trade without a time zone, taken as UTC")
    return doubts


def _is_another_day(value: object, expiry: date) -> bool:
    """Whether an expiry column says something else; what cannot be read says nothing."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC).date() != expiry
        return date.fromisoformat(str(value).strip()[:10]) != expiry
    except (ValueError, OverflowError, OSError):
        return False
