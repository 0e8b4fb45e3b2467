"""A sentence made ready for reading: tokens, amounts, and where the phrases of our tables stand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple, cast

from tools.routing.amounts import Amount, Side
from tools.routing.context import ignore_context
from tools.routing.dates import Dated, blanked
from tools.routing.numbers import fold_numbers
from tools.routing.phrases import Match, Phrases, table
from tools.routing.reading import read_amounts
from tools.routing.tokens import Token, tokenize
from tools.routing.vocabulary import phrase_set, word_set

STRONG_WALLS = frozenset('.;!?)"[]{}|•')
SOFT_WALLS = frozenset((",", "and", "with", "but", "&", "then", "w/"))


PLAIN_FORMS = {
    "smaller": "small", "larger": "large", "bigger": "big", "lower": "low", "higher": "high", "shorter": "short",
    "longer": "long", "cheaper": "cheap",
}  # fmt: skip


class Comparison(NamedTuple):
    side: Side
    place: str


class Keyword(NamedTuple):
    field: str
    place: str


@dataclass(slots=True)
class Sentence:
    """What every reader of slots starts from."""

    tokens: list[Token]
    amounts: list[Amount]
    dates: list[Dated]
    comparisons_from: dict[int, Match[list[Comparison]]] = field(default_factory=dict)
    comparisons_to: dict[int, Match[list[Comparison]]] = field(default_factory=dict)
    keywords_from: dict[int, Match[list[Keyword]]] = field(default_factory=dict)
    keywords_to: dict[int, Match[list[Keyword]]] = field(default_factory=dict)
    amount_from: dict[int, Amount] = field(default_factory=dict)
    amount_to: dict[int, Amount] = field(default_factory=dict)
    corrections: list[Match[list[bool]]] = field(default_factory=list)

    def low(self, position: int) -> str:
        """The lower-case text at a place, empty outside the sentence and where context is ignored."""
        inside = 0 <= position < len(self.tokens) and not self.tokens[position].ignored
        return self.tokens[position].low if inside else ""

    def is_strong_wall(self, position: int) -> bool:
        return (
            not 0 <= position < len(self.tokens) or self.tokens[position].ignored or self.low(position) in STRONG_WALLS
        )

    def is_wall(self, position: int) -> bool:
        return self.is_strong_wall(position) or self.low(position) in SOFT_WALLS

    def corrected_between(self, start: int, end: int) -> bool:
        """Whether words such as "no wait" stand between two places."""
        return any(start <= found.start and found.end <= end for found in self.corrections)


def read_sentence(text: str) -> Sentence:
    """Tokens with context already set aside, amounts, and all phrase positions."""
    undated, dates = blanked(text)
    tokens = fold_numbers(tokenize(undated))
    ignore_context(tokens)
    sentence = Sentence(tokens, read_amounts(tokens), dates)
    inside = {i for amount in sentence.amounts for i in range(amount.start, amount.end)}
    for amount in sentence.amounts:
        sentence.amount_from[amount.start] = sentence.amount_to[amount.end] = amount
    for compared in _compared(sentence):
        if not inside.intersection(range(compared.start, compared.end)):
            sentence.comparisons_from[compared.start] = sentence.comparisons_to[compared.end] = compared
    _find_keywords(sentence, inside)
    sentence.corrections = list(phrase_set("corrections").find(tokens))
    return sentence


def read_words(text: str) -> Sentence:
    """Only the words, context and all: enough to see what a request is about."""
    return Sentence(tokenize(text), [], [])


def _compared(sentence: Sentence) -> Iterator[Match[list[Comparison]]]:
    """Comparing phrases; in "over 60 and under 250" the second is "under", not "and under", as in "or less than 15"."""
    for found in comparisons().find(sentence.tokens):
        than = sentence.low(found.end) in ("than", "then", "as")
        two = found.value[0].place == "after" and found.end - found.start > 1
        leads = two and (than or found.end in sentence.amount_from)
        inner = comparisons().at(sentence.tokens, found.start + 1) if leads else None
        yield inner or found


def _find_keywords(sentence: Sentence, inside: set[int]) -> None:
    for found in keywords().find(sentence.tokens):
        if _is_sorting_key(sentence, found.start) or sentence.low(found.end) in (
            "payer",
            "payers",
            "aristocrats",
            "kings",
        ):
            continue
        if not inside.intersection(range(found.start, found.end)):
            sentence.keywords_from[found.start] = sentence.keywords_to[found.end] = found


def _is_sorting_key(sentence: Sentence, position: int) -> bool:
    """The yield of "sorted by annual yield" says nothing about a number."""
    for back in (1, 2):
        if sentence.low(position - back) == "by":
            near = {sentence.low(position - back - further) for further in (1, 2, 3)}
            return bool(near & word_set("sorting"))
    return False


@cache
def comparisons() -> Phrases[Comparison]:
    """Comparing words with the side they bound and whether they stand before or after the number."""
    rows = table("comparisons.csv")
    spelled = [(spelling, row) for row in rows for spelling in _spellings(row["phrase"])]
    return Phrases((phrase, Comparison(cast(Side, row["side"]), row["place"])) for phrase, row in spelled)


def _spellings(phrase: str) -> list[str]:
    """ "smaller than" as people write it: "smaller then", "smaller as", "small than"."""
    if not phrase.endswith(" than"):
        return [phrase]
    head = phrase.removesuffix(" than")
    plain = [f"{PLAIN_FORMS[head]} than"] if head in PLAIN_FORMS else []
    return [phrase, f"{head} then", f"{head} as", *plain]


@cache
def keywords() -> Phrases[Keyword]:
    """Words that say what a number is about."""
    rows = table("fields.csv")
    return Phrases(
        (phrase, Keyword(row["field"], row["place"])) for row in rows for phrase in row["phrases"].split("|")
    )


@cache
def fillers(kind: str) -> frozenset[str]:
    """Words without a meaning of their own between a number and the words that belong to it."""
    return frozenset(next(row["words"] for row in table("fillers.csv") if row["kind"] == kind).split("|"))
