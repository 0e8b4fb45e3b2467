"""Everything a database holds as one text, to look for what must not be in it."""

import zlib
from typing import Any

from sqlalchemy import inspect

from checkpoints.database import Database


def everything_in(database: Database) -> str:
    """Each value of each row of each table; bytes are read as they are, and uncompressed where they are compressed."""
    tables = inspect(database.engine).get_table_names()
    with database.begin() as connection:
        rows = [row for table in tables for row in connection.exec_driver_sql(f'SELECT * FROM "{table}"')]
    return "\n".join(_told(value) for row in rows for value in row)


def _told(value: Any) -> str:
    if not isinstance(value, bytes | memoryview):
        return str(value)
    data = bytes(value)
    try:
        data += zlib.decompress(data)
    except zlib.error:
        return data.decode(errors="replace")
    return data.decode(errors="replace")
