"""When the sample market stands still, when the exchange is open around it, and what expires after it.

The dates are written out rather than computed, because the packages that know them take half a second to import; a
test holds them against the exchange's calendar. A holiday on a Friday moves the expiry to Thursday: 24 and 31 December
2026 are weeklies, 17 June 2027 is a monthly. Friday 27 November 2026 closes at 13:00 and expires all the same.
"""

from datetime import UTC, datetime

import numpy as np

from trading.contracts import Days, Floats
from trading.sample.universe import Listing

AS_OF = datetime(2026, 10, 30, 20, 0, tzinfo=UTC)
"""Friday's close, 16:00 in New York, which is still on daylight saving time."""
TODAY = np.datetime64("2026-10-30", "D")
DAYS_A_YEAR = 365.0


def _dates(text: str) -> Days:
    return np.array(text.split(), dtype="datetime64[D]")


HOLIDAYS = _dates(
    """
    2025-09-01 2025-11-27 2025-12-25 2026-01-01 2026-01-19 2026-02-16 2026-04-03 2026-05-25 2026-06-19 2026-07-03
    2026-09-07 2026-11-26 2026-12-25 2027-01-01 2027-01-18 2027-02-15 2027-03-26 2027-05-31 2027-06-18 2027-07-05
    2027-09-06 2027-11-25 2027-12-24 2028-01-17
    """
)
"""Weekdays on which the New York Stock Exchange stays closed, September 2025 to January 2028."""

WEEKLIES = _dates(
    """
    2026-11-06 2026-11-13 2026-11-20 2026-11-27 2026-12-04 2026-12-11 2026-12-18 2026-12-24 2026-12-31
    """
)
MONTHLIES = _dates(
    """
    2026-11-20 2026-12-18 2027-01-15 2027-02-19 2027-03-19 2027-04-16 2027-05-21 2027-06-17 2027-07-16 2027-08-20
    2027-09-17 2027-10-15
    """
)
QUARTERLIES = _dates("2026-12-31 2027-03-31 2027-06-30 2027-09-30")
LEAPS = _dates("2028-01-21")

MONTHS_LISTED = {
    1: [0, 1, 4, 7],
    2: [0, 1, 3, 6],
    3: [0, 1, 2, 4, 7],
    4: [0, 1, 2, 4, 7],
    5: [0, 1, 2, 3, 4, 7, 10],
}
WEEKS_LISTED: dict[int, list[int]] = {1: [], 2: [], 3: [], 4: [0, 1, 2, 3, 4, 7], 5: list(range(9))}
"""Which of the monthlies and the weeklies are listed at each level of liquidity."""
LEAPS_FROM, QUARTERLIES_FROM = 4, 5


def expiries_of(listing: Listing) -> Days:
    """The expiries listed for one underlying, nearest first: the more liquid, the more of them."""
    listed = [MONTHLIES[MONTHS_LISTED[listing.liquidity]], WEEKLIES[WEEKS_LISTED[listing.liquidity]]]
    if listing.liquidity >= LEAPS_FROM:
        listed.append(LEAPS)
    if listing.is_etf and listing.liquidity >= QUARTERLIES_FROM:
        listed.append(QUARTERLIES)
    return np.unique(np.concatenate(listed))


def years_until(days: Days) -> Floats:
    """Calendar days from the sample's date over 365.

    >>> years_until(np.array(["2027-10-30"], dtype="datetime64[D]"))
    array([1.])
    """
    return (days - TODAY).astype(np.float64) / DAYS_A_YEAR


def sessions_back(count: int) -> Days:
    """The last `count` trading days, oldest first, the sample's own day the last."""
    offsets = np.arange(1 - count, 1)
    return np.busday_offset(TODAY, offsets, roll="backward", holidays=HOLIDAYS)


def next_session(day: np.datetime64) -> np.datetime64:
    """The day itself if the exchange is open, else the next on which it is."""
    return np.datetime64(np.busday_offset(day, 0, roll="forward", holidays=HOLIDAYS))
