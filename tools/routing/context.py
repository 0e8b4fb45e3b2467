"""Parts of a sentence that tell a story and set no filter (G7): past trades, others' views, watchlist names."""

from collections.abc import Iterator, Sequence

from tools.routing.stories import clause_end, past_stories, reasons, running_positions
from tools.routing.tokens import Token
from tools.routing.vocabulary import phrase_set, word_set
from tools.routing.watchlists import watchlists


def ignore_context(tokens: Sequence[Token]) -> None:
    """Marks what is only context as ignored, in place."""
    for find in (_quoted, _opinions, past_stories, running_positions, reasons, watchlists, _held):
        for start, end in find(tokens):
            for position in range(start, end):
                tokens[position].ignored = True


def _opinions(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """From the one who speaks to where the user's own wish begins."""
    for position, token in enumerate(tokens):
        low = token.low.removesuffix("'s")
        if token.low == "according" or (low in word_set("speakers") and _says(tokens, position)):
            yield _speaker_start(tokens, position), clause_end(tokens, position, any_comma=False)


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
