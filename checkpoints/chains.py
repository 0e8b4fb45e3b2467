"""Recorded option chains: one row a symbol and moment, the contracts packed."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from checkpoints.database import Database
from checkpoints.tables import chains

Json = dict[str, Any]


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
        rows = connection.execute(query.order_by(chains.c.symbol, chains.c.as_of.desc())).tuples()
        return dict(rows.all())


def load_chain(database: Database, symbol: str, as_of: datetime) -> Json:
    """One recorded chain, still packed; raises KeyError where there is none."""
    query = select(chains).where(chains.c.symbol == symbol, chains.c.as_of == as_of)
    with database.begin() as connection:
        row = connection.execute(query).mappings().first()
    if row is None:
        raise KeyError(symbol)
    return dict(row)
