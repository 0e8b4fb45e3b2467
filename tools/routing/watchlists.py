"""Names of watchlists, which may look like tickers or sectors and are neither (G7)."""

from collections.abc import Iterator, Sequence

from tools.routing.tokens import Token
from tools.routing.vocabulary import word_set

LIST_WORDS = frozenset(["watchlist", "watchlists", "watch-list"])
DETERMINERS = frozenset(["my", "the", "our", "from", "on", "in", "a", "this", "that", "your", "scan", "search"])
NAMING = frozenset(["called", "named", "titled", ":", "labelled", "labeled"])


def watchlists(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Each name with the word that makes it one: "my KO list", "watchlist called NOW"."""
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
