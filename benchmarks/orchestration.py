"""What leading a goal through its phases costs: 40 steps of a goal of five phases against 40 bare LangGraph steps.

Agents, gates and criteria are no orchestration: here an agent hands over at once what it would have handed over, and
all gates together are one node that says yes. What is timed, and has a bound, is who is next: the coordinator, the
edges, what each agent is sent, and all that the saver keeps of it. A second line, without a bound, is the same goal
with the end of each phase as it is: git is asked for the tree, the criteria are held (claims meet them, so nothing is
run), the plan is read again, the pages of the feature folder are written. What a goal does once, its worktree at the
beginning and its report at the end, is left out.

The peer is a graph of one node that goes round 40 times, with the same saver, lease and durability, and writes what
each step of the goal wrote, so that the state is as large. LangGraph's own saver without a fence is told beside it.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from benchmarks.timing import RUNS, Ratio, ratio, seconds
from checkpoints.artifacts import keep
from checkpoints.database import Database, opened
from checkpoints.engine import stop
from checkpoints.runs import accept
from checkpoints.saver import open_saver, serializer
from graph.compiled import DurableGraph
from graph.edges import after_check_phase, after_close_phase, after_coordinator, after_verdict
from graph.settings import Settings
from graph.state import Json, State
from nodes.check_phase import check_phase
from nodes.close_phase import close_phase
from nodes.coordinator import coordinator
from nodes.planner import planner
from tools.deps import Deps
from tools.phases.folder import make_folder
from tools.phases.pages import pages_of
from tools.phases.plan import Phase, Plan

STEPS, PHASES, ALLOWED = 40, 5, 1.3
WORKFLOW = """task_type: add_feature
stages:
  - name: build
    agents: [python_pro]
    delivers: What the phase asks for.
  - name: test
    agents: [qa_debugger]
    delivers: Evidence for each criterion.
"""
ADA = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "a@example.org"}
ADA |= {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "a@example.org"}
Compiled = CompiledStateGraph[Any, Any, Any, Any]
Node = Callable[..., State]
CHECK, CLOSE = "check_phase", "close_phase"


@dataclass(frozen=True)
class Bench:
    """One database, our saver and LangGraph's own, and a project with a plan in a folder for each run."""

    deps: Deps
    fenced: PostgresSaver
    bare: PostgresSaver
    project: Path

    def goal(self, check: Node = check_phase, close: Node = close_phase) -> DurableGraph:
        """The nodes that lead a goal, wired as in the whole graph; agents, gates and delivery take no time."""
        wiring: StateGraph[Any, None, Any, Any] = StateGraph(State)
        for name, node in {"planner": planner, "coordinator": coordinator, CHECK: check, CLOSE: close}.items():
            wiring.add_node(name, partial(node, deps=self.deps))
        wiring.add_node("specialist", partial(_hand_over, database=self.deps.database()))
        wiring.add_node("gate_syntax", _pass)
        wiring.add_node("approve", _approve)
        wiring.add_edge(START, "planner")
        wiring.add_edge("planner", "coordinator")
        wiring.add_edge("specialist", "coordinator")
        wiring.add_conditional_edges("coordinator", after_coordinator, ["specialist", CHECK])
        wiring.add_conditional_edges(CHECK, after_check_phase)
        wiring.add_conditional_edges(CLOSE, after_close_phase, ["coordinator"])
        wiring.add_conditional_edges("gate_syntax", after_verdict, [CLOSE, "approve"])
        wiring.add_edge("approve", END)
        return DurableGraph.of(wiring.compile(checkpointer=self.fenced), self.deps)

    def begun(self, graph: DurableGraph) -> Json:
        """The config of a goal that has its plan and its worktree, and is about to begin."""
        request_id = str(uuid4())
        task = _task(request_id, self.project, _folder(self.project / ".specs" / request_id))
        accept(self.deps.database(), task, request_id, "sample", self.deps.now())
        config = _config(request_id)
        given = {"task": task, "route": {"task_type": "add_feature", "stages": []}, "outcome": {}}
        graph.invoke(given, config, interrupt_before=["coordinator"])
        return config


@dataclass
class Told:
    """A node that writes at once what it wrote in another goal."""

    updates: Sequence[Json]
    at: int = 0

    def __call__(self, state: State, config: RunnableConfig, deps: Deps) -> State:
        self.at += 1
        found, earlier = self.updates[self.at - 1], self.updates[0]["phases"]["request_id"]
        told: State = json.loads(json.dumps(found).replace(earlier, state["task"]["request_id"]))
        return told


@dataclass
class Walk:
    """A graph of one node that writes one after the other what a goal has written."""

    updates: Sequence[Json]
    at: int = 0

    def compiled(self, saver: PostgresSaver) -> Compiled:
        wiring: StateGraph[Any, None, Any, Any] = StateGraph(State)
        wiring.add_node("walk", self.walk)
        wiring.add_edge(START, "walk")
        wiring.add_conditional_edges("walk", lambda _: "walk" if self.at < len(self.updates) else END, ["walk", END])
        return wiring.compile(checkpointer=saver)

    def walk(self, _: State) -> Json:
        self.at += 1
        return self.updates[self.at - 1]


def run() -> Iterator[Ratio]:
    """The ratio of a goal to as many steps of a bare graph."""
    with TemporaryDirectory(prefix="magnus-bench-") as folder:
        settings = Settings(data_dir=Path(folder) / "data")
        with (
            opened(settings) as database,
            open_saver(database) as fenced,
            PostgresSaver.from_conn_string(database.url) as bare,
        ):
            bare.serde = serializer()
            bench = Bench(_deps(database), fenced, bare, _project(Path(folder) / "desk"))
            yield _compared(bench)
        stop(settings)


def _compared(bench: Bench) -> Ratio:
    os.environ.setdefault("ANTHROPIC_API_KEY", "never used")
    whole = bench.goal()
    before, written = _recorded(bench, whole)
    ends = {name: [update for node, update in written if node == name] for name in (CHECK, CLOSE)}
    updates = [update for _, update in written]
    led, full, same, own = [], [], [], []
    for _ in range(RUNS):
        leading = bench.goal(Told(ends[CHECK]), Told(ends[CLOSE]))
        led.append(seconds(partial(leading.invoke, None, bench.begun(leading))))
        same.append(seconds(_walk(DurableGraph.of(Walk(updates).compiled(bench.fenced), bench.deps), before)))
        own.append(seconds(_walk(Walk(updates).compiled(bench.bare), before)))
        full.append(seconds(partial(whole.invoke, None, bench.begun(whole))))
    a_step = [f"{median(column) / STEPS * 1000:.1f} ms" for column in (led, same, own)]
    print(
        f"a step of a goal in {PHASES} phases, medians of {RUNS} times {STEPS}: {a_step[0]}; bare with the same",
        end=" ",
    )
    print(f"saver {a_step[1]}, with LangGraph's own {a_step[2]}")
    ends_ms = (median(full) - median(led)) / PHASES * 1000
    print(f"the end of a phase, with git, criteria and pages: {ends_ms:.0f} ms;", end=" ")
    print(f"with it a goal takes {ratio(full, same):.1f} times bare")
    line = Ratio("a step of a goal in phases / a bare step", ratio(led, same), ALLOWED)
    print(line)
    return line


def _recorded(bench: Bench, graph: DurableGraph) -> tuple[Json, list[tuple[str, Json]]]:
    """The state of a goal before its first step, and what each step wrote; this goal also warms up."""
    config = bench.begun(graph)
    before = dict(graph.get_state(config).values)
    written = [(node, update or {}) for chunk in graph.stream(None, config) for node, update in chunk.items()]
    if len(written) != STEPS:
        raise AssertionError(f"the goal took {len(written)} steps, not {STEPS}")
    return before, written


def _walk(graph: Compiled, before: Json) -> Callable[[], object]:
    return partial(graph.invoke, before, _config(str(uuid4())), durability="sync")


def _config(thread_id: str) -> Any:
    return {"configurable": {"thread_id": thread_id}, "recursion_limit": 2 * STEPS}


def _hand_over(state: State, database: Database) -> State:
    """What an agent leaves that did its part, and for the tester a proven claim on each criterion."""
    agent, stage, task = state["agent"], str(state["stage"]), state["task"]
    claim = {"statement": "Criterion 1: the part is there.", "command": "python check.py", "exit_code": 0}
    said = {"summary": f"{agent} did its part.", "decisions": ["It is kept small."], "claims": [], "open_points": []}
    if agent == "qa_debugger":
        said["claims"] = [claim | {"is_proven": True, "why_not": ""}]
    left = {"from_agent": agent, "context": said, "deliverables": {"files": ["part.md"], "evidence": []}}
    digest = keep(database, task["thread_id"], left)
    told = {"request_id": task["request_id"], "rollback": 0, "phase": state["phases"]["at"], "stage": stage}
    told |= {"agent": agent, "handoff": digest, "summary": said["summary"], "ended": "", "unproven": 0}
    return {"handoffs": [told | {"commit": state["workspace"]["start"]}]}


def _pass(state: State) -> State:
    request_id = state["task"]["request_id"]
    return {"verdict": {"request_id": request_id, "attempt": 1, "state": "passed", "evidence": {}}}


def _approve(state: State) -> State:
    return {"approval": {"request_id": state["task"]["request_id"], "approved": True, "who": None}}


def _task(request_id: str, project: Path, folder: Path) -> Json:
    asked = {"action": "add_feature", "target": str(folder), "details": {}, "context": {"command": "phases"}}
    task = {"request_id": request_id, "thread_id": request_id, "priority": "medium", "requester": "user"}
    now = datetime.now(UTC).isoformat()
    return task | {"prompt": "A desk", "project": str(project), "accepted_at": now, "task": asked}


def _folder(folder: Path) -> Path:
    phases = [
        Phase(
            id=f"phase-{number}",
            name=f"Part {number}",
            description=f"What belongs to part {number} of the desk.",
            success_criteria=["The part is there"],
            max_iterations=3,
            depends_on=[f"phase-{number - 1}"] if number > 1 else [],
        )
        for number in range(1, PHASES + 1)
    ]
    make_folder(folder, pages_of(Plan(goal="A desk", phases=phases)), ["made for a bench"], datetime.now(UTC))
    return folder


def _project(folder: Path) -> Path:
    (folder / ".magnus" / "workflows").mkdir(parents=True)
    (folder / ".magnus" / "workflows" / "build.yaml").write_text(WORKFLOW)
    (folder / ".gitignore").write_text(".specs/\n")
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "work"]):
        subprocess.run(["git", *words], cwd=folder, check=True, env={**os.environ, **ADA})
    return folder


def _deps(database: Database) -> Deps:
    return Deps(lambda: database.settings, lambda: database, _no_market, lambda: datetime.now(UTC))


def _no_market(source: str) -> Any:
    raise AssertionError(f"nobody asked for the {source} market")
