"""Recorded option chains: one row a symbol and moment, the contracts packed."""

import io
import json
import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from checkpoints.database import Database
from checkpoints.tables import chains

Json = dict[str, Any]

COPY = """
COPY (SELECT DISTINCT ON (symbol) as_of, spot, symbol, stock::text, quotes FROM chains
WHERE %s OR symbol = ANY (%s) ORDER BY symbol, as_of DESC) TO STDOUT (FORMAT binary)
"""
"""The binary form of COPY brings bytes as they are, where a query writes them as twice as many letters."""
COPY_HEADER_BYTES = 19
COUNT, LENGTH, START = struct.Struct(">h"), struct.Struct(">i"), struct.Struct(">2x4xq4xd")
POSTGRES_ZERO = datetime(2000, 1, 1, tzinfo=UTC)


class Packed(NamedTuple):
    """A recorded chain, its contracts still packed."""

    as_of: datetime
    spot: float
    symbol: str
    stock: Json
    quotes: memoryview


def save_chain(database: Database, chain: Json) -> bool:
    """Keep a chain, over an earlier one of the same symbol and moment; True where it is the first."""
    statement = insert(chains).values(chain)
    known = select(chains.c.id).where(chains.c.symbol == chain["symbol"], chains.c.as_of == chain["as_of"])
    with database.begin() as connection:
        is_first = connection.execute(known).first() is None
        connection.execute(statement.on_conflict_do_update(index_elements=["symbol", "as_of"], set_=chain))
        return is_first


def newest_chains(database: Database) -> dict[str, datetime]:
    """Each recorded symbol and the moment of its newest chain."""
    query = select(chains.c.symbol, chains.c.as_of).ext(distinct_on(chains.c.symbol))
    with database.begin() as connection:
        rows = connection.execute(query.order_by(chains.c.symbol, chains.c.as_of.desc())).all()
    return {row.symbol: row.as_of for row in rows}


def load_newest(database: Database, symbols: Sequence[str] = ()) -> list[Packed]:
    """The newest chains of these symbols, or of all, in one reading; what is not recorded is left out."""
    received = io.BytesIO()
    with database.begin() as connection:
        cursor = connection.connection.cursor()
        cursor.copy_expert(cursor.mogrify(COPY, (not symbols, list(symbols))), received)
    rows = list(_rows(received.getbuffer()))
    stocks = json.loads(b"[" + b",".join([texts[1] for _, _, texts in rows]) + b"]")
    moments = {since: POSTGRES_ZERO + timedelta(microseconds=since) for since, _, _ in rows}
    return [
        Packed(moments[since], spot, str(symbol, "utf-8"), stock, quotes)
        for (since, spot, (symbol, _, quotes)), stock in zip(rows, stocks, strict=True)
    ]


def _rows(copied: memoryview) -> Iterator[tuple[int, float, list[memoryview]]]:
    """Moment, spot and the three longer fields of each chain. Each field comes after its length in four bytes."""
    at = COPY_HEADER_BYTES
    while COUNT.unpack_from(copied, at)[0] > 0:
        since, spot = START.unpack_from(copied, at)
        at += START.size
        texts = []
        for _ in range(3):
            start = at + LENGTH.size
            at = start + LENGTH.unpack_from(copied, at)[0]
            texts.append(copied[start:at])
        yield since, spot, texts
