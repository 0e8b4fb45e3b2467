"""What a model call costs: a table of prices with its date, which a person can replace by one of their own."""

import csv
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from graph.errors import BadInput

OURS = Path(__file__).with_name("prices.csv")
COLUMNS = ("model", "since", "input", "output", "cache_write", "cache_read", "long_from", "long_times")
MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens of a model, `long_times` as much where a prompt has more than `long_from`."""

    model: str
    since: str
    input: Decimal
    output: Decimal
    cache_write: Decimal
    cache_read: Decimal
    long_from: int | None
    long_times: Decimal

    def usd(self, input_tokens: int, output_tokens: int, cache_read: int = 0, cache_write: int = 0) -> Decimal:
        """What a call costs; `input_tokens` are all of the prompt, with what the cache read and wrote of it."""
        plain = max(0, input_tokens - cache_read - cache_write)
        parts = (plain, output_tokens, cache_read, cache_write)
        rates = (self.input, self.output, self.cache_read, self.cache_write)
        once = sum((tokens * rate for tokens, rate in zip(parts, rates, strict=True)), Decimal(0)) / MILLION
        is_long = self.long_from is not None and input_tokens > self.long_from
        return once * self.long_times if is_long else once


def price_of(model: str, file: Path | None = None) -> Price:
    """The price of a model by the longest name in the table that begins its own; an unknown one costs the highest.

    >>> f'{price_of("anthropic:claude-sonnet-5-5").usd(1_000_000, 100_000):.2f}'
    '3.00'
    """
    name = model.partition(":")[2] or model
    prices = _table(file or OURS)
    fitting = [price for price in prices if name.startswith(price.model)]
    if fitting:
        return max(fitting, key=lambda price: len(price.model))
    return max(prices, key=lambda price: price.output)


@cache
def _table(file: Path) -> tuple[Price, ...]:
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        prices = tuple(_price(row) for row in rows)
    except (OSError, KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise BadInput(f"The prices in {file} cannot be read: a row needs {', '.join(COLUMNS)}.") from error
    if not prices:
        raise BadInput(f"There is no price in {file}: a row needs {', '.join(COLUMNS)}.")
    return prices


def _price(row: dict[str, str]) -> Price:
    rates = {name: Decimal(row[name]) for name in ("input", "output", "cache_write", "cache_read")}
    if any(not rate.is_finite() or rate < 0 for rate in rates.values()):
        raise ValueError(row["model"])
    long_from = int(row["long_from"]) if row["long_from"] else None
    long_times = Decimal(row["long_times"] or 1)
    return Price(model=row["model"], since=row["since"], **rates, long_from=long_from, long_times=long_times)
