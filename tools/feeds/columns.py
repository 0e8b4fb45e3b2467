"""Rows of a CSV whose columns bear yfinance's names, whichever way they are spelled."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from graph.errors import BadInput

Row = dict[str, object]
"""One contract as its file wrote it, by the snake-case name of the column."""

NEEDED = {"contract_symbol": "contractSymbol", "strike": "strike", "bid": "bid", "ask": "ask"}
WELCOME = {
    "last_trade_date": "lastTradeDate",
    "last_price": "lastPrice",
    "volume": "volume",
    "open_interest": "openInterest",
}
SYNONYMS = {
    "expiry": "expiration",
    "expire_date": "expiration",
    "expiration_date": "expiration",
    "type": "option_type",
}


@lru_cache(maxsize=1000)
def column_name(heading: str) -> str:
    """The one name a column has here: `contractSymbol`, `Contract Symbol` and `contract_symbol` are the same.

    >>> column_name("contractSymbol"), column_name(" Open Interest"), column_name("expiry")
    ('contract_symbol', 'open_interest', 'expiration')
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s_]+", "_", heading.strip()).lower()
    return SYNONYMS.get(words, words)


def read_rows(text: str, name: str) -> Iterator[Row]:
    """Each contract of the CSV; raises BadInput where the file is not a whole table."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = _columns(next(lines), name)
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(columns):
                raise BadInput(
                    f"Line {lines.line_num} of {name} has {len(cells)} cells where the header has {len(columns)}: "
                    "the file was cut off or edited, so export it again."
                )
            yield dict(zip(columns, cells, strict=True))
    except csv.Error as error:
        raise BadInput(f"Line {lines.line_num} of {name} is not CSV ({error}): export the file again.") from error


def _columns(headings: Sequence[str], name: str) -> list[str]:
    columns = [column_name(heading) for heading in headings]
    if missing := [theirs for ours, theirs in NEEDED.items() if ours not in columns]:
        raise BadInput(
            f"{name} has no column {_listed(missing)}: give a CSV whose first line has yfinance's names "
            "(contractSymbol, strike, bid, ask, ...) or a raw Yahoo options body in JSON."
        )
    if twice := [theirs for ours, theirs in (NEEDED | WELCOME).items() if columns.count(ours) > 1]:
        raise BadInput(f"{name} has more than one column {_listed(twice)}: keep one of each.")
    return columns


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
