"""What became of a change before the gates, in words for the person."""

import shlex
from collections.abc import Mapping
from typing import Any, Literal

from graph.handoffs import handoffs_in
from graph.state import State
from tools.checks.verdict import GATES

Json = dict[str, Any]
SHOWN_FINDINGS = 20
SHORT = 12
"""Letters of a commit's name in a command."""


def gates_told(rows: Mapping[str, Json]) -> list[Json]:
    """Each gate whose evidence this is: how it ended, and what it found."""
    shown = ("gate", "state", "score", "seconds", "skipped_because", "waits_for", "id")
    return [
        {name: rows[gate][name] for name in shown} | {"findings": rows[gate]["findings"][:SHOWN_FINDINGS]}
        for gate in GATES
        if gate in rows
    ]


def delivery_of(state: State) -> Json | None:
    """Where the change of this request is now, or why it is not delivered; None where it never came so far."""
    found = _of_this(state, "delivery")
    is_settled = bool(found) and found["state"] != "moved"
    return {name: value for name, value in found.items() if name not in ("request_id", "moves")} if is_settled else None


def judged(state: State, gates: list[Json]) -> tuple[Literal["success", "failure", "partial"], list[str]]:
    """The status of the request, and in sentences why it is no success."""
    if not any(one["commit"] for one in handoffs_in(state)):
        return "success", []
    verdict, approval = _of_this(state, "verdict"), _of_this(state, "approval")
    if verdict and verdict["state"] == "failed":
        return "failure", [_refusal(gates, verdict["attempt"])]
    if approval and not approval["approved"]:
        return "failure", [_rejection(approval)]
    delivery = _of_this(state, "delivery")
    if delivery and delivery["state"] == "refused":
        return "partial", [delivery["why"]]
    return "success", []


def steps_on(state: State, result: Json) -> list[str]:
    """Commands that fit what became of the change: read it, take it, or see what the gates saw and go on."""
    thread, branch = state["task"]["thread_id"], result["branch"]
    show = f"magnus show {thread}"
    if not branch:
        return [show]
    delivery, read = result["delivery"] or {}, f"git log -p {branch} --not HEAD"
    if delivery.get("state") == "delivered":
        return [*_taking(delivery, result["start"], branch, read), show]
    if delivery or not _was_refused(state):
        return [read, f"git merge {branch}", show]
    anew = f'magnus "WHAT TO DO INSTEAD" --thread {thread} --project {shlex.quote(result["project"])}'
    return [read, show, anew]


def _taking(delivery: Json, start: str, branch: str, read: str) -> list[str]:
    if delivery["mode"] == "merge":
        return [f"git log -p {start[:SHORT]}..{delivery['commit'][:SHORT]}"]
    if delivery["mode"] == "patch":
        return [f"git am {shlex.quote(delivery['into'])}"]
    return [read, f"git merge {branch}"]


def _was_refused(state: State) -> bool:
    """By a gate or by the person; what was ended before it came so far was not."""
    verdict, approval = _of_this(state, "verdict"), _of_this(state, "approval")
    return bool((verdict and verdict["state"] == "failed") or (approval and not approval["approved"]))


def _rejection(approval: Json) -> str:
    if not approval["who"]:
        return f"Not delivered: {approval['why']}"
    return f"Not delivered, as {approval['who']} said: {approval['why'].rstrip('.') or 'no'}."


def _refusal(gates: list[Json], attempts: int) -> str:
    failed = [one["gate"] for one in gates if one["state"] == "failed"]
    said = [finding["message"] for one in gates if one["state"] == "failed" for finding in one["findings"][:1]]
    times = "once" if attempts == 1 else f"{attempts} times"
    return f"Not delivered: {', '.join(failed)} refused the change {times}. {' '.join(said)}".strip()


def _of_this(state: State, key: Literal["verdict", "approval", "delivery"]) -> Json:
    """What the state has under a key, if it is of this request."""
    found: Json = state.get(key) or {}
    return found if found.get("request_id") == state["task"]["request_id"] else {}
