"""What can happen to workers and to their database, each as often as asked; every choice is the dice's."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg2
from chaos.harness import Child, Trial, goes_on, wait_until
from chaos.journal import Line

from checkpoints.engine import database_url, server_pid, stop

SESSIONS_OF_OTHERS = (
    "SELECT pid FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name = 'magnus' AND NOT pid = ANY(%s) ORDER BY pid"
)


def kill(trial: Trial, times: int) -> None:
    """kill -9 of any worker at any moment."""
    for _ in range(times):
        trial.keep_busy()
        time.sleep(trial.dice.uniform(0.02, 0.25))
        trial.hurt_one(signal.SIGKILL)


def freeze(trial: Trial, times: int) -> None:
    """SIGSTOP for longer than the lease, then SIGCONT: the owner comes back and believes that nothing has happened."""
    for _ in range(times):
        trial.keep_busy()
        time.sleep(trial.dice.uniform(0.02, 0.25))
        frozen = trial.hurt_one(signal.SIGSTOP)
        _wait_beyond_the_lease(trial, frozen)


def freeze_at(trial: Trial, point: str) -> float:
    """Freeze a worker at this very point until another has taken its thread over; seconds that took."""
    frozen = trial.start_one(kill_at=point, kill_with="SIGSTOP")
    hit = wait_for(trial, lambda line: line["what"] == "hit" and line["pid"] == frozen.pid)
    next_step = wait_for(trial, lambda line: goes_on(line, hit["at"], frozen.pid, hit["thread"]))
    frozen.send(signal.SIGCONT)
    wait_for(trial, lambda line: line["what"] == "lost" and line["pid"] == frozen.pid)
    return float(next_step["at"] - hit["at"])


def wait_for(trial: Trial, is_it: Callable[[Line], bool]) -> Line:
    """The first line of the journal that is it, once there is one; three workers go on meanwhile."""
    found: list[Line] = []

    def is_there() -> bool:
        trial.keep_busy()
        found.extend(line for line in trial.journal.lines() if is_it(line))
        return bool(found)

    wait_until(is_there)
    return found[0]


def _wait_beyond_the_lease(trial: Trial, frozen: Child) -> None:
    try:
        until = time.monotonic() + trial.orders.lease_s * trial.dice.uniform(1.5, 3)
        while time.monotonic() < until:
            trial.keep_busy()
            time.sleep(0.02)
    finally:
        frozen.send(signal.SIGCONT)


def end_sessions(trial: Trial, times: int, share: float | None = None) -> None:
    """Terminate some or all sessions of the workers: the processes live on, and nobody can tell them from dead ones."""
    ended = 0
    while ended < times:
        trial.keep_busy()
        time.sleep(trial.dice.uniform(0.05, 0.3))
        ended += _end_some(trial, share or trial.dice.choice((0.3, 0.6, 1)), times - ended)


def _end_some(trial: Trial, share: float, most: int) -> int:
    with closing(psycopg2.connect(trial.database.url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(SESSIONS_OF_OTHERS, (_own_sessions(trial),))
        found = [row[0] for row in cursor.fetchall()]
        chosen = trial.dice.sample(found, round(share * len(found)))[:most]
        cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", (chosen,))
        return len(chosen)


def _own_sessions(trial: Trial) -> list[int]:
    with trial.database.begin() as connection:
        return [connection.connection.dbapi_connection.info.backend_pid]


def restart(trial: Trial, times: int, away_s: float = 0) -> list[float]:
    """Stop and start Postgres; for each time, how long the first step took once it was there again."""
    return [_down_and_up(trial, lambda: stop(trial.server), away_s) for _ in range(times)]


def kill_postmaster(trial: Trial, times: int) -> list[float]:
    """kill -9 of the postmaster, and a start that has to recover."""
    return [_down_and_up(trial, lambda: _kill_server(trial), 0) for _ in range(times)]


def _kill_server(trial: Trial) -> None:
    pid = server_pid(trial.server)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def _down_and_up(trial: Trial, bring_down: Any, away_s: float) -> float:
    until = time.monotonic() + trial.dice.uniform(0.3, 1)
    while time.monotonic() < until:
        trial.keep_busy()
        time.sleep(0.02)
    trial.database.close()
    bring_down()
    time.sleep(away_s)
    database_url(trial.server)
    back = time.monotonic()
    wait_until(lambda: any(line["at"] > back for line in trial.journal.lines("step")))
    return min(line["at"] for line in trial.journal.lines("step") if line["at"] > back) - back
