"""Tickers and company names in a sentence; words that are also tickers count only where they are used as one."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from tools.routing.phrases import Match, Phrases, table
from tools.routing.sentence import Sentence
from tools.routing.tickers import (
    LIST_LINKS,
    PLACE_NOUNS,
    SHAPE,
    SHARE_NOUNS,
    abbreviations,
    is_upper_ticker,
    known_tickers,
    ticker_words,
)
from tools.routing.tokens import Token
from tools.routing.vocabulary import word_set


class Name(NamedTuple):
    ticker: str
    needs_capital: bool


def find_symbols(sentence: Sentence) -> Iterator[Match[str]]:
    """Each mention of a company or ticker, in order."""
    shouting = _is_shouting(sentence.tokens)
    found = list(_wanted(sentence, shouting=shouting))
    yield from found or _held(sentence, shouting=shouting)


def _held(sentence: Sentence, *, shouting: bool) -> Iterator[Match[str]]:
    """What a story says is held, "my SNAP position", where nothing else is named and calls are sold on it."""
    if not any(sentence.low(i) in ("call", "calls", "cc", "ccs") for i in range(len(sentence.tokens))):
        return
    for position, token in enumerate(sentence.tokens):
        if token.ignored and token.text in known_tickers() and not shouting:
            before, after = sentence.tokens[position - 1].low if position else "", sentence.tokens[position + 1 :][:1]
            counted = bool(position) and sentence.tokens[position - 1].value is not None
            if (
                (counted or before in ("my", "of", "our"))
                and after
                and after[0].low in ("position", "shares", "stock", "(", "at", "@")
            ):
                yield Match(position, position + 1, token.text)


def _wanted(sentence: Sentence, *, shouting: bool) -> Iterator[Match[str]]:
    position = 0
    while position < len(sentence.tokens):
        found = None if sentence.tokens[position].ignored else _at(sentence, position, shouting)
        if found:
            yield found
        position = found.end if found else position + 1


def _at(sentence: Sentence, position: int, shouting: bool) -> Match[str] | None:
    token = sentence.tokens[position]
    if token.low == "$" and position + 1 < len(sentence.tokens) and _is_cashtag(sentence.tokens[position + 1]):
        return Match(position, position + 2, _spelled(sentence.tokens[position + 1].text))
    if token.text == "Delta" and _is_airline(sentence, position):
        return Match(position, position + 1, "DAL")
    named = company_names().at(sentence.tokens, position)
    if named and _is_company(sentence, named):
        return Match(named.start, named.end, named.value[0].ticker)
    text = token.text.removesuffix("'s").removesuffix("'S")
    if token.is_word and _is_ticker(sentence, position, text, shouting):
        return Match(position, position + 1, _spelled(text))
    return None


def _is_airline(sentence: Sentence, position: int) -> bool:
    """ "Delta" with a capital and no number beside it, where a company is expected."""
    expected = sentence.low(position - 1) in (
        "on",
        "except",
        "excluding",
        "without",
        "like",
        "own",
        "wheel",
        "not",
        "and",
        "or",
    )
    numbered = position + 1 in sentence.amount_from or position in sentence.amount_to
    ended = sentence.is_wall(position + 1) or sentence.low(position + 1) in word_set("contract_nouns") | SHARE_NOUNS
    listed = sentence.low(position - 1) in ("and", "or", ",") and company_names().at(sentence.tokens, position - 2)
    return ended and not numbered and (bool(listed) or (expected and sentence.low(position - 1) not in ("and", "or")))


def _is_ticker(sentence: Sentence, position: int, text: str, shouting: bool) -> bool:
    if sentence.tokens[position].share_class:
        return _is_share_class(sentence, position)
    if SHAPE.match(text):
        return is_upper_ticker(sentence, position, text, shouting=shouting)
    return text.upper() in known_tickers() and _is_lower_ticker(sentence, position, text)


def _is_shouting(tokens: list[Token]) -> bool:
    """A sentence mostly in capitals: there capitals say nothing."""
    words = [token.text for token in tokens if token.is_word and len(token.text) > 1]
    return len(words) >= 5 and sum(word.isupper() for word in words) > 0.7 * len(words)


def _is_cashtag(token: Token) -> bool:
    return token.is_word and token.glued and token.text.isascii() and len(token.text.split(".")[0]) <= 5


def _spelled(text: str) -> str:
    return text.removesuffix("'s").upper().replace("-", ".").replace("/", ".")


def _is_share_class(sentence: Sentence, position: int) -> bool:
    text = sentence.tokens[position].text
    base = re.split(r"[./-]", text)[0]
    return "." in text or _spelled(text) in known_tickers() or (base in known_tickers() and "-" in text)


def _is_lower_ticker(sentence: Sentence, position: int, lower: str) -> bool:
    """Lower case counts for tickers that are no words, from three letters, or right where one is expected."""
    upper = lower.upper()
    if upper in ticker_words() or upper in abbreviations() or not sentence.tokens[position].text.islower():
        return False
    if len(lower) >= 3:
        return sentence.low(position + 1) not in PLACE_NOUNS
    if len(lower) < 2 or lower in word_set("short_words"):
        return False
    return sentence.low(position - 1) in ("on", "wheel") or sentence.low(position + 1) in (
        "puts",
        "calls",
        "shares",
        "csp",
        "csps",
        "csp's",
    )


def _is_company(sentence: Sentence, named: Match[list[Name]]) -> bool:
    """Names that are also words need a capital where a capital means something, or a contract right beside them."""
    after, before = sentence.low(named.end), sentence.low(named.start - 1)
    if after in PLACE_NOUNS:
        return False
    if not named.value[0].needs_capital:
        return True
    beside = after in word_set("contract_nouns") | SHARE_NOUNS or sentence.tokens[named.end - 1].low.endswith("'s")
    if before == "on" and sentence.is_wall(named.end):
        return True
    text = sentence.tokens[named.end - 1].text
    if not text[0].isupper():
        return before == "on" and beside
    starts = named.start == 0 or sentence.low(named.start - 1) in (".", "!", "?")
    return beside or not starts or _opens_list(sentence, named.end)


def _opens_list(sentence: Sentence, position: int) -> bool:
    """As in "Target, Walmart & Costco"."""
    if sentence.low(position) not in LIST_LINKS or position + 1 >= len(sentence.tokens):
        return False
    named = company_names().at(sentence.tokens, position + 1)
    return named is not None and not named.value[0].needs_capital


@cache
def company_names() -> Phrases[Name]:
    """Every known spelling of every known company; a leading "!" marks names that are words as well."""
    return Phrases(
        (name.removeprefix("!"), Name(row["ticker"], name.startswith("!")))
        for row in table("companies.csv")
        for name in row["names"].split("|")
        if name
    )
