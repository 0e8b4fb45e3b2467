"""One worker: takes accepted runs, oldest first, and carries each to its end as the command line would."""

import random
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from chaos import workflow
from chaos.journal import Journal, World
from chaos.points import Points, watch
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.runtime import RunControl
from psycopg import OperationalError
from psycopg_pool import PoolTimeout
from sqlalchemy import text

from checkpoints.database import Database, open_database
from checkpoints.fence import LeaseLost
from checkpoints.runs import Run, accept, find_run
from checkpoints.saver import open_saver, serializer
from graph.compiled import DurableGraph
from graph.errors import Busy, Unavailable
from graph.progress import Parked, steps
from graph.settings import Settings
from tools.deps import Deps

OPEN_RUNS = text("SELECT request_id FROM runs WHERE status = 'accepted' ORDER BY accepted_at")
AWAY = (Unavailable, OperationalError, PoolTimeout)
"""What a worker meets while the database is away; it asks again."""


@dataclass(frozen=True)
class Orders:
    """What a worker is told; plain values, because they travel as JSON."""

    folder: str
    database_url: str | None
    data_dir: str
    lease_s: float
    seed: int
    pace_s: float
    kill_at: str = ""
    kill_with: str = "SIGKILL"
    has_fence: bool = True
    has_effects: bool = True

    @property
    def settings(self) -> Settings:
        return Settings(database_url=self.database_url, data_dir=Path(self.data_dir), lease_s=self.lease_s)

    @property
    def journal(self) -> Journal:
        return Journal(Path(self.folder, "journal.jsonl"))


def work(**orders: Any) -> None:
    """Work until the file `over` is there and nothing is left to do. Whatever escapes is a line in the journal."""
    ordered = Orders(**orders)
    try:
        _work(ordered)
    except Exception:
        ordered.journal.write("crash", error=traceback.format_exc())
        raise


def accept_and_run(**orders: Any) -> None:
    """Accept one request, acknowledge, carry it out, acknowledge."""
    ordered = Orders(**orders)
    with _opened(ordered) as graph:
        thread = request_thread(ordered.journal, graph.deps.database())
        for run in _open_runs(graph.deps.database()):
            if run.thread_id == thread:
                _carry(graph, run, ordered)


def settle(**orders: Any) -> None:
    """Go once through every thread that ever was, as the next request in it would."""
    ordered = Orders(**orders)
    ordered.journal.write("settling")
    with _opened(ordered) as graph:
        for line in ordered.journal.lines("accepted"):
            if run := find_run(graph.deps.database(), line["request"]):
                for _ in steps(graph, run, None, RunControl()):
                    continue


def open_only(**orders: Any) -> None:
    """Open the database and say so: the first thing every command does."""
    ordered = Orders(**orders)
    with closing(open_database(ordered.settings)) as database, database.begin() as connection:
        ordered.journal.write("opened", threads=connection.execute(text("SELECT count(*) FROM threads")).scalar())


def command(words: list[str], kill_at: str, folder: str) -> None:
    """Run `magnus WORDS` in this process, which may be told to die at some point of it."""
    import sys

    from apps.cli.main import main

    watch(Points(kill_at, Journal(Path(folder, "journal.jsonl"))))
    sys.argv = ["magnus", *words]
    main()


def request_thread(journal: Journal, database: Database) -> str:
    """Accept a new request; its thread."""
    thread, request_id = str(uuid4()), str(uuid4())
    accept(database, {"request_id": request_id, "priority": "medium"}, thread, "sample", datetime.now(UTC))
    journal.write("accepted", thread=thread, request=request_id)
    return thread


def _work(orders: Orders) -> None:
    random.seed(orders.seed)
    over = Path(orders.folder, "over")
    with _opened(orders) as graph:
        while True:
            was_over = over.exists()
            try:
                worked = any(_carry(graph, run, orders) for run in _open_runs(graph.deps.database()))
            except AWAY as error:
                orders.journal.write("away", error=str(error))
                time.sleep(0.1)
                continue
            if not worked:
                if was_over and not any(_open_runs(graph.deps.database())):
                    return
                time.sleep(0.02)


def _carry(graph: DurableGraph, run: Run, orders: Orders) -> bool:
    """Whether the run could be carried on; it is acknowledged only after it is durable."""
    try:
        for _ in steps(graph, run, None, RunControl()):
            continue
    except LeaseLost:
        orders.journal.write("lost", thread=run.thread_id)
        return False
    except (Busy, Parked):
        return False
    if (kept := find_run(graph.deps.database(), run.request_id)) and kept.is_finished:
        orders.journal.write("acknowledged", thread=run.thread_id, request=run.request_id)
        points_of(graph).reach("acknowledged")
    return True


def points_of(graph: DurableGraph) -> Points:
    """The points of this process; the graph carries them because its nodes reach them."""
    return graph.points


def _open_runs(database: Database) -> Iterator[Run]:
    """Oldest first, each looked up again when it is its turn."""
    with database.begin() as connection:
        found = [str(row.request_id) for row in connection.execute(OPEN_RUNS)]
    for one in found:
        if (run := find_run(database, one)) and run.status == "accepted":
            yield run


@contextmanager
def _opened(orders: Orders) -> Iterator[DurableGraph]:
    points = Points(orders.kill_at, orders.journal, signal.Signals[orders.kill_with])
    watch(points)
    with closing(_patiently_opened(orders.settings)) as database, _saver(database, orders.has_fence) as saver:
        deps = Deps(lambda: orders.settings, lambda: database, _no_market, lambda: datetime.now(UTC))
        stage = workflow.Stage(
            deps,
            World(Path(orders.folder)),
            orders.journal,
            points,
            orders.pace_s,
            has_effects=orders.has_effects,
            has_fence=orders.has_fence,
        )
        graph = workflow.build(stage, saver)
        graph.points = points
        orders.journal.write("ready")
        yield graph


def _patiently_opened(settings: Settings) -> Database:
    while True:
        try:
            return open_database(settings)
        except AWAY:
            time.sleep(0.1)


@contextmanager
def _saver(database: Database, has_fence: bool) -> Iterator[PostgresSaver]:
    with open_saver(database) as fenced:
        yield fenced if has_fence else PostgresSaver(fenced.pool, serde=serializer())


def _no_market(source: str) -> Any:
    raise AssertionError(f"nobody asked for the {source} market")
