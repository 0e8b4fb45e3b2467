"""The Anthropic Messages API as it looks on the wire: what a request says, and how an answer is written."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

ERROR_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
NEVER_FORCED = ("claude-fable-5-1", "claude-opus-5-5", "claude-sonnet-5-5")
"""Models that answer 400 to a tool_choice of "any" or "tool"."""


def text_of(content: Any) -> str:
    """Every word in the content of a message or a system prompt: texts, arguments of tools, results of tools."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(text_of(block) for block in content)
    if isinstance(content, Mapping):
        kinds = {"tool_use": "input", "tool_result": "content"}
        inside = content.get(kinds.get(str(content.get("type")), "text"), "")
        return json.dumps(inside) if isinstance(inside, Mapping) else text_of(inside)
    return ""


def opening_of(body: Json) -> str:
    """What names a conversation and stays the same in each of its turns: the system prompt and the first message."""
    return text_of(body.get("system", "")) + "\n" + text_of(body["messages"][0]["content"])


def newest_of(body: Json) -> str:
    """What the client said or found since the last answer."""
    return text_of(body["messages"][-1]["content"])


def flaw_of(body: Any) -> str | None:
    """What the real server would not take about a request, or None."""
    if not isinstance(body, dict) or not isinstance(body.get("max_tokens"), int) or not body.get("model"):
        return "a request needs model and max_tokens"
    if not body.get("messages") or body["messages"][0]["role"] != "user":
        return "messages start with one of the user"
    if (body.get("tool_choice") or {}).get("type") in ("any", "tool") and body["model"].startswith(NEVER_FORCED):
        return f"{body['model']} cannot be forced to use a tool"
    return _unpaired(body["messages"])


def _unpaired(messages: list[Json]) -> str | None:
    """Each use of a tool has its result in the very next message, and no result comes without a use."""
    called: set[str] = set()
    for message in messages:
        answered = set(_ids(message, "tool_result", "tool_use_id"))
        if answered != called:
            return f"tool_use and tool_result do not pair up: {sorted(answered ^ called)}"
        called = set(_ids(message, "tool_use", "id"))
    return f"tool_use without tool_result: {sorted(called)}" if called else None


def _ids(message: Json, kind: str, key: str) -> Iterator[str]:
    if isinstance(message["content"], list):
        yield from (block[key] for block in message["content"] if block.get("type") == kind)


def error_body(status: int, message: str) -> Json:
    """The body of an error."""
    return {"type": "error", "error": {"type": ERROR_KINDS.get(status, "api_error"), "message": message}}


def message_body(number: int, model: str, blocks: list[Json], stop_reason: str, usage: tuple[int, int]) -> Json:
    """The body of an answer that is not streamed."""
    return {
        "id": f"msg_{number:04}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": blocks,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": usage[0], "output_tokens": usage[1]},
    }


def events_of(message: Json) -> Iterator[Json]:
    """The same answer as the events of a stream; texts and arguments come in two pieces each."""
    usage = message["usage"]
    started = message | {"content": [], "stop_reason": None, "usage": usage | {"output_tokens": 1}}
    yield {"type": "message_start", "message": started}
    for index, block in enumerate(message["content"]):
        key, delta = ("text", "text_delta") if block["type"] == "text" else ("partial_json", "input_json_delta")
        whole = block["text"] if block["type"] == "text" else json.dumps(block["input"])
        empty = {"text": ""} if block["type"] == "text" else {"input": {}}
        yield {"type": "content_block_start", "index": index, "content_block": block | empty}
        for piece in (whole[: len(whole) // 2], whole[len(whole) // 2 :]):
            yield {"type": "content_block_delta", "index": index, "delta": {"type": delta, key: piece}}
        yield {"type": "content_block_stop", "index": index}
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": stop, "usage": {"output_tokens": usage["output_tokens"]}}
    yield {"type": "message_stop"}


def sse(event: Json) -> bytes:
    """One event as it is sent."""
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
