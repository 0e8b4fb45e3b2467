"""A trial: a database, a folder, three workers at a time, and dice by which they are disturbed the same way again."""

import json
import os
import random
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from chaos.checker import Violation, violations_in
from chaos.journal import Journal, Line
from chaos.worker import Orders, request_thread
from sqlalchemy import text

from checkpoints.database import Database, open_database
from checkpoints.runs import unpark
from checkpoints.saver import open_saver
from graph.settings import Settings

ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get("CHAOS_SEED", "20261121"))
WORKERS = 3
OWNED = text("SELECT thread_id FROM threads WHERE owner = :owner")
OPEN = text("SELECT request_id::text FROM runs WHERE status = :status")


class Child:
    """A process of the nursery: not our own child, so it is watched through its pidfd."""

    def __init__(self, pid: int, output: Path) -> None:
        self.pid, self.output = pid, output
        self.handle = os.pidfd_open(pid)

    def is_alive(self) -> bool:
        return not select.select([self.handle], [], [], 0)[0]

    def send(self, number: signal.Signals) -> None:
        """A signal, unless it is over already."""
        if self.is_alive():
            signal.pidfd_send_signal(self.handle, number)

    def wait(self, timeout_s: float = 60) -> int:
        """Wait for its end; its exit code, or -9 where it was killed."""
        if not select.select([self.handle], [], [], timeout_s)[0]:
            self.send(signal.SIGKILL)
            raise TimeoutError(f"process {self.pid} is not over after {timeout_s} s: {self.said()}")
        code = Path(f"{self.output}.code")
        return int(code.read_text()) if code.exists() else -9

    def said(self) -> str:
        return self.output.read_text() + Path(f"{self.output}.err").read_text()


class Nursery:
    """The process that forks children; see nursery.py."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.numbers = folder, count()
        path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chaos.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert self.process.stdout.readline() == "ready\n"

    def fork(self, job: str, environment: Mapping[str, str] | None = None, **arguments: Any) -> Child:
        output = self.folder / f"child-{next(self.numbers)}"
        wish = {"job": job, "arguments": arguments, "output": str(output), "environment": dict(environment or {})}
        for name in (output, Path(f"{output}.err")):
            name.touch()
        self.process.stdin.write(f"{json.dumps(wish)}\n")
        self.process.stdin.flush()
        return Child(int(self.process.stdout.readline()), output)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class Warm:
    """The `magnus` command in processes that have imported it already."""

    def __init__(self, nursery: Nursery, settings: Settings, folder: Path) -> None:
        self.nursery, self.folder = nursery, folder
        self.environment = {"MAGNUS_DATABASE_URL": str(settings.database_url)}

    def start(self, *words: str, kill_at: str = "") -> Child:
        job, orders = "chaos.worker:command", {"kill_at": kill_at, "folder": str(self.folder)}
        return self.nursery.fork(job, self.environment, words=list(words), **orders)

    def answer(self, *words: str) -> Any:
        """What a command prints with --json; it must succeed."""
        done = self.start(*words, "--json")
        assert done.wait() == 0, done.said()
        return json.loads(done.output.read_text())


@dataclass
class Trial:
    """One run of the harness: requests, three workers that are replaced when they die, and a verdict at the end."""

    nursery: Nursery
    database: Database
    orders: Orders
    dice: random.Random
    server: Settings
    """Of the server beneath, which some trials stop and start."""
    workers: list[Child] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    kill_points: list[str] = field(default_factory=list)
    hurt: list[tuple[float, int, str]] = field(default_factory=list)
    """When which process was disturbed while it ran which thread."""
    parked: int = 0

    @property
    def journal(self) -> Journal:
        return self.orders.journal

    def accept(self, number: int) -> None:
        """Accept this many requests, each in a thread of its own."""
        for _ in range(number):
            request_thread(self.journal, self.database)

    def keep_three(self) -> None:
        """Replace workers that are gone; a new one gets the next point to kill itself at, while there are any."""
        self.workers = [worker for worker in self.workers if worker.is_alive()]
        while len(self.workers) < WORKERS:
            self.start_one(kill_at=self.kill_points.pop(0) if self.kill_points else self.orders.kill_at)

    def start_one(self, **special: Any) -> Child:
        """One more worker, with these orders of its own."""
        orders = asdict(self.orders) | {"seed": self.orders.seed + next(self.numbers), **special}
        self.workers.append(worker := self.nursery.fork("chaos.worker:work", **orders))
        return worker

    def keep_busy(self, open_runs: int = 8) -> None:
        """Three workers, and at least this many requests that are not finished."""
        self.keep_three()
        self.accept(max(0, open_runs - len(self.open_runs())))

    def open_runs(self) -> list[str]:
        """Requests that are not finished. Those parked after five deaths go on, as a person would have it."""
        with self.database.begin() as connection:
            parked = list(connection.execute(OPEN, {"status": "parked"}).scalars())
            accepted = list(connection.execute(OPEN, {"status": "accepted"}).scalars())
        for request in parked:
            unpark(self.database, request)
        self.parked += len(parked)
        return [*accepted, *parked]

    def hurt_one(self, number: signal.Signals) -> Child:
        """Send any worker a signal, and note which threads it ran."""
        worker = self.dice.choice(self.workers)
        self.hurt += [(time.monotonic(), worker.pid, thread) for thread in self.owned_by(worker)]
        worker.send(number)
        return worker

    def owned_by(self, worker: Child) -> list[str]:
        """The threads a worker runs at the moment."""
        owner = f"{socket.gethostname()} process {worker.pid}"
        with self.database.begin() as connection:
            return list(connection.execute(OWNED, {"owner": owner}).scalars())

    def finish(self, timeout_s: float = 90) -> list[Violation]:
        """Let three workers end what is left, and judge."""
        Path(self.orders.folder, "over").touch()
        deadline = time.monotonic() + timeout_s
        while (left := self.open_runs()) or any(worker.is_alive() for worker in self.workers):
            if time.monotonic() > deadline:
                break
            if left:
                self.keep_three()
            time.sleep(0.02)
        self.end()
        self.nursery.fork("chaos.worker:settle", **asdict(self.orders) | {"kill_at": ""}).wait()
        return violations_in(Path(self.orders.folder), self.database, self._done())

    def end(self) -> None:
        """Nobody is left behind, not even a stopped one."""
        for worker in self.workers:
            worker.send(signal.SIGKILL)
        for worker in self.workers:
            worker.wait()

    def recoveries_s(self) -> list[float]:
        """How long it took each thread whose worker was hurt until another worker went on with it."""
        settlers = {line["pid"] for line in self.journal.lines("settling")}
        steps = [line for line in self.journal.lines() if line["pid"] not in settlers]
        found = (
            min((line["at"] - at for line in steps if goes_on(line, at, pid, thread)), default=None)
            for at, pid, thread in self.hurt
        )
        return sorted(seconds for seconds in found if seconds is not None)

    def _done(self) -> dict[str, list[str]]:
        with open_saver(self.database) as saver:
            return {
                line["thread"]: found.checkpoint["channel_values"].get("done", [])
                for line in self.journal.lines("accepted")
                if (found := saver.get_tuple({"configurable": {"thread_id": line["thread"]}}))
            }


def goes_on(line: Line, at: float, pid: int, thread: str) -> bool:
    """Whether this is another process going on with the thread."""
    is_progress = line["what"] in ("step", "acknowledged")
    return bool(is_progress and line["thread"] == thread and line["at"] > at and line["pid"] != pid)


@contextmanager
def trial(
    nursery: Nursery, settings: Settings, folder: Path, server: Settings | None = None, **orders: Any
) -> Iterator[Trial]:
    """A trial on this database, whose journal and world go to the folder; its processes are ended whatever happens."""
    database = open_database(settings)
    folder.mkdir(exist_ok=True)
    given: dict[str, Any] = {"lease_s": 0.5, "seed": SEED, "pace_s": 0.02, **orders}
    told = Orders(str(folder), settings.database_url, str(settings.data_dir), **given)
    begun = Trial(nursery, database, told, random.Random(given["seed"]), server or settings)
    try:
        yield begun
    finally:
        begun.end()
        database.close()


def expect_nothing(violations: list[Violation]) -> None:
    """Fail with every violation, the seed, and how to have the same again."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0]
    again = f"CHAOS_SEED={SEED} pytest -m 'chaos or not chaos' '{test}'"
    assert not violations, "\n".join([*map(str, violations[:20]), f"seed {SEED}; again with: {again}"])


def wait_until(is_true: Callable[[], bool], timeout_s: float = 30) -> float:
    """Seconds until it was so."""
    began = time.monotonic()
    while not is_true():
        if time.monotonic() - began > timeout_s:
            raise TimeoutError(f"not so within {timeout_s} s")
        time.sleep(0.01)
    return time.monotonic() - began
