"""The response to a request that is not over: a question, or what it lacks, what was done so far and how to go on."""

import shlex
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from langgraph.types import StateSnapshot

from checkpoints.artifacts import fetch
from checkpoints.runs import Run
from graph.handoffs import handoffs_in
from graph.protocol import Response
from graph.state import Json, State
from tools.costs import usage_of
from tools.deps import Deps
from tools.phases.at_work import phases_in
from tools.phases.course import course_in

APPROVED = ("approve", "review")
"""Questions that are answered with `magnus approve` or `magnus reject`."""
MORE = {"calls": "MAGNUS_BUDGET_CALLS", "tokens": "MAGNUS_BUDGET_TOKENS", "agents": "MAGNUS_BUDGET_AGENTS"}
"""Limits that a person raises by a setting for the next run; dollars are added by an option."""


def waiting(run: Run, question: Json, deps: Deps) -> Response:
    """The question that is open."""
    ways = _answers(run, question) if question["kind"] in APPROVED else [f"magnus resume {run.thread_id} ANSWER"]
    return _response(run, deps, status="waiting", result=question, next_steps=ways)


def _answers(run: Run, question: Json) -> list[str]:
    """Read the change first, then say yes or no."""
    read = f"git log -p {question['details']['branch']} --not HEAD"
    return [read, f"magnus approve {run.thread_id}", f'magnus reject {run.thread_id} --why "..."']


def stopped(run: Run, stops: Sequence[Json], snapshot: StateSnapshot, deps: Deps) -> Response:
    """What is missing or used up, and what there is already; nothing of it is done again when the request goes on.

    Agents that work side by side run into the same bound: one sentence for each kind of thing is enough.
    """
    why = {stop["details"]["what"]: stop["question"] for stop in reversed(stops)}
    result = {"stopped": [{"why": stop["question"], **stop["details"]} for stop in stops]}
    phases = next((stop["details"]["phases"] for stop in stops if "phases" in stop["details"]), None)
    newer = {"phases": phases} if phases else {}
    return _response(
        run,
        deps,
        status="partial",
        result=result | _work(snapshot, deps) | newer,
        errors=list(why.values()),
        warnings=(snapshot.values.get("plan") or {}).get("warnings", []) if _has_workspace(snapshot) else [],
        next_steps=_ways_on(run, stops, deps),
    )


def cut_off(run: Run, deps: Deps) -> Response:
    """A run that was stopped in the middle."""
    return _response(run, deps, status="partial", next_steps=[f"magnus resume {run.thread_id}"])


def _response(run: Run, deps: Deps, **said: Any) -> Response:
    now = deps.now()
    return Response(
        request_id=UUID(run.request_id),
        agent="magnus",
        thread_id=run.thread_id,
        usage=usage_of(deps.database(), run.request_id, (now - run.accepted_at).total_seconds()),
        timestamp=now,
        **said,
    )


def _work(snapshot: StateSnapshot, deps: Deps) -> Json:
    """Branch and handoffs, in the form they have at the end; nothing where no workspace was made yet."""
    if not _has_workspace(snapshot):
        return {}
    values = cast(State, snapshot.values)
    handed = [fetch(deps.database(), values["task"]["thread_id"], one["handoff"]) for one in handoffs_in(values)]
    return {
        "branch": values["workspace"]["branch"],
        "base": values["workspace"]["base"],
        "project": values["workspace"]["root"],
        "files": sorted({file for one in handed for file in one["deliverables"]["files"]}),
        "handoffs": handed,
        **phases_in(values, course_in(values), deps),
    }


def _has_workspace(snapshot: StateSnapshot) -> bool:
    """Whether the state holds one of this request, and none that an earlier request of the thread left."""
    workspace = snapshot.values.get("workspace") or {}
    return bool(workspace) and workspace.get("request_id") == snapshot.values["task"]["request_id"]


def _ways_on(run: Run, stops: Sequence[Json], deps: Deps) -> list[str]:
    """One command for each kind of thing that is missing."""
    kinds = dict.fromkeys(stop["details"]["what"] for stop in stops)
    return list(dict.fromkeys(_way_on(run, what, deps) for what in kinds))


def _way_on(run: Run, what: str, deps: Deps) -> str:
    settings, again = deps.settings(), f"magnus resume {run.thread_id}"
    if what == "usd":
        return f"{again} --budget {run.request.get('budget_usd') or settings.budget_usd or 1:g}"
    if what == "seconds":
        return f"MAGNUS_BUDGET_MINUTES={settings.budget_minutes * 2:g} {again}"
    if what in MORE:
        return f"{MORE[what]}={max(1, getattr(settings, f'budget_{what}') * 2)} {again}"
    if run.request.get("no_model"):
        project = f" --project {shlex.quote(str(run.request['project']))}" if run.request.get("project") else ""
        return f"magnus ask {shlex.quote(run.wish)} --thread {run.thread_id}{project}"
    return again
