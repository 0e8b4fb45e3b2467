"""A small project, a plan in its folder, agents who write a file a phase, and the part of the graph that runs phases.

The gates are one node that says what a test tells it: what they are themselves is tested with them.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from checkouts import Checkout
from coding import PYTEST_INI, RULES, config_of
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command
from messages_api import MessagesApi, tool
from planned import Json, phase

from checkpoints.artifacts import fetch
from checkpoints.runs import Run, accept
from checkpoints.saver import open_saver
from graph.compiled import DurableGraph
from graph.edges import (
    after_check_lanes,
    after_check_phase,
    after_close_phase,
    after_coordinator,
    after_planner,
    after_verdict,
)
from graph.master import choose_deps
from graph.progress import response_of
from graph.settings import Settings
from graph.state import State
from nodes.check_lanes import check_lanes
from nodes.check_phase import check_phase
from nodes.close_phase import close_phase
from nodes.coordinator import coordinator
from nodes.hand_over import hand_over
from nodes.planner import planner
from nodes.specialist import specialist
from tools.phases.folder import make_folder
from tools.phases.pages import pages_of
from tools.phases.plan import Plan

PAIR = (("python_pro",), ("qa_debugger",))
REFUSED = [["tests", "T1", "tests/test_desk.py"]]


def desk(folder: Path, *stages: tuple[str, ...], rules: str = RULES) -> Checkout:
    """Somebody's repository, whose features are built by one agent and tested by another, if nobody else is named."""
    folder.mkdir()
    made = Checkout(folder)
    made.git("init", "--quiet")
    made.write("conftest.py", "")
    made.write("tests/test_desk.py", "def test_the_desk_is_there():\n    assert True\n")
    made.write(".magnus.toml", rules)
    made.write("pytest.ini", PYTEST_INI)
    made.write(".gitignore", ".specs/\n")
    made.write(".magnus/workflows/build.yaml", _workflow(stages or PAIR))
    made.commit(README__md="# Desk\n")
    return made


def two_phases(*, independent: bool = False, **first: Any) -> list[Json]:
    """One phase after the other, or beside it; each is met by a file."""
    later = () if independent else ("phase-1",)
    made = [phase("phase-1", max_iterations=2), phase("phase-2", *later, max_iterations=2)]
    for number, one in enumerate(made, 1):
        one["success_criteria"] = [f"part_{number}.md exists"]
    return [made[0] | first, made[1]]


def folder_with(checkout: Checkout, phases: Sequence[Json]) -> Path:
    """The feature folder of a plan that somebody made before."""
    from workspaces import NOW

    plan, folder = Plan(goal="A desk in parts", phases=list(phases)), checkout.folder / ".specs" / "desk"
    make_folder(folder, pages_of(plan), ["made by hand"], NOW)
    return folder


@dataclass
class Phased:
    """A goal on its way: the graph, the request, and what its stand-in of the gates says, phase by phase."""

    graph: DurableGraph
    folder: Path
    given: Json
    run: Run
    verdicts: list[str]
    delivered: list[str]

    def begin(self) -> None:
        """Run until it is over, or waits."""
        self.graph.invoke(self.given, config_of(self.given))

    def go_on(self, answer: Command[Any] | None = None) -> None:
        """The same from where it stands."""
        self.graph.invoke(answer, config_of(self.given))

    @property
    def state(self) -> Json:
        found: Json = self.graph.get_state(config_of(self.given)).values
        return found

    @property
    def response(self) -> Json:
        """What the person is told while the goal is not reached."""
        return response_of(self.graph, self.run)

    @property
    def result(self) -> Json:
        """What it came to."""
        found: Json = fetch(self.graph.deps.database(), self.run.thread_id, self.state["outcome"]["artifact"])
        return found

    @property
    def standing(self) -> dict[str, tuple[str, int]]:
        """Status and iterations of each phase."""
        is_over = not self.graph.get_state(config_of(self.given)).interrupts
        found = (self.result if is_over else self.response["result"])["phases"]
        return {one["id"]: (one["status"], one["iterations"]) for one in found}

    def page(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")


@contextmanager
def phased(settings: Settings, checkout: Checkout, phases: Sequence[Json]) -> Iterator[Phased]:
    """The request that carries out these phases, before its first step."""
    folder, verdicts, delivered = folder_with(checkout, phases), list[str](), list[str]()
    with opened(settings, verdicts, delivered) as graph:
        given, run = asked(graph, checkout, folder)
        yield Phased(graph, folder, given, run, verdicts, delivered)


@contextmanager
def opened(settings: Settings, verdicts: list[str], delivered: list[str]) -> Iterator[DurableGraph]:
    """The nodes of a goal in phases, wired as in the whole graph; one node is all gates, one the delivery."""
    deps = choose_deps(settings)
    with closing(deps.database()) as database, open_saver(database) as saver:
        wiring: StateGraph[Any, None, Any, Any] = StateGraph(State)
        for node in (planner, coordinator, specialist, check_phase, check_lanes, close_phase, hand_over):
            wiring.add_node(node.__name__, partial(node, deps=deps))
        wiring.add_node("gate_syntax", Gates(verdicts))
        wiring.add_node("approve", partial(_deliver, delivered=delivered))
        wiring.add_edge(START, "planner")
        wiring.add_conditional_edges("planner", after_planner, {"coordinator": "coordinator", "learn": END})
        wiring.add_conditional_edges(
            "coordinator", after_coordinator, ["specialist", "check_phase", "check_lanes", "gate_syntax", "hand_over"]
        )
        wiring.add_conditional_edges("check_phase", after_check_phase)
        wiring.add_conditional_edges("check_lanes", after_check_lanes)
        wiring.add_conditional_edges("close_phase", after_close_phase)
        wiring.add_conditional_edges("gate_syntax", after_verdict)
        wiring.add_edge("specialist", "coordinator")
        wiring.add_edge("approve", "hand_over")
        wiring.add_edge("hand_over", END)
        yield DurableGraph.of(wiring.compile(checkpointer=saver), deps)


@dataclass
class Gates:
    """All gates at once: they say what is next in the list, and then that a change passes."""

    verdicts: list[str] = field(default_factory=list)

    def __call__(self, state: State) -> State:
        said = self.verdicts.pop(0) if self.verdicts else "passed"
        found = {"request_id": state["task"]["request_id"], "attempt": 2, "state": said, "evidence": {}}
        return {"verdict": {**found, "failures": REFUSED} if said == "failed" else found}


def asked(graph: DurableGraph, checkout: Checkout, folder: Path, thread_id: str = "") -> tuple[Json, Run]:
    """The state with which a request of `magnus phases` leaves the router."""
    now, request_id = graph.deps.now(), str(uuid4())
    words: Json = {"action": "add_feature", "target": str(folder), "details": {}, "context": {"command": "phases"}}
    task: Json = {"request_id": request_id, "priority": "medium", "requester": "user", "prompt": "A desk in parts"}
    task |= {"task": words, "project": str(checkout.folder), "thread_id": thread_id or request_id}
    task |= {"accepted_at": now.isoformat()}
    run = accept(graph.deps.database(), task, task["thread_id"], "sample", now)
    return {"task": task, "route": {"task_type": "add_feature", "stages": []}, "outcome": {}}, run


def script_iteration(
    api: MessagesApi, name: str, files: dict[str, str], number: int = 1, tested: Sequence[Json] = (), **form: Any
) -> None:
    """An iteration of a phase: a builder writes these files, a tester makes these calls and hands over."""
    builder = talk_of(api, "python_pro", name, number)
    for path, text in files.items():
        builder.answers(tool("write", path=path, content=text))
    builder.answers(tool("hand_over", summary=f"{name}: {', '.join(files) or 'nothing'} written."))
    tester = talk_of(api, "qa_debugger", name, number)
    for use in tested:
        tester.answers(use)
    tester.answers(tool("hand_over", summary=f"{name} was looked at.", **form))


def talk_of(api: MessagesApi, agent: str, name: str, number: int = 1) -> Any:
    """What an agent says in an iteration of a phase."""
    return api.conversation(f"you are {agent}", f"This is {name} of a larger goal", f"It is number {number} of")


def _workflow(stages: Sequence[Sequence[str]]) -> str:
    lines = ["task_type: add_feature", "stages:"]
    for number, names in enumerate(stages, 1):
        told = [f"  - name: stage {number}", f"    agents: [{', '.join(names)}]", "    delivers: What it is for."]
        lines += told
    return "\n".join(lines) + "\n"


def _deliver(state: State, delivered: list[str]) -> State:
    delivered.append(state["task"]["request_id"])
    return {}
