"""Stretches of a sentence about past trades, running positions and the market: why, not what, the user asks."""

from collections.abc import Iterator, Sequence
from functools import cache

from tools.routing.phrases import Phrases, table
from tools.routing.tokens import Token
from tools.routing.vocabulary import phrase_set, word_set

SENTENCE_ENDS = frozenset(".;!?")
STATES = frozenset(
    ["is", "are", "was", "were", "has", "fell", "dropped", "rallied", "looks", "trades", "costs", "went"]
)
MINE = frozenset(["i", "i'm", "i've", "my", "we", "i'd", "there"])
PARTICIPLES = frozenset(
    ["sold", "bought", "made", "lost", "closed", "rolled", "opened", "earned", "collected", "traded"]
)
HOLDERS = frozenset(["i", "i've", "i'm", "we", "already"])
OPEN_POSITIONS = frozenset(["puts", "put", "calls", "call", "contracts", "positions", "csps", "ccs", "trades"])


def past_stories(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """As in "I sold 3 puts on F at 0.30 last week"."""
    for found in _past_phrases().find(tokens):
        end = clause_end(tokens, found.end, any_comma=True)
        if _is_story(tokens, found.start, end):
            yield _story_start(tokens, found.start), end


def _story_start(tokens: Sequence[Token], position: int) -> int:
    """Takes in "the put" of "the put I sold on KO"."""
    start = position
    while start and position - start < 4 and tokens[start - 1].low in word_set("told_of"):
        start -= 1
        if tokens[start].low in ("the", "my", "that", "a", "those", "both", "all"):
            return start
    return position


@cache
def _past_phrases() -> Phrases[bool]:
    """How stories begin; whoever says "i sold" also says "we sold" and "i recently sold"."""
    told = next(row["words"] for row in table("vocabulary.csv") if row["name"] == "past").split("|")
    mine = [phrase.removeprefix("i ") for phrase in told if phrase.startswith("i ")]
    verbs = [verb for verb in mine if verb in PARTICIPLES]
    done = [
        f"{who} {verb}" for verb in verbs for who in ("i've", "i have", "we've", "we have", "i've just", "i've already")
    ]
    spoken = [
        f"{who} {verb}" for verb in mine for who in ("we", "i also", "i once", "i recently", "i already", "i just")
    ]
    return Phrases((phrase, True) for phrase in dict.fromkeys((*told, *spoken, *done)))


def _is_story(tokens: Sequence[Token], start: int, end: int) -> bool:
    """A purchase that left shares in hand is a holding, not a story; "made of" and the like are neither."""
    words = {token.low for token in tokens[start:end]}
    first = tokens[start].low
    if first in ("i", "we", "my", "last", "yesterday", "unlike", "having", "after"):
        return not ({"shares", "assigned"} & words and not {"sold", "lost", "made", "closed"} & words)
    before = tokens[start - 1].low if start else ""
    return before in ("", ",", ".", ";", "and", "just", "already") or first in (
        "got",
        "took",
        "burned",
        "just",
        "already",
        "am",
    )


def running_positions(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """As in "I've 3 SOFI puts open already": positions that are on."""
    for found in phrase_set("running").find(tokens):
        end = clause_end(tokens, found.end, any_comma=False)
        words = {token.low for token in tokens[found.end : end]}
        are_on = words & {"already", "running"} or tokens[end - 1].low == "open"
        if tokens[found.start].low in HOLDERS and words & OPEN_POSITIONS and are_on:
            yield found.start, end


def reasons(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """As in "since NVDA is above 180, show me ...": what is so with the market is why, not what, the user asks."""
    for position, token in enumerate(tokens):
        if token.low not in ("since", "because", "although", "though") or (
            position and tokens[position - 1].low not in ".;!?,"
        ):
            continue
        end = clause_end(tokens, position + 1, any_comma=False)
        words = [follower.low for follower in tokens[position + 1 : end]]
        if end < len(tokens) and words and STATES & set(words[:5]) and not MINE & set(words[:2]):
            yield position, end


def clause_end(tokens: Sequence[Token], start: int, *, any_comma: bool) -> int:
    """Where the clause that holds a place ends: at a full stop, a "but", or where the user's own wish resumes."""
    for position in range(start, len(tokens)):
        low = tokens[position].low
        following = tokens[position + 1].low if position + 1 < len(tokens) else ""
        if low in SENTENCE_ENDS or low == "but" or (low == "," and (any_comma or following in word_set("resuming"))):
            return position
        if low in ("and", "so") and following in word_set("resuming") - {"for", "my", "just", "only"}:
            return position
    return len(tokens)
