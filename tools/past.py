"""The time in the past that a question about the system means: yesterday, last night, the last 24h, since Monday."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tools.feeds.markets import NEW_YORK

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple of": 2, "three": 3, "few": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "": 1,
}  # fmt: skip
MINUTES = {"minute": 1, "hour": 60, "day": 1440, "week": 10_080, "month": 43_200}
EVENING, MORNING = time(18), time(9)
BACK = re.compile(
    rf"\b(?:last|past|previous|within)\s+(?:the\s+)?(?:last\s+|past\s+)?(\d{{1,4}}|{'|'.join(filter(None, NUMBERS))}|)"
    r"\s*(minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|months?)\b"
)
ISO_DAY = re.compile(r"\b(20\d\d-\d\d-\d\d)\b")


@dataclass(frozen=True)
class Period:
    """From `since` to before `until`, and how to say it."""

    since: datetime
    until: datetime
    said: str


def period_in(words: str, now: datetime) -> Period | None:
    """The time that is named, in days of New York; None where none is."""
    low, here = " ".join(words.lower().replace("’", "'").split()), now.astimezone(NEW_YORK)
    return _named_day(low, here) or _named_span(low, here) or _counted_back(low, here) or _weekday(low, here)


def _named_span(low: str, here: datetime) -> Period | None:
    """The first of the names that is said; the longer names stand before those they hold."""
    return next((meant(here) for name, meant in SPANS if re.search(rf"\b(?:{name})\b", low)), None)


def _named_day(low: str, here: datetime) -> Period | None:
    match = ISO_DAY.search(low)
    try:
        day = date.fromisoformat(match.group(1)) if match else None
    except ValueError:
        return None
    if day is None or match is None:
        return None
    if re.search(r"\bsince\s+(?:the\s+)?$", low[: match.start()]):
        return Period(_at(day), here, f"since {day}")
    return _day(day, here, f"on {day}")


def _counted_back(low: str, here: datetime) -> Period | None:
    match = BACK.search(low)
    if match is None:
        return None
    number, unit = match.groups()
    count = int(number) if number.isdigit() else NUMBERS[number]
    word = next(word for word in reversed(MINUTES) if word.startswith(unit[:2].rstrip("rs")))
    said = f"in the last {word}" if count == 1 else f"in the last {count} {word}s"
    since = here.astimezone(UTC) - timedelta(minutes=count * MINUTES[word])
    return Period(since.astimezone(NEW_YORK), here, said) if count else None


def _weekday(low: str, here: datetime) -> Period | None:
    match = re.search(rf"\b(since\s+)?(?:last\s+)?({'|'.join(DAYS)})\b", low)
    if match is None:
        return None
    back = (here.weekday() - DAYS.index(match.group(2))) % 7
    day = here.date() - timedelta(days=back or (0 if match.group(1) else 7))
    name = match.group(2).capitalize()
    return Period(_at(day), here, f"since {name}, {day}") if match.group(1) else _day(day, here, f"on {name}, {day}")


def _today(here: datetime) -> Period:
    return Period(_at(here.date()), here, f"today, {here.date()}")


def _yesterday(here: datetime) -> Period:
    day = here.date() - timedelta(days=1)
    return _day(day, here, f"yesterday, {day}")


def _night(here: datetime) -> Period:
    """From the evening before to this morning, or to now where it is still night."""
    evening = datetime.combine(here.date() - timedelta(days=1), EVENING, NEW_YORK)
    morning = datetime.combine(here.date(), MORNING, NEW_YORK)
    return Period(evening, min(here, morning), f"last night, since {evening:%Y-%m-%d %H:%M}")


def _noon(here: datetime) -> Period:
    noon = datetime.combine(here.date(), time(12), NEW_YORK)
    noon = noon if noon <= here else noon - timedelta(days=1)
    return Period(noon, here, f"since noon, {noon.date()}")


def _weekend(here: datetime) -> Period:
    saturday = here.date() - timedelta(days=(here.weekday() - 5) % 7)
    return Period(_at(saturday), min(here, _at(saturday + timedelta(days=2))), f"at the weekend of {saturday}")


def _this_week(here: datetime) -> Period:
    monday = here.date() - timedelta(days=here.weekday())
    return Period(_at(monday), here, f"this week, since {monday}")


def _last_week(here: datetime) -> Period:
    monday = here.date() - timedelta(days=here.weekday())
    return Period(_at(monday - timedelta(days=7)), _at(monday), f"last week, from {monday - timedelta(days=7)}")


def _this_month(here: datetime) -> Period:
    first = here.date().replace(day=1)
    return Period(_at(first), here, f"this month, since {first}")


def _last_month(here: datetime) -> Period:
    this = here.date().replace(day=1)
    first = (this - timedelta(days=1)).replace(day=1)
    return Period(_at(first), _at(this), f"last month, from {first}")


def _day(day: date, here: datetime, said: str) -> Period:
    return Period(_at(day), min(here, _at(day + timedelta(days=1))), said)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK)


SPANS: tuple[tuple[str, Callable[[datetime], Period]], ...] = (
    ("last night(?:'s)?|overnight|over night|while i slept|this night", _night),
    ("yesterday(?:'s)?", _yesterday),
    ("today(?:'s)?|since midnight|this morning|tonight|so far", _today),
    ("since noon|since lunch|this afternoon", _noon),
    ("weekend", _weekend),
    ("this week(?:'s)?|of the week", _this_week),
    ("(?:last|previous) week(?:'s)?", _last_week),
    ("this month(?:'s)?|of the month", _this_month),
    ("(?:last|previous) month(?:'s)?", _last_month),
)
