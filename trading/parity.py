"""What a share must cost for the quotes of its options to agree with each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trading.contracts import Chain, Days, Floats

NEAREST_EXPIRIES = 3
NEAREST_STRIKES = 8
SMALLEST_WIDTH_USD = 0.01
SECONDS_A_DAY = 86_400
SECONDS_TO_CLOSE = 21 * 3_600


@dataclass(frozen=True)
class ImpliedSpot:
    """A share price in dollars, and half the median width of the quotes it comes from, as its uncertainty.

    Both are NaN where `reason` says why there is no answer.
    """

    usd: float
    give_or_take_usd: float
    pairs: int
    reason: str | None = None


@dataclass(frozen=True)
class Pairs:
    """A call and a put of the same strike and expiry per entry, both quoted on both sides.

    `call` and `put` are their places in the chain; `years` is the time to expiry; `spot` is the share price the two
    imply, `from_the_money` the distance of their mids and `width` the sum of their spreads, in dollars a share.
    """

    call: NDArray[np.intp]
    put: NDArray[np.intp]
    expiry: Days
    years: Floats
    spot: Floats
    from_the_money: Floats
    width: Floats

    def near_the_money(self, expiry: np.datetime64) -> NDArray[np.intp]:
        """The entries of that expiry nearest the money, eight at most."""
        entries = np.flatnonzero(self.expiry == expiry)
        return entries[np.argsort(self.from_the_money[entries], kind="stable")[:NEAREST_STRIKES]]

    def agreed_spot(self, entries: NDArray[np.intp]) -> float:
        """The middle of what these entries imply, tight quotes counting more."""
        return _weighted_median(self.spot[entries], 1 / self.width[entries])


def implied_spot(chain: Chain, rate: float) -> ImpliedSpot:
    """The share price that put-call parity gives; `chain.spot` is not looked at.

    For a call and a put of one strike K and expiry T years away, spot = call - put + K exp(-rate T), in dollars a
    share, with mids for prices and `rate` continuous (Hull, Options, Futures, and Other Derivatives, eq. 11.6 of the
    10th edition). In each of the three nearest expiries the eight pairs nearest the money vote, and the middle expiry
    wins: so dividends and early exercise, which parity leaves out, stay small (a dividend due before the nearest
    expiry still lowers the answer by itself). NaN with a reason where no pair is quoted on both sides.

    >>> from datetime import UTC, datetime
    >>> nobody, expiry = np.full(2, np.nan), np.array(["2026-12-18"] * 2, "datetime64[D]")
    >>> bid, ask = np.array([3.0, 1.4]), np.array([3.2, 1.6])
    >>> chain = Chain("X", datetime(2026, 11, 18, 21, tzinfo=UTC), np.nan, np.array([True, False]), np.full(2, 100.0),
    ...     expiry, bid, ask, nobody, nobody, nobody)
    >>> round(implied_spot(chain, 0.05).usd, 2)
    101.19
    """
    pairs = pair(chain, rate)
    chosen = [pairs.near_the_money(expiry) for expiry in np.unique(pairs.expiry)[:NEAREST_EXPIRIES]]
    if not chosen:
        return ImpliedSpot(np.nan, np.nan, 0, "no call and put of one strike and expiry both have a bid and an ask")
    usd = float(np.median([pairs.agreed_spot(entries) for entries in chosen]))
    entries = np.concatenate(chosen)
    if usd <= 0:
        return ImpliedSpot(np.nan, np.nan, len(entries), "the quotes imply a share price below zero")
    return ImpliedSpot(usd, float(np.median(pairs.width[entries]) / 2), len(entries))


def pair(chain: Chain, rate: float) -> Pairs:
    """Every call beside its put, where both have a bid and an ask, by expiry and strike."""
    quoted = (chain.bid > 0) & (chain.ask >= chain.bid)
    days = chain.expiry.astype("datetime64[D]").astype(np.int64)
    listing = np.rec.fromarrays([days, chain.strike])
    calls, puts = (np.flatnonzero(quoted & (chain.is_call == is_call)) for is_call in (True, False))
    _, in_calls, in_puts = np.intersect1d(listing[calls], listing[puts], return_indices=True)
    call, put = calls[in_calls], puts[in_puts]
    mid, spread = (chain.bid + chain.ask) / 2, chain.ask - chain.bid
    years = _years_left(chain, days[call])
    difference = mid[call] - mid[put]
    return Pairs(
        call=call,
        put=put,
        expiry=days[call].astype("datetime64[D]"),
        years=years,
        spot=difference + chain.strike[call] * np.exp(-rate * years),
        from_the_money=np.abs(difference),
        width=np.maximum(spread[call] + spread[put], SMALLEST_WIDTH_USD),
    )


def _years_left(chain: Chain, days: NDArray[np.int64]) -> Floats:
    """To 21:00 UTC of the day, 16:00 in New York or an hour off, which parity does not feel."""
    seconds: Floats = np.maximum(days * SECONDS_A_DAY + SECONDS_TO_CLOSE - chain.as_of.timestamp(), 0)
    return seconds / (365 * SECONDS_A_DAY)


def _weighted_median(values: Floats, weights: Floats) -> float:
    """The middle of the values when each counts by its weight; halfway between two where they balance."""
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    low, high = np.searchsorted(share, [0.5 - 1e-9, 0.5 + 1e-9])
    return float((values[order[low]] + values[order[high]]) / 2)
