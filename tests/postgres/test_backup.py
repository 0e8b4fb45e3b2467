"""A backup that comes back whole, and pruning that keeps what matters."""

from pathlib import Path
from uuid import uuid4

import pytest

from checkpoints.backup import back_up, restore
from checkpoints.database import Database, open_database
from checkpoints.runs import runs_of
from graph.errors import BadInput
from graph.master import open_graph
from graph.settings import Settings

PROMPT = {"prompt": "Find me high-premium opportunities under $30"}


def ask(settings: Settings, thread: str) -> dict[str, object]:
    with open_graph(settings) as graph:
        request = {"request": {**PROMPT, "request_id": str(uuid4())}}
        return graph.invoke(request, {"configurable": {"thread_id": thread}})["response"]


def test_what_was_stored_comes_back(settings: Settings, database: Database, tmp_path: Path) -> None:
    kept = ask(settings, "kept")
    assert back_up(database, tmp_path / "magnus.dump") > 1000
    ask(settings, "made after the backup")
    restore(database, tmp_path / "magnus.dump")
    fresh = open_database(settings)
    assert runs_of(fresh, "kept")[0].response == kept
    assert runs_of(fresh, "made after the backup") == []
    fresh.close()
    with open_graph(settings) as graph:
        assert graph.get_state({"configurable": {"thread_id": "kept"}}).values["response"] == kept


def test_a_file_that_is_no_backup_changes_nothing(settings: Settings, database: Database, tmp_path: Path) -> None:
    kept = ask(settings, "kept")
    (tmp_path / "broken.dump").write_bytes(b"not a dump at all")
    with pytest.raises(BadInput, match="Nothing was changed"):
        restore(database, tmp_path / "broken.dump")
    assert runs_of(database, "kept")[0].response == kept


def test_a_backup_that_cannot_be_written_leaves_no_file(database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nowhere"):
        back_up(database, tmp_path / "nowhere" / "magnus.dump")
