"""What was asked for on a project before: for an agent who studies it, and for a person where there is no model."""

from collections.abc import Iterator
from pathlib import Path

from checkpoints.database import Database
from checkpoints.project_runs import runs_on_project
from tools.agents.kit import Json, Past, clipped
from tools.agents.wording import in_a_line

QUESTION = "answer_question"
MOST = 50
SHOWN = 10
LONGEST = 500
NOTHING = "Nothing is known of an earlier request on this project."


def past_of(database: Database, project: Path, request_id: str) -> Past:
    """The function behind the tool `past_runs` for those at work on a request."""

    def past(words: str, most: int) -> str:
        rows = runs_on_project(database, _names(project), request_id, words.strip(), max(1, min(most, MOST)))
        return "\n".join(line for row in rows for line in _lines(_told(row))) or NOTHING

    return past


def known_without_model(database: Database, task: Json, task_type: str) -> Json:
    """What the database can say to a question while no model answers it; nothing to any other request."""
    if task_type != QUESTION:
        return {}
    names = _names(Path(task["project"]).expanduser())
    return {"known": [_told(row) for row in runs_on_project(database, names, task["request_id"], most=SHOWN)]}


def _names(project: Path) -> list[str]:
    """What people may have called its folder."""
    return [str(project), str(project.resolve())]


def _told(row: Json) -> Json:
    """A request of the past as plain data."""
    words = {name: clipped(in_a_line(row[name] or ""), LONGEST) for name in ("wish", "error", "summary")}
    return {**row, "at": row["at"].isoformat(), **words}


def _lines(one: Json) -> Iterator[str]:
    yield f"{one['at'][:16]} {', '.join(filter(None, (one['task_type'], one['ended'])))}: {one['wish']}"
    for name in ("summary", "error", "branch"):
        if one[name]:
            yield f"  {name}: {one[name]}"
