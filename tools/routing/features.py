"""What a request shows besides its words: files, code names, tracebacks, tickers, questions, slots."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tools.routing.sentence import Sentence
from tools.routing.stages import mentions

FILE = re.compile(
    r"\b[\w./-]+\.(?:py|sql|js|ts|tsx|jsx|css|html|md|toml|ya?ml|json|ipynb|sh|cfg|ini|txt|csv)\b|\b\w+/\w+/"
)
CODE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b\w+\(\)|\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b|`[^`]+`")
TRACEBACK = re.compile(
    r"Traceback \(most recent|File \"[^\"]+\", line \d+|\b[A-Z]\w*(?:Error|Exception)\b|\bline \d+, in\b"
)
QUESTION = re.compile(
    r"\?\s*$|^\s*(?:what|where|when|why|how|which|who|is|are|do|does|did|can|could|should|would)\b", re.I
)
CONTRACT_SLOTS = frozenset(
    (
        "option_type",
        "min_delta",
        "max_delta",
        "min_dte",
        "max_dte",
        "min_premium",
        "min_annual_yield",
        "min_open_interest",
    )
)
SCORED_SLOTS = 3


def find_features(prompt: str, sentence: Sentence, slots: Mapping[str, Any]) -> Iterator[str]:
    """Names of the features of one request, as the cues of routes.csv spell them."""
    for name, pattern in (("file", FILE), ("code", CODE), ("traceback", TRACEBACK), ("question", QUESTION)):
        if pattern.search(prompt):
            yield name
    if mentions(sentence, "software"):
        yield "software"
    if slots.get("symbols"):
        yield "ticker"
    if "option_type" in slots:
        yield "option"
    yield from _slot_counts(slots)


def _slot_counts(slots: Mapping[str, Any]) -> Iterator[str]:
    filters = [name for name in slots if name not in ("symbols", "option_type")]
    if filters:
        yield "slots"
    if len(filters) >= 2 or CONTRACT_SLOTS.intersection(filters):
        yield "slots2"
    if len(slots) >= SCORED_SLOTS and CONTRACT_SLOTS.intersection(slots):
        yield "slots3"
