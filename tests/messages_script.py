"""What a scripted model says: conversations, told by what opens them, and the answers of each in their order."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from messages_wire import Json, newest_of, opening_of


def tool(name: str, /, **arguments: Any) -> Json:
    """A use of a tool, as a part of an answer; its id is given when it is sent."""
    return {"type": "tool_use", "name": name, "input": arguments}


@dataclass(frozen=True)
class Turn:
    """One answer, or one failure, of the server."""

    parts: tuple[str | Json, ...] = ()
    form: Json | None = None
    stop_reason: str | None = None
    status: int = 200
    retry_after: float | str | None = None
    rubbish: bytes | None = None
    hangs_up: bool = False
    breaks_off: bool = False
    delay_s: float = 0
    after: str | None = None
    tokens: tuple[int, int] | None = None

    @property
    def is_answer(self) -> bool:
        """Whether the client got what it asked for; the same call again is then a repeat, not another try."""
        return self.status == 200 and self.rubbish is None and not self.hangs_up and not self.breaks_off

    def blocks(self, body: Json, number: int) -> list[Json]:
        """The content of the answer to this request."""
        parts = self.parts if self.form is None else (_filled(self.form, body),)
        named = (_block(part) for part in parts)
        return [
            block | {"id": f"toolu_{number:04}_{place}"} if block["type"] == "tool_use" else block
            for place, block in enumerate(named)
        ]


def _block(part: str | Json) -> Json:
    return {"type": "text", "text": part} if isinstance(part, str) else part


def _filled(form: Json, body: Json) -> str | Json:
    """A form goes back the way it was asked for: as JSON text, or as arguments of the tool that was offered."""
    if (body.get("output_config") or {}).get("format"):
        return json.dumps(form)
    return tool(body["tools"][0]["name"], **form)


@dataclass
class Conversation:
    """Every method adds the next turn and gives the conversation back, so that a script reads from top to bottom."""

    opens_with: tuple[str, ...]
    model: str | None = None
    turns: list[Turn] = field(default_factory=list)
    taken: int = 0

    def answers(self, *parts: str | Json, stop_reason: str | None = None, **how: Any) -> "Conversation":
        """Texts and uses of tools; `after` is what the newest message must hold, `delay_s`, `tokens` as in Turn."""
        return self._next(Turn(parts, stop_reason=stop_reason, **how))

    def fills_in(
        self, *, tokens: tuple[int, int] | None = None, after: str | None = None, **form: Any
    ) -> "Conversation":
        """A structured answer."""
        return self._next(Turn(form=form, tokens=tokens, after=after))

    def refuses(self) -> "Conversation":
        """The model will not say it."""
        return self._next(Turn(stop_reason="refusal"))

    def fails(self, status: int, retry_after: float | str | None = None, times: int = 1) -> "Conversation":
        """429 limited, 529 overloaded, 500 broken, and so on."""
        for _ in range(times):
            self._next(Turn(status=status, retry_after=retry_after))
        return self

    def sends_rubbish(self, rubbish: bytes = b"<html>not today</html>") -> "Conversation":
        """A body that is no message, with status 200; it calls itself JSON where it starts like it."""
        return self._next(Turn(rubbish=rubbish))

    def hangs_up(self) -> "Conversation":
        """The connection is closed without an answer."""
        return self._next(Turn(hangs_up=True))

    def hangs(self, at_most_s: float = 60) -> "Conversation":
        """No answer while the client waits, then the connection is closed; the end of a test cuts it short."""
        return self._next(Turn(hangs_up=True, delay_s=at_most_s))

    def breaks_off(self, *parts: str | Json) -> "Conversation":
        """A stream that ends in an overload after its first words."""
        return self._next(Turn(parts, breaks_off=True))

    def later(self, delay_s: float) -> "Conversation":
        """The turn before comes this much later; when the same call is repeated, it comes at once."""
        self.turns[-1] = replace(self.turns[-1], delay_s=delay_s)
        return self

    def is_this(self, body: Json) -> bool:
        """Whether a request belongs here: by the model it names and by what opens it."""
        opening = opening_of(body)
        return self.model in (None, body["model"]) and all(words in opening for words in self.opens_with)

    def left_over(self) -> int:
        """Turns nobody has asked for."""
        return len(self.turns) - self.taken

    def take(self, body: Json) -> Turn:
        """The next turn; raises LookupError where the script has none for this request."""
        if not self.left_over():
            raise LookupError(f"{self.opens_with} was told {self.taken} answers and is asked for one more")
        turn = self.turns[self.taken]
        if turn.after is not None and turn.after not in newest_of(body):
            raise LookupError(f"{self.opens_with} expected {turn.after!r} in: {newest_of(body)[:300]}")
        self.taken += 1
        return turn

    def _next(self, turn: Turn) -> "Conversation":
        self.turns.append(turn)
        return self


def choose(conversations: Sequence[Conversation], body: Json) -> Conversation:
    """The one conversation a request belongs to; raises LookupError where there is none or more than one."""
    found = [conversation for conversation in conversations if conversation.is_this(body)]
    if len(found) != 1:
        names = [conversation.opens_with for conversation in found] or "no conversation"
        raise LookupError(f"{names} for the request that opens with: {opening_of(body).strip()[-300:]}")
    return found[0]
