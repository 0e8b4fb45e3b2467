"""What the words of a trading sentence say beside its slots: numbers with their neighbours, months, lengths of time."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from tools.routing.dates import MONTHS, Dated, blanked
from tools.routing.numbers import fold_numbers
from tools.routing.slots import parse_slots
from tools.routing.tokens import Token, tokenize
from trading.contracts import OptionType
from trading.listing import ExpiryWish

TYPES: dict[str, OptionType] = {
    **dict.fromkeys(("put", "puts", "p", "csp", "csps"), "put"),
    **dict.fromkeys(("call", "calls", "c", "cc", "ccs"), "call"),
}
GLUED_TYPES = ("p", "c")
DAY_OF_MONTH = re.compile(r"\d{1,2}(?!\d)")
MONTH_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
MONTH = re.compile(rf"\b(?:in|for|the|of|on|-|,)?\s*({MONTH_NAMES})\b", re.I)
DOUBTFUL = ("may", "mar")
TRADING_DAYS = {"day": 1, "session": 1, "week": 5, "month": 21, "quarter": 63, "year": 252}
SPAN = re.compile(
    r"\b(?:(\d+|an?|one|two|three|four|five|six|past|last|previous)\s+)(day|session|week|month|quarter|year)s?\b"
)
COUNTED = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
COUNTING = frozenset(
    ("sell", "selling", "write", "writing", "short", "shorting", "open", "opening", "add", "adding", "take", "taking")
)
MOST_LOTS = 50
NAME_WORDS = 4
THEM = "its?|it's|their|they|them|this|that|that one|same"
YEAR_TO_DATE = re.compile(r"\bytd\b|year to date|since (?:the )?(?:start|beginning) of the year|this year")


@dataclass(frozen=True)
class Words:
    """A sentence, made ready once; `today` is the New York date of the quotes it is about."""

    text: str
    today: date

    @cached_property
    def low(self) -> str:
        return " ".join(self.text.lower().replace("-", " ").replace("’", "'").split())

    @cached_property
    def _undated(self) -> tuple[str, list[Dated]]:
        return blanked(self.text)

    @cached_property
    def tokens(self) -> list[Token]:
        """Its pieces with numbers read and dates taken out."""
        return fold_numbers(tokenize(self._undated[0]))

    @cached_property
    def slots(self) -> dict[str, Any]:
        return parse_slots(self.text)

    def at(self, place: int) -> str:
        """The lower-case piece at a place, empty outside the sentence."""
        return self.tokens[place].low if 0 <= place < len(self.tokens) else ""

    def has(self, pattern: str) -> bool:
        return re.search(rf"\b(?:{pattern})\b", self.low) is not None

    def option_type(self) -> OptionType | None:
        """Put or call where exactly one of them is named."""
        named = {TYPES[token.low] for token in self.tokens if token.low in TYPES and token.low not in GLUED_TYPES}
        strike = self.strike_place()
        if strike is not None and self.at(strike + 1) in TYPES:
            return TYPES[self.at(strike + 1)]
        return named.pop() if len(named) == 1 else None

    def strike_place(self) -> int | None:
        """Where the strike stands: `60 put`, `57.5p`, `strike 60`, `the 60 strike`; a count of contracts is none."""
        for place, token in enumerate(self.tokens):
            if token.value is None or token.value <= 0:
                continue
            if "strike" in (self.at(place - 1), self.at(place + 1), self.at(place - 2)) or self._names_option(place):
                return place
        return None

    def strike(self) -> float | None:
        """Dollars."""
        place = self.strike_place()
        return None if place is None else self.tokens[place].value

    def count(self) -> int | None:
        """How many contracts: `5 KO 60 puts`, `sell 2 puts`, `3 contracts`, `x2`."""
        strike = self.strike_place()
        for place, token in enumerate(self.tokens):
            if place == strike or token.value is None or token.value != int(token.value) or not 0 < token.value < 1000:
                continue
            if self._counts(place, strike):
                return int(token.value)
        return None

    def expiry(self) -> ExpiryWish:
        """The day, the month or the length of time that was named; a day without a year is its next one."""
        if isinstance(full := self.slots.get("expiry"), str):
            return ExpiryWish(day=date.fromisoformat(full))
        for found in self._undated[1]:
            if found.day is None and (wish := self._part_of_a_date(self.text[found.start : found.end])).is_stated:
                return wish
        for match in MONTH.finditer(self.text):
            if self._is_month(match):
                return ExpiryWish(month=self._next(MONTHS[match.group(1).lower()]))
        bounds = [value for name in ("min_dte", "max_dte") if isinstance(value := self.slots.get(name), int)]
        return ExpiryWish(days=sum(bounds) // len(bounds)) if bounds else ExpiryWish()

    def look_back_days(self) -> int | None:
        """Trading days of the past that were named: a week is 5, a month 21, a year 252."""
        if YEAR_TO_DATE.search(self.low):
            return max(1, round((self.today - date(self.today.year, 1, 1)).days * 252 / 365))
        folded = " ".join(token.low for token in self.tokens)
        for number, unit in SPAN.findall(folded):
            how_many = COUNTED.get(number) or (int(number) if number.isdigit() else 1)
            return max(1, how_many * TRADING_DAYS[unit])
        return None

    def percents(self) -> Iterator[tuple[int, float]]:
        """Each place with a percentage, and it as a signed fraction."""
        for place, token in enumerate(self.tokens):
            if token.value is not None and self.at(place + 1) in ("%", "percent", "pct"):
                yield place, token.value / 100

    def days_ahead(self) -> tuple[int, int] | None:
        """The first and the last day of the coming time that was named, in days from today."""
        to_sunday = 6 - self.today.weekday()
        month_end = (_month_start(self.today, 1) - self.today).days
        spans = {
            "today": (0, 0),
            "tomorrow": (1, 1),
            "this week": (0, to_sunday),
            "next week": (to_sunday + 1, to_sunday + 7),
            "this month": (0, month_end - 1),
            "next month": (month_end, (_month_start(self.today, 2) - self.today).days - 1),
        }
        return next((days for said, days in spans.items() if said in self.low), None)

    def symbols(self, slots: Mapping[str, Any], earlier: Mapping[str, Any]) -> tuple[str, ...]:
        """The stocks that are named, else, where "its" or "they" stands for them, those of the thread."""
        given = slots.get("symbols") or slots.get("symbol") or self.slots.get("symbols")
        if not given and self.has(THEM):
            given = earlier.get("symbols")
        return (given,) if isinstance(given, str) else tuple(given or ())

    def has_bare_number(self) -> bool:
        """Whether there is a number that is no percentage."""
        shares = {place for place, _ in self.percents()}
        return any(token.value is not None and place not in shares for place, token in enumerate(self.tokens))

    def _names_option(self, place: int) -> bool:
        follows = self.at(place + 1)
        if follows not in TYPES or (follows in GLUED_TYPES and not self.tokens[place + 1].glued):
            return False
        return not (follows.endswith("s") and self._is_told_by_a_verb(place))

    def _is_told_by_a_verb(self, place: int) -> bool:
        return self.at(place - 1) in COUNTING and (self.tokens[place].value or 0) <= MOST_LOTS

    def _counts(self, place: int, strike: int | None) -> bool:
        follows = self.at(place + 1)
        if follows in ("contract", "contracts", "lot", "lots", "x") or self.at(place - 1) == "x":
            return True
        if follows in ("%", "percent", "dte", "delta", "day", "days", "week", "weeks", "month", "months", "k", "$"):
            return False
        if self.at(place - 1) == "$":
            return False
        if strike is not None and 0 < strike - place <= NAME_WORDS:
            return True
        ahead = [self.at(place + step) for step in range(1, NAME_WORDS + 1)]
        return self._is_told_by_a_verb(place) and any(word in TYPES for word in ahead)

    def _part_of_a_date(self, said: str) -> ExpiryWish:
        """As in "Dec 19", "the 20th of March", "january 2027", "the 20th"."""
        months = [MONTHS[name.lower()] for name in re.findall(r"[A-Za-z]+", said) if name.lower() in MONTHS]
        years = [int(year) for year in re.findall(r"20\d\d", said)]
        days = [int(day) for day in DAY_OF_MONTH.findall(re.sub(r"20\d\d", "", said)) if 0 < int(day) <= 31]
        if not months:
            return ExpiryWish()
        if years:
            return ExpiryWish(month=(years[0], months[0]))
        if not days:
            return ExpiryWish(month=self._next(months[0]))
        return self._day(months[0], days[0])

    def _day(self, month: int, day: int) -> ExpiryWish:
        for year in (self.today.year, self.today.year + 1):
            try:
                meant = date(year, month, day)
            except ValueError:
                return ExpiryWish(month=self._next(month))
            if meant >= self.today:
                return ExpiryWish(day=meant)
        return ExpiryWish(month=self._next(month))

    def _next(self, month: int) -> tuple[int, int]:
        return (self.today.year + (month < self.today.month), month)

    def _is_month(self, match: re.Match[str]) -> bool:
        name = match.group(1)
        return name.lower() not in DOUBTFUL or (name[0].isupper() and match.start(1) > 0)


def _month_start(today: date, ahead: int) -> date:
    months = today.year * 12 + today.month - 1 + ahead
    return date(months // 12, months % 12 + 1, 1)
