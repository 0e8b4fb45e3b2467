"""What durability costs: fenced steps against LangGraph's own saver on the same Postgres, long threads, claims."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import chain, count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, TypedDict
from uuid import uuid4

from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import RunControl
from sqlalchemy import text

from benchmarks.timing import RUNS, Ratio, ratio, seconds, side_by_side
from checkpoints.database import Database, opened
from checkpoints.engine import stop
from checkpoints.leases import leased
from checkpoints.runs import Run, accept
from checkpoints.saver import open_saver, serializer
from graph.compiled import DurableGraph
from graph.progress import steps
from graph.settings import Settings
from tools.deps import Deps

STEPS, CLAIMS, CLAIMERS, LARGE = 100, 200, 3, 100_000
SHORT, LONG = 10, 1000
CLAIMS_A_SECOND = 300
NUMBERS = count()
BYTES = text("""
SELECT pg_column_size(c.*)
  + (SELECT coalesce(sum(pg_column_size(w.*)), 0) FROM checkpoint_writes w
     WHERE w.thread_id = c.thread_id AND w.checkpoint_id = c.checkpoint_id)
  + (SELECT coalesce(sum(pg_column_size(b.*)), 0) FROM checkpoint_blobs b
     JOIN jsonb_each_text(c.checkpoint->'channel_versions') AS v ON (b.channel, b.version) = (v.key, v.value)
     WHERE b.thread_id = c.thread_id) AS bytes
FROM checkpoints c WHERE c.thread_id = :thread AND (c.metadata->>'step')::int = :step
""")


class State(TypedDict, total=False):
    request: dict[str, Any]
    task: dict[str, Any]
    outcome: dict[str, Any]
    number: int
    load: str


class Paused(Exception):
    """The step at which a thread is left, as a kill would leave it."""


@dataclass
class Walk:
    """A workflow of equal steps; it breaks off before the step `until`, or ends after `last`."""

    last: int = LONG * 10
    until: int = LONG * 10
    load_bytes: int = 0

    def walk(self, state: State) -> State:
        number = state.get("number", 0) + 1
        if number >= self.until:
            raise Paused
        return {
            "number": number,
            "task": state["request"],
            "outcome": {},
            "load": f"{number:08}" * (self.load_bytes // 8),
        }

    def compiled(self, saver: PostgresSaver) -> CompiledStateGraph[Any, Any, Any, Any]:
        wiring: StateGraph[State, None, Any, Any] = StateGraph(State)
        wiring.add_node("walk", self.walk)
        wiring.add_edge(START, "walk")
        wiring.add_conditional_edges("walk", lambda state: END if state["number"] >= self.last else "walk")
        return wiring.compile(checkpointer=saver)


@dataclass(frozen=True)
class Bench:
    """One database, our saver and LangGraph's own."""

    database: Database
    fenced: PostgresSaver
    bare: PostgresSaver

    def ours(self, walk: Walk) -> DurableGraph:
        deps = Deps(lambda: self.database.settings, lambda: self.database, _no_market, lambda: datetime.now(UTC))
        return DurableGraph.of(walk.compiled(self.fenced), deps)


def run() -> Iterator[Ratio]:
    """The ratios of the durable core."""
    with _bench() as bench:
        for line in chain(_step_ratios(bench), _growth_ratios(bench), _claim_ratio(bench)):
            print(line)
            yield line


@contextmanager
def _bench() -> Iterator[Bench]:
    with TemporaryDirectory(prefix="magnus-bench-") as folder:
        settings = Settings(data_dir=Path(folder))
        with (
            opened(settings) as database,
            open_saver(database) as fenced,
            PostgresSaver.from_conn_string(database.url) as bare,
        ):
            bare.serde = serializer()
            yield Bench(database, fenced, bare)
        stop(settings)


def _step_ratios(bench: Bench) -> Iterator[Ratio]:
    for name, load_bytes, bound in (("small state", 0, 1.3), ("100 KB of state", LARGE, 1.5)):
        walk = Walk(last=STEPS, load_bytes=load_bytes)
        ours, theirs = side_by_side(RUNS, partial(_walk, bench.ours(walk)), partial(_walk, walk.compiled(bench.bare)))
        a_step = [f"{median(column) / STEPS * 1000:.1f} ms" for column in (ours, theirs)]
        print(f"a step with {name}, medians of {RUNS}: fenced {a_step[0]}, bare PostgresSaver {a_step[1]}")
        yield Ratio(f"a fenced step / a bare one, {name}", ratio(ours, theirs), bound)


def _walk(graph: CompiledStateGraph[Any, Any, Any, Any]) -> None:
    config: Any = {"configurable": {"thread_id": f"walk-{next(NUMBERS)}"}, "recursion_limit": LONG * 2}
    graph.invoke({"request": {"request_id": "walk"}}, config, durability="sync")


def _growth_ratios(bench: Bench) -> Iterator[Ratio]:
    walks = {length: Walk(until=length, load_bytes=LARGE // 100) for length in (SHORT, LONG)}
    resumes = {length: _thread_of(bench, walk) for length, walk in walks.items()}
    long, short = side_by_side(RUNS, resumes[LONG], resumes[SHORT])
    print(f"resuming: {median(long) * 1000:.0f} ms after {LONG} steps, {median(short) * 1000:.0f} ms after {SHORT}")
    yield Ratio(f"resuming a thread of {LONG} steps / of {SHORT}", ratio(long, short), 2)
    with bench.database.begin() as connection:
        late, early = (
            connection.execute(BYTES, {"thread": f"of {LONG}", "step": step}).scalar_one() for step in (LONG - 2, SHORT)
        )
    print(f"bytes a step: {late} at step {LONG - 2}, {early} at step {SHORT}")
    yield Ratio(f"bytes of step {LONG - 2} / of step {SHORT}", float(late / early), 1.05)


def _thread_of(bench: Bench, walk: Walk) -> Callable[[], None]:
    """A thread that was broken off after so many steps; each call resumes it for one step more."""
    graph, thread = bench.ours(walk), f"of {walk.until}"
    request = {"request_id": str(uuid4()), "priority": "medium"}
    accepted = accept(bench.database, request, thread, "sample", datetime.now(UTC))
    config: Any = {"configurable": {"thread_id": thread}, "recursion_limit": LONG * 2}
    try:
        graph.invoke({"request": request}, config)
    except Paused:
        return partial(_resume, graph, accepted, walk)
    raise AssertionError("the walk did not break off")


def _resume(graph: DurableGraph, accepted: Run, walk: Walk) -> None:
    walk.until += 1
    try:
        for _ in steps(graph, accepted, None, RunControl()):
            continue
    except Paused:
        return
    raise AssertionError("the walk did not break off")


def _claim_ratio(bench: Bench) -> Iterator[Ratio]:
    with ThreadPoolExecutor(CLAIMERS) as claimers:
        took = median(seconds(partial(_claim_together, claimers, bench.database)) for _ in range(RUNS))
    print(f"claims: {CLAIMS / took:.0f} a second by {CLAIMERS} runs at once, each with its heartbeat and its release")
    yield Ratio(f"{CLAIMS_A_SECOND} claims a second / ours", CLAIMS_A_SECOND * took / CLAIMS, 1)


def _claim_together(claimers: ThreadPoolExecutor, database: Database) -> None:
    for claimed in [claimers.submit(_claim, database) for _ in range(CLAIMS)]:
        claimed.result()


def _claim(database: Database) -> None:
    with leased(database, f"claim-{next(NUMBERS)}", 10, _nothing):
        return


def _nothing() -> None:
    """Nobody takes these threads over."""


def _no_market(source: str) -> Any:
    raise AssertionError(f"nobody asked for the {source} market")
