"""Large things beside the state: kept once by their content, compressed; the state holds the digest."""

import json
import zlib
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from checkpoints.database import Database
from checkpoints.tables import artifacts


def keep(database: Database, thread_id: str, thing: Any) -> str:
    """Keep a JSON value for a thread; returns the digest by which it is found again."""
    text = json.dumps(thing, sort_keys=True, separators=(",", ":")).encode()
    digest = sha256(text).hexdigest()
    row = {"thread_id": thread_id, "digest": digest, "content": zlib.compress(text), "size": len(text)}
    with database.begin() as connection:
        connection.execute(insert(artifacts).values(row).on_conflict_do_nothing())
    return digest


def fetch(database: Database, thread_id: str, digest: str) -> Any:
    """The value; raises KeyError where there is none, and ValueError where it is not what was kept."""
    query = select(artifacts.c.content).where(artifacts.c.thread_id == thread_id, artifacts.c.digest == digest)
    with database.begin() as connection:
        content = connection.execute(query).scalar_one_or_none()
    if content is None:
        raise KeyError(digest)
    text = zlib.decompress(content)
    if sha256(text).hexdigest() != digest:
        raise ValueError(f"artifact {digest} is damaged")
    return json.loads(text)
