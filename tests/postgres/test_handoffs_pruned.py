"""Files of handoffs go with the thread they belong to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from checkpoints.database import open_database
from checkpoints.retention import prune
from checkpoints.runs import accept, finish
from graph.settings import Settings


def test_the_handoffs_of_a_thread_go_when_it_does_and_not_before(settings: Settings, tmp_path: Path) -> None:
    now, request_id = datetime.now(UTC), str(uuid4())
    database = open_database(settings.model_copy(update={"data_dir": tmp_path}))
    accept(database, {"request_id": request_id, "priority": "medium"}, "old", "sample", now)
    finish(database, {"request_id": request_id, "status": "success"}, now, None)
    for name in (request_id, "another"):
        (tmp_path / "handoffs" / name / "01-qa").mkdir(parents=True)
    assert prune(database, now + timedelta(days=30)).deleted == 0
    assert (tmp_path / "handoffs" / request_id).exists()
    assert prune(database, now + timedelta(days=366)).deleted == 1
    assert [path.name for path in (tmp_path / "handoffs").iterdir()] == ["another"]
    database.close()
