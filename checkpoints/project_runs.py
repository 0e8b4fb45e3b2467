"""What was asked for on one project before, and what came of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from checkpoints.database import Database
from checkpoints.past import ENDED

Json = dict[str, Any]

ON_PROJECT = text(
    "SELECT past.thread_id, past.wish, past.task_type, past.at, past.ended, past.error,"
    " runs.response #>> '{result,branch}' AS branch,"
    " runs.response #>> '{result,handoffs,-1,context,summary}' AS summary"
    f" FROM ({ENDED}) AS past JOIN runs USING (request_id)"
    " WHERE runs.request->>'project' = ANY(CAST(:projects AS text[]))"
    " AND strpos(lower(concat_ws(' ', past.wish, runs.response::text)), lower(:words)) > 0"
    " ORDER BY past.at DESC, past.request_id LIMIT :most"
)


def runs_on_project(
    database: Database, projects: Sequence[str], besides: str, words: str = "", most: int = 10
) -> list[Json]:
    """Requests on a project, the newest first: those that have these words in wish or answer; not the one `besides`.

    `projects` are the names by which people called its folder.
    """
    values = {"besides": besides, "thread": "", "lease": database.settings.lease_s}
    with database.begin() as connection:
        found = connection.execute(
            ON_PROJECT, {**values, "projects": list(projects), "words": words, "most": most}
        ).mappings()
        return [dict(row) for row in found]
