"""A Messages API on loopback that says what a test told it to: the real client talks to it, nothing is patched.

    with MessagesApi() as api:
        talk = api.conversation("Why does the build fail?", "You are qa_debugger")
        talk.answers("Let me look.", tool("read_file", path="a.py"))
        talk.fails(529, retry_after=0.01)
        talk.answers("A comma is missing.", after="text of a.py")
        ...run something with api.environment...

The words given to `conversation` stand in the system prompt or in the first message of every request of it. Leaving the
block fails the test on a request nobody told it about, on one the real server would not take, and on answers left over.
A call that was answered already gets the same answer again and is counted in `repeats`: a killed client asks twice.
"""

import json
import sys
import threading
from collections import Counter
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from messages_script import Conversation, Turn, choose, tool
from messages_wire import Json, error_body, events_of, flaw_of, message_body, newest_of, sse, text_of

__all__ = ["Conversation", "MessagesApi", "Received", "tool"]

PATH = "/v1/messages"


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    body: Json
    headers: dict[str, str]

    @property
    def system(self) -> str:
        return text_of(self.body.get("system", ""))

    @property
    def newest(self) -> str:
        return newest_of(self.body)


class MessagesApi:
    """See the top of this module. `key` is the only one it takes; every other gets 401."""

    def __init__(self, key: str = "key-of-a-test") -> None:
        self.key = key
        self.received: list[Received] = []
        self.problems: list[str] = []
        self.repeats: Counter[str] = Counter()
        self._conversations: list[Conversation] = []
        self._answered: dict[str, tuple[Turn, int]] = {}
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a client here."""
        return {"ANTHROPIC_BASE_URL": self.url, "ANTHROPIC_API_KEY": self.key}

    def conversation(self, *opens_with: str, model: str | None = None) -> Conversation:
        """A new one; its words and its model must tell it from every other."""
        self._conversations.append(Conversation(opens_with, model))
        return self._conversations[-1]

    def check(self) -> None:
        """Fail the test where the script and what happened differ."""
        if complaints := self.complaints():
            raise AssertionError("scripted model: " + "; ".join(complaints))

    def complaints(self) -> list[str]:
        """What was asked and not told, and what was told and not asked."""
        return self.problems + [
            f"{talk.opens_with} has {talk.left_over()} answers left over (repeats: {self.repeats.total()})"
            for talk in self._conversations
            if talk.left_over()
        ]

    def turn_for(self, received: Received) -> tuple[Turn, int]:
        """The answer to a request and its number; raises LookupError where there is none."""
        with self._lock:
            self.received.append(received)
            if flaw := flaw_of(received.body):
                raise LookupError(flaw)
            call = json.dumps(received.body, sort_keys=True)
            if call in self._answered:
                self.repeats[call] += 1
                return self._answered[call]
            turn = choose(self._conversations, received.body).take(received.body)
            if turn.is_answer:
                self._answered[call] = (replace(turn, delay_s=0), len(self.received))
            return turn, len(self.received)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        if error is None:
            self.check()
        else:
            for complaint in self.complaints():
                error.add_note(f"scripted model: {complaint}")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: MessagesApi

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what some tests are about; anything else is wrong with a script."""
        if not isinstance(error := sys.exc_info()[1], ConnectionError):
            self.api.problems.append(repr(error))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        api = self.server.api
        raw = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if api.key not in (headers.get("x-api-key"), headers.get("authorization", "").removeprefix("Bearer ")):
            self._send(401, error_body(401, "invalid key"))
            return
        received = Received(json.loads(raw), headers)
        try:
            if self.path.partition("?")[0] != PATH:
                raise LookupError(f"no test is told what {self.path} answers")
            turn, number = api.turn_for(received)
        except LookupError as error:
            api.problems.append(str(error))
            self._send(400, error_body(400, f"scripted model: {error}"))
            return
        api.closing.wait(turn.delay_s)
        self._play(turn, received.body, number)

    def log_message(self, format: str, *args: Any) -> None:
        """Tests are quiet."""

    def _play(self, turn: Turn, body: Json, number: int) -> None:
        self.close_connection = True
        if turn.hangs_up:
            return
        if turn.status != 200:
            self._send(turn.status, error_body(turn.status, "told to fail"), turn.retry_after)
        elif turn.rubbish is not None:
            self._write(200, "application/json" if turn.rubbish.startswith(b"{") else "text/html", turn.rubbish)
        else:
            self._answer(turn, body, number)

    def _answer(self, turn: Turn, body: Json, number: int) -> None:
        blocks = turn.blocks(body, number)
        uses_tool = any(block["type"] == "tool_use" for block in blocks)
        stop_reason = turn.stop_reason or ("tool_use" if uses_tool else "end_turn")
        usage = turn.tokens or (len(json.dumps(body)) // 4, len(json.dumps(blocks)) // 4)
        message = message_body(number, body["model"], blocks, stop_reason, usage)
        if not body.get("stream"):
            self._send(529 if turn.breaks_off else 200, error_body(529, "broke off") if turn.breaks_off else message)
            return
        events = [sse(event) for event in events_of(message)]
        broken = [*events[: len(events) // 2], sse(error_body(529, "broke off"))]
        self._write(200, "text/event-stream", b"".join(broken if turn.breaks_off else events))

    def _send(self, status: int, told: Json, retry_after: float | str | None = None) -> None:
        self._write(status, "application/json", json.dumps(told).encode(), retry_after)

    def _write(self, status: int, kind: str, content: bytes, retry_after: float | str | None = None) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.send_header("request-id", "req_of_a_test")
        self.send_header("connection", "close")
        if retry_after is not None:
            self.send_header("retry-after", str(retry_after))
        self.end_headers()
        self.wfile.write(content)
