"""Results that depend on a git tree and on nothing that changes: looked up instead of computed again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from checkpoints.database import Database
from checkpoints.evidence_tables import tree_results

Json = dict[str, Any]
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True)
class TreeResults:
    """The results of one project. A key names the tree, what was looked at, and with which versions of which tools."""

    database: Database
    project: str
    now: datetime

    def get(self, key: str) -> Json | None:
        """The result, or None where there is none, or where it is older than a month."""
        kept = (tree_results.c.project == self.project) & (tree_results.c.key == key)
        query = select(tree_results.c.value).where(kept, tree_results.c.at > self.now - KEPT_FOR)
        with self.database.begin() as connection:
            found: Json | None = connection.execute(query).scalar_one_or_none()
            return found

    def put(self, key: str, value: Json) -> None:
        """Keep a result in the place of an earlier one; those of any project that are too old go."""
        row = {"project": self.project, "key": key, "value": value, "at": self.now}
        kept = insert(tree_results).values(row)
        with self.database.begin() as connection:
            connection.execute(
                kept.on_conflict_do_update(index_elements=["project", "key"], set_={"value": value, "at": self.now})
            )
            connection.execute(delete(tree_results).where(tree_results.c.at <= self.now - KEPT_FOR))
