"""Parts of a sentence that tell a story and set no filter (G7): past trades, others' views, watchlist names."""

from collections.abc import Iterator, Sequence

from tools.routing.tokens import Token
from tools.routing.vocabulary import phrase_set, word_set

SENTENCE_ENDS = frozenset(".;!?")
LIST_WORDS = frozenset(["watchlist", "watchlists", "watch-list"])
DETERMINERS = frozenset(["my", "the", "our", "from", "on", "in", "a", "this", "that", "your", "scan", "search"])
NAMING = frozenset(["called", "named", "titled", ":", "labelled", "labeled"])


def ignore_context(tokens: Sequence[Token]) -> None:
    """Marks what is only context as ignored, in place."""
    for start, end in (*_quoted(tokens), *_opinions(tokens), *_past(tokens), *_watchlists(tokens), *_held(tokens)):
        for position in range(start, end):
            tokens[position].ignored = True


def _clause_end(tokens: Sequence[Token], start: int, *, any_comma: bool) -> int:
    for position in range(start, len(tokens)):
        low = tokens[position].low
        following = tokens[position + 1].low if position + 1 < len(tokens) else ""
        if low in SENTENCE_ENDS or low == "but" or (low == "," and (any_comma or following in word_set("resuming"))):
            return position
        if low in ("and", "so") and following in word_set("resuming") - {"for", "my", "just", "only"}:
            return position
    return len(tokens)


def _past(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    for found in phrase_set("past").find(tokens):
        end = _clause_end(tokens, found.end, any_comma=True)
        if _is_story(tokens, found.start, end):
            yield found.start, end


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


def _opinions(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """From the one who speaks to where the user's own wish begins."""
    for position, token in enumerate(tokens):
        low = token.low.removesuffix("'s")
        if token.low == "according" or (low in word_set("speakers") and _says(tokens, position)):
            yield _speaker_start(tokens, position), _clause_end(tokens, position, any_comma=False)


def _says(tokens: Sequence[Token], position: int) -> bool:
    following = [token.low for token in tokens[position + 1 : position + 5]]
    if "," in following:
        following = following[: following.index(",")]
    return bool(word_set("saying").intersection(following[:4])) and not {"i", "that", "which", "under", "over"} & set(
        following[:1]
    )


def _speaker_start(tokens: Sequence[Token], position: int) -> int:
    while position and tokens[position - 1].low in (
        "my",
        "the",
        "a",
        "some",
        "this",
        "on",
        "that",
        "one",
        "old",
        "our",
        "most",
    ):
        position -= 1
    return position


def _quoted(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    marks = [i for i, token in enumerate(tokens) if token.low == '"']
    yield from zip(marks[::2], (end + 1 for end in marks[1::2]), strict=False)


def _watchlists(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    for position, token in enumerate(tokens):
        if token.low in LIST_WORDS or (token.low == "list" and position and _is_named_list(tokens, position)):
            yield _name_start(tokens, position), _name_end(tokens, position)


def _is_named_list(tokens: Sequence[Token], position: int) -> bool:
    """As in "my KO list", "the Energy list": a capital between a possessive and the word."""
    start = _name_start(tokens, position)
    named = tokens[start:position]
    after = tokens[position + 1].low if position + 1 < len(tokens) else ""
    opened = tokens[start - 1].low in ("my", "our", "from") if start else False
    return (opened and bool(named) and len(named) <= 3) or (opened and after in NAMING)


def _name_start(tokens: Sequence[Token], position: int) -> int:
    for start in range(position - 1, max(-1, position - 6), -1):
        if tokens[start].low in DETERMINERS:
            return start + 1
        if not (tokens[start].is_word or tokens[start].low in "'&") or tokens[start].low in word_set(
            "plain_after_list"
        ):
            break
    return position


def _name_end(tokens: Sequence[Token], position: int) -> int:
    end = position + 1
    named = end < len(tokens) and tokens[end].low in NAMING
    if named:
        end += 1
    while (
        end < len(tokens)
        and tokens[end].low not in word_set("plain_after_list")
        and (tokens[end].text[0].isupper() or named)
    ):
        end += 1
        named = False
    return end


def _held(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """What the shares one owns have cost: "300 shares of F at 11.20"."""
    for position, token in enumerate(tokens):
        paid = token.low == "paid" and position and tokens[position - 1].low in ("i", "we")
        if paid and (end := _money_end(tokens, position + 1)):
            yield position, end
        if token.low not in ("shares", "basis", "assigned", "average", "avg", "lots"):
            continue
        for start in range(position - 1 if token.low != "shares" else position + 1, min(position + 6, len(tokens))):
            if start < 0 or tokens[start].low in "§.;!?,":
                if start >= 0 and tokens[start].low != ",":
                    break
                continue
            found = phrase_set("holding").at(tokens, start)
            end = _money_end(tokens, found.end) if found else 0
            if found and end:
                yield found.start, end
                break


def _money_end(tokens: Sequence[Token], start: int) -> int:
    """The end of a price at a place, 0 where there is none or where it counts something else."""
    position = start
    while position < len(tokens) and tokens[position].low in ("$", "about", "around", "~", "is", "of", "a"):
        position += 1
    if position >= len(tokens) or tokens[position].value is None:
        return 0
    after = tokens[position + 1].low if position + 1 < len(tokens) else ""
    if after in (
        "delta",
        "dte",
        "days",
        "weeks",
        "%",
        "percent",
        "-",
        "to",
        "months",
        "month",
        "or",
        "week",
        "day",
        "d",
    ):
        return 0
    return position + 2 if after in ("dollars", "bucks", "each", "usd") else position + 1
