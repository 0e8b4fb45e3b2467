"""Around every call of a tool: said in one line, done once, cleaned of secrets, written into the log."""

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import ToolMessage
from langgraph.types import Command

from checkpoints.artifacts import keep
from graph.errors import BadInput, Outage, Unavailable
from tools.agents.kit import WITH_EVIDENCE, WRITING, clipped
from tools.agents.loop_state import LONGEST_ON, Entry, Json, LoopState, Shift
from tools.agents.permission import refuse_unless_writable
from tools.agents.wording import in_a_line, readable
from tools.code.names import parts

Handler = Callable[[ToolCallRequest], ToolMessage | Command[Any]]
CHANGES = WRITING | WITH_EVIDENCE
NEEDS = {"write": {"path"}, "edit": {"path", "old", "new"}, "delete": {"path"}, "move": {"path", "to"}}
VARIES = re.compile(r"\b\d+\.\d+ ?(?:s|ms|seconds?)\b|\b0x[0-9a-f]{4,}\b|\b\d\d:\d\d:\d\d(?:\.\d+)?\b|/tmp/[\w./-]+")
"""What differs between two runs of one command that say the same."""
FACTS = ("argv", "is_test", "before", "counts", "stopped_by")


class Recording(AgentMiddleware[LoopState]):
    """The log is written by code as things happen; nothing a model says gets into it but what it asked for."""

    state_schema = LoopState

    def __init__(self, shift: Shift) -> None:
        super().__init__()
        self._shift, self._changing, self.tools = shift, Lock(), []

    def wrap_tool_call(self, request: ToolCallRequest, handler: Handler) -> ToolMessage | Command[Any]:
        call, shift = request.tool_call, self._shift
        shift.tell(f"{shift.agent.name} · {call['name']} · {self._on(call['args'])}".rstrip(" ·"))
        with self._alone(call["name"]):
            began = time.perf_counter()
            message = self._done(request, handler)
            return self._recorded(request, message, time.perf_counter() - began)

    @contextmanager
    def _alone(self, tool: str) -> Iterator[None]:
        """Calls of one turn run side by side, but a tree in the log is what one change left or one command saw."""
        if tool not in CHANGES:
            yield
            return
        with self._changing:
            yield

    def _on(self, given: Json) -> str:
        return clipped(in_a_line(self._shift.secrets.removed_from(subject(given))), LONGEST_ON)

    def _recorded(self, request: ToolCallRequest, message: ToolMessage, seconds: float) -> Command[Any]:
        """The answer without secrets, and the entry of the log for it."""
        call, shift, on = request.tool_call, self._shift, self._on(request.tool_call["args"])
        facts = shift.secrets.removed(message.artifact or {})
        text = shift.secrets.removed_from(str(message.text))
        digest = keep(shift.effects.database, shift.thread_id, {"tool": call["name"], "on": on, "said": text})
        entry = Entry(
            turn=request.state.get("calls", 0),
            at_ns=time.time_ns(),
            tool=call["name"],
            on=on,
            call=_same(call["args"]),
            is_error=message.status == "error",
            exit_code=facts.get("exit_code"),
            seconds=round(seconds, 2),
            digest=digest,
            answer=_same(VARIES.sub("", text)),
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
            return {"said": readable(self._shift.secrets.removed_from(str(message.text))), "status": message.status}

        def find() -> Json | None:
            said = self._found_done(call["name"], call["args"])
            return {"said": said, "status": "success"} if said else None

        payload = {"agent": self._shift.agent.name, "on": self._on(call["args"])}
        kept = self._shift.effects.effect(f"{call['name']} {call['id']}", "reconcile", payload, do, find)
        return ToolMessage(kept["said"], name=call["name"], tool_call_id=str(call["id"]), status=kept["status"])

    def _found_done(self, tool: str, given: Json) -> str | None:
        """What the tool would have said, where the file is already as it wanted it."""
        if not self._may(tool, given):
            return None
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

    def _may(self, tool: str, given: Json) -> bool:
        """Whether this can have been done at all; what was refused is refused once more, and not found to be done."""
        agent = self._shift.agent
        if tool not in agent.tools or not all(isinstance(given.get(name), str) for name in NEEDS[tool]):
            return False
        try:
            for name in NEEDS[tool] & {"path", "to"}:
                refuse_unless_writable(agent.writes, given[name])
                parts(given[name])
        except BadInput:
            return False
        return True


def subject(given: Json) -> str:
    """What a call is about, in a few words: a path, a command, a pattern, a question."""
    names = ("path", "command", "target", "pattern", "statement", "sql", "agent", "summary")
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


def _same(given: Json | str) -> str:
    """A short name that two calls or two answers share where they are the same."""
    return hashlib.sha256(json.dumps(given, sort_keys=True, default=str).encode()).hexdigest()[:16]
