"""Lengths of time in days, and how wide a single one reaches."""

YEAR_DAYS = 365
HALF_YEAR_DAYS = 180
DAYS_IN = {"day": 1, "week": 7, "fortnight": 14, "month": 30, "quarter": 90, "year": YEAR_DAYS}
SPELLINGS = {
    "day": "d day days dys tag tage tagen",
    "week": "w wk wks week weeks wek woche wochen",
    "fortnight": "fortnight fortnights",
    "month": "mo mos mth mths month months mon monat monate monaten",
    "quarter": "quarter quarters qtr qtrs",
    "year": "y yr yrs year years jahr jahre jahren",
}
UNIT_OF = {word: unit for unit, words in SPELLINGS.items() for word in words.split()}
GLUED_ONLY = frozenset(["d", "w", "y", "mo", "mon"])


def days(count: float, unit: str) -> int:
    """Whole days in a span: a month has 30, a year 365, but half a year 180.

    >>> days(1.5, "month"), days(0.5, "year"), days(2, "week")
    (45, 180, 14)
    """
    if unit == "year":
        whole, half = divmod(count, 1)
        return round(whole * YEAR_DAYS + half * 2 * HALF_YEAR_DAYS)
    return round(count * DAYS_IN[unit])


def widened(centre: int) -> tuple[int, int]:
    """The days a single length stands for.

    >>> widened(60), widened(12), widened(2)
    ((53, 67), (9, 15), (0, 5))
    """
    reach = 7 if centre >= 14 else 3
    return max(0, centre - reach), centre + reach
