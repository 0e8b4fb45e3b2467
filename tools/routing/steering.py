"""Text that tries to steer the router is taken out before anything is decided."""

import re

_REST = r"[^.;!?\n]*"
_GIVEN = r"(?:previous|prior|above|earlier|all|any|your|system)\b[^.;!?\n]{0,20}"
_RULES = _GIVEN + r"\b(?:instructions?|rules?|prompts?|guidelines)\b"
STEERING = tuple(
    re.compile(pattern + _REST, re.I)
    for pattern in (
        rf"\b(?:please\s+)?(?:ignore|disregard|forget|override|bypass)\b[^.;!?\n]{{0,12}}\b{_RULES}",
        r"\b(?:route|classify|label|categori[sz]e|treat)\s+(?:this|it|me|the request|that)?\s*(?:to|as)\b",
        r"\b(?:system prompt|you are now|you must (?:choose|answer|output|return)|developer mode|jailbreak)\b",
        r"[\"']?\b(?:task_type|decided_by|confidence|alternatives)\b\s*[\"']?\s*[:=]",
    )
)


def without_steering(prompt: str) -> str:
    """The request without the clauses that address the router instead of asking for something."""
    for pattern in STEERING:
        prompt = pattern.sub(" ", prompt)
    return prompt.strip(" ,;:.-\n\t")
