"""Around every call of a tool: said in one line, done once, cleaned of secrets, written into the log."""

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import ToolMessage
from langgraph.types import Command

from checkpoints.artifacts import keep
from graph.errors import BadInput, Outage, Unavailable
from tools.agents.kit import WITH_EVIDENCE, WRITING, clipped
from tools.agents.loop_state import Entry, Json, LoopState, Shift

Handler = Callable[[ToolCallRequest], ToolMessage | Command[Any]]
LONGEST_ON = 160
CHANGES = WRITING | WITH_EVIDENCE
FACTS = ("argv", "is_test", "before", "counts", "stopped_by")


class Recording(AgentMiddleware[LoopState]):
    """The log is written by code as things happen; nothing a model says gets into it but what it asked for."""

    state_schema = LoopState

    def __init__(self, shift: Shift) -> None:
        super().__init__()
        self._shift, self.tools = shift, []

    def wrap_tool_call(self, request: ToolCallRequest, handler: Handler) -> ToolMessage | Command[Any]:
        call, shift = request.tool_call, self._shift
        on = clipped(" ".join(shift.secrets.removed_from(subject(call["args"])).split()), LONGEST_ON)
        shift.tell(f"{shift.agent.name} · {call['name']} · {on}".rstrip(" ·"))
        began = time.perf_counter()
        message = self._done(request, handler)
        facts = shift.secrets.removed(message.artifact or {})
        text = shift.secrets.removed_from(str(message.text))
        digest = keep(shift.effects.database, shift.thread_id, {"tool": call["name"], "on": on, "said": text})
        entry = Entry(
            turn=request.state.get("calls", 0),
            tool=call["name"],
            on=on,
            call=_same(call["args"]),
            is_error=message.status == "error",
            exit_code=facts.get("exit_code"),
            seconds=round(time.perf_counter() - began, 2),
            digest=digest,
            tree=shift.bench.tree() if call["name"] in CHANGES and shift.agent.writes != "nothing" else "",
            facts={name: facts[name] for name in FACTS if facts.get(name)},
        )
        cleaned = message.model_copy(update={"content": text, "artifact": None})
        left = {"handed_over": facts} if call["name"] == "hand_over" and message.status != "error" else {}
        return Command(update={"messages": [cleaned], "log": [entry], **left})

    def _done(self, request: ToolCallRequest, handler: Handler) -> ToolMessage:
        """The tool's answer; a change of a file happens once, however often a kill makes this be called."""
        call = request.tool_call
        if call["name"] not in WRITING:
            return _answered(request, handler)

        def do() -> Json:
            message = _answered(request, handler)
            return {"said": str(message.text), "status": message.status}

        def find() -> Json | None:
            said = self._found_done(call["name"], call["args"])
            return {"said": said, "status": "success"} if said else None

        payload = {"agent": self._shift.agent.name, "on": subject(call["args"])[:LONGEST_ON]}
        kept = self._shift.effects.effect(f"{call['name']} {call['id']}", "reconcile", payload, do, find)
        return ToolMessage(kept["said"], name=call["name"], tool_call_id=str(call["id"]), status=kept["status"])

    def _found_done(self, tool: str, given: Json) -> str | None:
        """What the tool would have said, where the file is already as it wanted it."""
        bench = self._shift.bench
        now = bench.text(given["path"])
        if tool == "edit":
            is_done = (
                now is not None and now.count(given["new"]) == 1 and given["old"] not in now.replace(given["new"], "")
            )
            return f"{given['path']} is changed." if is_done else None
        if now is not None or tool == "write":
            return None
        if tool == "delete":
            return f"{given['path']} is deleted."
        return f"{given['path']} is {given['to']} now." if bench.text(given["to"]) is not None else None


def subject(given: Json) -> str:
    """What a call is about, in a few words: a path, a command, a pattern, a question."""
    names = ("path", "command", "target", "pattern", "agent", "summary")
    return next((str(given[name]) for name in names if given.get(name)), "")


def _answered(request: ToolCallRequest, handler: Handler) -> ToolMessage:
    """A failure to be expected is for the model to act on; a bug, and a database that is gone, are not."""
    try:
        answer = handler(request)
    except (BadInput, Unavailable) as error:
        if isinstance(error, Outage):
            raise
        call = request.tool_call
        return ToolMessage(str(error), name=call["name"], tool_call_id=str(call["id"]), status="error")
    if not isinstance(answer, ToolMessage):
        raise TypeError(f"a tool answered with {type(answer).__name__}")
    return answer


def _same(given: Json) -> str:
    return hashlib.sha256(json.dumps(given, sort_keys=True, default=str).encode()).hexdigest()[:16]
