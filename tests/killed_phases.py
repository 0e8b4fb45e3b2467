"""A goal in phases that is killed again and again while it is carried out, and what has to be true at its end."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from random import Random

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from checkouts import Checkout
from killed_teams import assert_nothing_is_left, tree_of
from langgraph.runtime import RunControl
from messages_api import MessagesApi
from planned import OPENING

from checkpoints.budget import spent_by_agent
from checkpoints.deliveries import latest_deliveries
from checkpoints.runs import Run, accept, unpark
from graph.compiled import DurableGraph
from graph.master import open_graph
from graph.progress import Parked, Tell, response_of, steps
from graph.protocol import Request
from graph.settings import Settings
from graph.state import Json

LONGEST_WAIT_S = 0.8
"""What a kill comes after its line, at most."""


def killed_goal(settings: Settings, request: Request, kills: int, dice: Random, most_lines: int) -> Json:
    """The response of a goal whose process is killed so often, each time at a moment that the dice choose.

    Between two kills it says at most so many lines.
    """
    moments = [(dice.randint(0, most_lines), dice.uniform(0, LONGEST_WAIT_S)) for _ in range(kills)]
    for lines, later_s in moments:
        assert _is_killed(settings, request, lines, later_s), "it came to its end before it could be killed"
        time.sleep(settings.lease_s + 0.1)
    return carried_on(settings, request)


def carried_on(settings: Settings, request: Request, tell: Tell | None = None) -> Json:
    """What came of a request, after everything of it that is open was done."""
    with open_graph(settings) as graph:
        database, task = graph.deps.database(), request.model_dump(mode="json")
        run = accept(database, task, task["request_id"], "sample", graph.deps.now())
        for node in _steps(graph, run, tell):
            if tell:
                tell(node)
        return response_of(graph, run)


def _steps(graph: DurableGraph, run: Run, tell: Tell | None) -> Iterator[str]:
    """All that is open; a run that is parked after five kills goes on, as its person would say."""
    try:
        yield from steps(graph, run, None, RunControl(), tell)
    except Parked:
        unpark(graph.deps.database(), run.request_id)
        yield from steps(graph, run, None, RunControl(), tell)


def assert_done_once(settings: Settings, checkout: Checkout, response: Json, files: dict[str, str]) -> None:
    """Success, one delivery of exactly these files, and nothing else left behind."""
    assert (response["status"], response["errors"]) == ("success", [])
    with open_graph(settings) as graph:
        (row,) = latest_deliveries(graph.deps.database())
    branch = response["result"]["branch"]
    assert row["tree"] == checkout.git("rev-parse", f"{branch}^{{tree}}")
    assert tree_of(checkout, branch) == {name: text.strip() for name, text in files.items()}
    assert_nothing_is_left(checkout, settings)


def assert_booked_once(settings: Settings, request: Request, api: MessagesApi, kills: int) -> None:
    """Each call of each agent stands in the ledger once; at most one for each kill was made again."""
    with open_graph(settings) as graph:
        found = spent_by_agent(graph.deps.database(), str(request.request_id))
    scripted = Counter[str]()
    for talk in api._conversations:
        scripted[talk.opens_with[0].removeprefix("you are ")] += len(talk.turns)
    if planned := scripted.pop(OPENING, 0):
        scripted["planner"] += planned
    assert {agent: one.calls for agent, one in found.items()} == dict(scripted)
    assert api.repeats.total() <= kills


def _is_killed(settings: Settings, request: Request, lines: int, later_s: float) -> bool:
    """Carry a goal on in a process of its own; whether it was killed before its end."""
    process = subprocess.Popen(
        [sys.executable, __file__, settings.model_dump_json(exclude={"database_url"}), request.model_dump_json()],
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "MAGNUS_DATABASE_URL": str(settings.database_url),
        },
    )
    assert process.stdout is not None
    with process:
        said = [process.stdout.readline() for _ in range(lines)]
        time.sleep(later_s if all(said) else 0)
        process.send_signal(signal.SIGKILL)
        return process.wait(30) == -signal.SIGKILL


if __name__ == "__main__":

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    own = Settings.model_validate_json(sys.argv[1]).model_copy(
        update={"database_url": os.environ["MAGNUS_DATABASE_URL"]}
    )
    carried_on(own, Request.model_validate_json(sys.argv[2]), say)
