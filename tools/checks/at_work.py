"""The gates in a workflow: each looks at the newest commit of the task, and what it saw is kept as evidence."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from checkpoints.artifacts import fetch
from checkpoints.evidence import Subject, latest_evidence
from checkpoints.fence import Fence
from graph.handoffs import handoffs_in
from graph.state import State
from tools.checks.change import Change
from tools.checks.judging import NEEDS_SOUND_SYNTAX, NOT_RUN, Record, judge_gate, stand_with_memory, subject_of
from tools.checks.stand import Stand, open_stand
from tools.checks.verdict import Checked, GateName
from tools.code.committing import tree_at
from tools.code.self_test import open_sandbox
from tools.code.worktrees import Workspace, git_beside, workspace_from
from tools.deps import Deps
from tools.phases.course import course_in, newest_commit
from tools.spending import settings_for

Json = dict[str, Any]
REVIEWER = "code_reviewer"
WORDS = {".md", ".rst", ".txt"}
"""What may be written after a review without undoing it."""


def look(gate: GateName, state: State, fence: Fence, deps: Deps) -> State:
    """Let one gate look; returns the reference to its evidence. Where the syntax is broken nothing is run."""
    task, change = state["task"], change_of_task(state)
    record = Record(deps.database(), subject_of_task(state, change), fence, deps.now)
    sandbox = open_sandbox(settings_for(deps.settings(), task).sandbox, is_attended=task["requester"] == "user")
    check = _not_run if gate in NEEDS_SOUND_SYNTAX and _is_broken(state, change) else None
    with stand_with_memory(change, sandbox, record, deps.settings().audit_url) as stand:
        verdict, number = judge_gate(gate, replace(stand, review=_review(state, deps)), record, check)
    return {"evidence": {"tree": change.tree, "gates": {gate: {"id": number, "state": verdict.state}}}}


@contextmanager
def stand_of_task(state: State, deps: Deps) -> Iterator[Stand]:
    """A stand with the newest commit of the task, to run something there."""
    task, change = state["task"], change_of_task(state)
    sandbox = open_sandbox(settings_for(deps.settings(), task).sandbox, is_attended=task["requester"] == "user")
    with open_stand(change, sandbox) as stand:
        yield stand


def change_of_task(state: State) -> Change:
    """What the task has changed so far: its newest commit against the one its work began at.

    After a rollback the branch may have more than is still part of the task: then the handoffs tell.
    """
    workspace, handoffs = task_workspace(state), handoffs_in(state)
    git, newest = git_beside(workspace), workspace.ref
    if workspace.rollback != state.get("rollback", 0):
        newest = newest_commit(course_in(state), handoffs) or workspace.start
    before, after = tree_at(git, workspace.start), tree_at(git, newest)
    return Change(git, workspace.root, before, after, workspace.prefix)


def subject_of_task(state: State, change: Change) -> Subject:
    """Under what the evidence of a task is kept."""
    task = state["task"]
    return subject_of(change, state["route"]["task_type"], task["thread_id"], task["request_id"])


def rows_of_task(state: State, change: Change, deps: Deps) -> dict[str, Json]:
    """The newest evidence of each gate on a change of the task, whoever asked for it."""
    subject = subject_of_task(state, change)
    return latest_evidence(deps.database(), change.tree, change.base, subject.project)


def task_workspace(state: State) -> Workspace:
    """The workspace of the task, with the commit where its work began, also after a rollback or a branch that moved."""
    workspace = workspace_from(state["workspace"])
    return replace(workspace, start=state["plan"].get("start", workspace.start))


def _is_broken(state: State, change: Change) -> bool:
    seen: Json = state.get("evidence") or {}
    is_this = seen.get("tree") == change.tree
    return is_this and bool(seen["gates"].get("syntax", {}).get("state") == "failed")


def _not_run(stand: object) -> Checked:
    return Checked(skipped_because=NOT_RUN)


def _review(state: State, deps: Deps) -> tuple[Json, ...] | None:
    """What a reviewer found in what is there now; None where nobody reviewed it since the code was changed last."""
    read: tuple[Json, ...] | None = None
    for one in handoffs_in(state):
        told = fetch(deps.database(), state["task"]["thread_id"], one["handoff"])
        if one["commit"] and not all(PurePosixPath(file).suffix in WORDS for file in told["deliverables"]["files"]):
            read = None
        if one["agent"] == REVIEWER and not one["ended"]:
            read = tuple(told["context"].get("findings", ()))
    return read
