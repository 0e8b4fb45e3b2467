"""A project with a real bug, agents that repair it, and the part of the graph in which they work."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

from checkouts import QUICK, Checkout
from command import TIMEOUT_S, Warm
from langgraph.graph import END, START, StateGraph
from messages_api import Conversation, MessagesApi, tool

from checkpoints.artifacts import fetch
from checkpoints.runs import accept
from checkpoints.saver import open_saver
from graph.compiled import DurableGraph
from graph.edges import after_coordinator, after_planner
from graph.master import choose_deps
from graph.settings import Settings
from graph.state import Json, State
from nodes.coordinator import coordinator
from nodes.hand_over import hand_over
from nodes.planner import planner
from nodes.specialist import specialist

BUG = """\
def shown(premium):
    return f"${premium:,.2f}"


def page(rows):
    return [shown(row["premium"]) for row in rows]
"""
TEST = """\
from dashboard import page


def test_a_premium_has_two_digits():
    assert page([{"premium": 1.5}]) == ["$1.50"]
"""
NEW_TEST = """\
from dashboard import page


def test_a_missing_premium_is_shown_as_missing():
    assert page([{"premium": None}]) == ["n/a"]
"""
RULES = "[gates]\nmutants = 0\n"
"""What tests of the gates themselves hold; here a change only has to come through them."""
PYTEST_INI = f"[pytest]\naddopts = {QUICK}\n"
TRACEBACK = 'python -c "from dashboard import page; page([dict(premium=None)])"'
WISH = "Fix the bug: dashboard crashes when premium is None"


TEAM = ("error_detective",), ("python_pro",), ("qa_debugger",)


def buggy_checkout(folder: Path) -> Checkout:
    """Somebody's small repository, one of them wrong."""
    folder.mkdir()
    made = Checkout(folder)
    made.git("init", "--quiet")
    made.write("dashboard.py", BUG)
    made.write("tests/test_dashboard.py", TEST)
    made.write("conftest.py", "")
    made.write(".magnus.toml", RULES)
    made.write("pytest.ini", PYTEST_INI)
    made.commit(README__md="# Wheel\n")
    return made


@contextmanager
def opened(settings: Settings) -> Iterator[DurableGraph]:
    """The nodes for work on code, wired as in the whole graph."""
    deps = choose_deps(settings)
    with closing(deps.database()) as database, open_saver(database) as saver:
        wiring: StateGraph[Any, None, Any, Any] = StateGraph(State)
        for node in (planner, coordinator, specialist, hand_over):
            wiring.add_node(node.__name__, partial(node, deps=deps))
        wiring.add_edge(START, "planner")
        wiring.add_conditional_edges("planner", after_planner, {"coordinator": "coordinator", "learn": END})
        wiring.add_conditional_edges(
            "coordinator",
            after_coordinator,
            {"specialist": "specialist", "gate_syntax": "hand_over", "hand_over": "hand_over"},
        )
        wiring.add_edge("specialist", "coordinator")
        wiring.add_edge("hand_over", END)
        yield DurableGraph.of(wiring.compile(checkpointer=saver), deps)


def asked(graph: DurableGraph, checkout: Checkout, *stages: tuple[str, ...], task_type: str = "fix_bug") -> Json:
    """The state with which a request on code leaves the router."""
    now, request_id = graph.deps.now(), str(uuid4())
    task = {"request_id": request_id, "priority": "medium", "requester": "user", "prompt": WISH, "task": None}
    task |= {"project": str(checkout.folder), "thread_id": request_id, "accepted_at": now.isoformat()}
    accept(graph.deps.database(), task, request_id, "sample", now)
    return {"task": task, "route": {"task_type": task_type, "stages": [list(names) for names in stages]}, "outcome": {}}


def config_of(state: Json) -> Any:
    return {"configurable": {"thread_id": state["task"]["thread_id"]}}


def result_of(graph: DurableGraph, given: Json) -> Json:
    """What the task came to, once it is over."""
    state = graph.get_state(config_of(given)).values
    found: Json = fetch(graph.deps.database(), given["task"]["thread_id"], state["outcome"]["artifact"])
    return found | {"outcome": state["outcome"]}


def script_the_detective(api: MessagesApi) -> None:
    talk = api.conversation("You find out why. You do not repair")
    talk.answers("I reproduce it.", tool("run", command=TRACEBACK))
    talk.answers(tool("read", path="dashboard.py"), after="TypeError: unsupported format string")
    talk.answers(
        tool(
            "hand_over",
            summary="dashboard.py:2 formats a premium that may be None.",
            claims=[{"statement": "A missing premium crashes the page.", "command": TRACEBACK, "exit_code": 1}],
            to_agent="python_pro",
            action_required="Show a missing premium as missing.",
        ),
        after="     2\t    return f",
    )


def script_the_builder(api: MessagesApi) -> None:
    talk = api.conversation("you are python_pro")
    talk.answers(
        tool(
            "edit",
            path="dashboard.py",
            old='    return f"${premium:,.2f}"',
            new='    return "n/a" if premium is None else f"${premium:,.2f}"',
        )
    )
    talk.answers(tool("run", command=TRACEBACK), after="dashboard.py is changed at line 2")
    talk.answers(tool("hand_over", summary="shown() tells a missing premium. All tests pass."), after="exit code 0")


def script_the_tester(api: MessagesApi) -> None:
    talk = api.conversation("You are the tester of this team")
    talk.answers(tool("write", path="tests/test_missing.py", content=NEW_TEST))
    talk.answers(tool("run_tests", target="tests/test_missing.py", before=True), after="is new")
    talk.answers(tool("run_tests"), after="TypeError")
    talk.answers(
        tool(
            "hand_over",
            summary="There is a test for it now.",
            claims=[
                {"statement": "It crashed before.", "command": "tests/test_missing.py", "exit_code": 1},
                {"statement": "The whole suite passes.", "command": "run_tests"},
            ],
        ),
        after="2 passed",
    )


def script_the_team(api: MessagesApi) -> None:
    for script in (script_the_detective, script_the_builder, script_the_tester):
        script(api)


def script_one(
    api: MessagesApi, agent: str, *uses: Json, stage: str = "", pause_s: float = 0, **form: Any
) -> Conversation:
    """An agent, in a stage such as "2 of 3" if it works in several, that makes one call a turn and hands over.

    Its first answer takes so long that others can be at work beside it.
    """
    talk = api.conversation(f"you are {agent}, in stage {stage}")
    for use in (*uses, tool("hand_over", **{"summary": f"{agent} did its part.", **form})):
        talk.answers(use)
    talk.turns[0] = replace(talk.turns[0], delay_s=pause_s)
    return talk


def home_of_worktrees(data_dir: Path) -> list[str]:
    """What lies where worktrees are, records and locks included."""
    return sorted(path.name for path in (data_dir / "workspaces").iterdir())


@contextmanager
def at_work(own: Settings, given: Json, state: Json | None, **environment: str) -> Iterator[tuple[Warm, IO[str]]]:
    """A process that works on a request from this state on, or goes on with it, and what it says meanwhile."""
    words = [__file__, str(own.database_url), str(own.data_dir), json.dumps(given), json.dumps(state)]
    there = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment}
    ours, theirs = os.pipe()
    with (
        os.fdopen(ours) as told,
        Path(os.devnull).open() as nothing,
        Warm(words, Path.cwd(), there, (nothing.fileno(), theirs, 2)) as process,
    ):
        os.close(theirs)
        yield process, told
        process.wait(TIMEOUT_S)


if __name__ == "__main__":
    database_url, data_dir, folder, given = sys.argv[1:]
    lease_s = float(os.environ.get("MAGNUS_LEASE_S", "10"))
    with opened(Settings(database_url=database_url, data_dir=Path(data_dir), lease_s=lease_s)) as graph:
        state = json.loads(given)
        for chunk in graph.stream(state or None, config_of(json.loads(folder)), stream_mode="custom"):
            sys.stdout.write(f"{chunk['line']}\n")
            sys.stdout.flush()
