"""Calendar dates in a sentence: a full one is an expiry, a part of one is nothing."""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun",
            "july jul", "august aug", "september sept sep", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = r"(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_YEAR = r"(?:,?\s*'?(?P<year>20\d\d|\d\d)\b(?!\s*(?:%|delta|dte|days?|weeks?|months?|k\b|\$)))"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_FULL = (
    r"\b(?P<year>20\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})\b",
    r"(?<![\d/])(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>20\d\d|\d\d)(?![\d/])",
    r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>20\d\d|\d\d)(?!\d)",
    r"(?<![\d-])(?P<month>\d{1,2})-(?P<day>\d{1,2})-(?P<year>20\d\d)(?!\d)",
    rf"\b{_MONTH}\s*(?:the\s+)?{_DAY}\b{_YEAR}",
    rf"\b{_DAY}\.?\s*-?\s*(?:of\s+)?{_MONTH}\s*-?(?:of\s+)?{_YEAR}",
)
_NAMED = f"(?:{'|'.join(sorted(MONTHS.keys() - {'may', 'mar'}, key=len, reverse=True))})"
_NO_AMOUNT = r"(?!\s*(?:%|delta|dte|days?|weeks?|months?|k\b|\$|[.,]\d))"
_PARTIAL = (
    rf"\b(?:{_NAMED}|may|mar)\b\.?,?\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\b{_NO_AMOUNT}",
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?:{_NAMED}|may)\b",
    rf"\b(?:{_NAMED}|may)\b\.?\s*(?:of\s+)?'?(?:20\d\d|'\d\d)\b",
    r"\b(?:in|of|by|since|until|for|through)\s+20[2-4]\d\b",
    r"\b20[2-4]\d\s+(?:leaps?|expir\w+)",
    r"\bthe\s+\d{1,2}(?:st|nd|rd|th)\b",
    r"\b(?:expir\w+|exp|on|by|before|until|for)\s+\d{1,2}/\d{1,2}\b(?!\s*(?:delta|dte|d\b|%))",
    r"\b(?:0?\d|1[0-2])/(?:[0-2]?\d|3[01])(?=\s+(?:expir\w+|exp\b|calls?\b|puts?\b|csps?\b))",
    r"\b\d{1,2}\.\d{1,2}\.(?!\d)",
)
MARK = "§"
FULL = tuple(re.compile(pattern, re.I) for pattern in _FULL)
PARTIAL = tuple(re.compile(pattern, re.I) for pattern in _PARTIAL)


class Dated(NamedTuple):
    """A stretch of the sentence that is a date; `day` is None when the year or the day is missing."""

    start: int
    end: int
    day: date | None


def find_dates(sentence: str) -> Iterator[Dated]:
    """Full dates first, then what looks like a part of one."""
    if not any(character.isdigit() for character in sentence):
        return
    taken: list[tuple[int, int]] = []
    for pattern in (*FULL, *PARTIAL):
        for match in pattern.finditer(sentence):
            if all(match.end() <= start or match.start() >= end for start, end in taken):
                taken.append(match.span())
                yield Dated(*match.span(), _day(match.groupdict()))


def blanked(sentence: str) -> tuple[str, list[Dated]]:
    """The sentence with a mark in place of each date, and the dates in their order."""
    dates = sorted(find_dates(sentence))
    for found in dates:
        sentence = sentence[: found.start] + MARK.ljust(found.end - found.start) + sentence[found.end :]
    return sentence, dates


def _day(parts: dict[str, str]) -> date | None:
    if "year" not in parts:
        return None
    month = parts["month"].lower().rstrip(".")
    year = int(parts["year"])
    try:
        return date(year + 2000 if year < 100 else year, MONTHS.get(month) or int(month), int(parts["day"]))
    except ValueError:
        return None
