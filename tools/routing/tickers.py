"""Whether capitals in a sentence are used as a ticker: SO, KEY and IT are words, tickers and abbreviations."""

import re
from collections.abc import Iterator
from functools import cache

from tools.routing.phrases import table
from tools.routing.sentence import Sentence
from tools.routing.vocabulary import word_set

SHAPE = re.compile(r"[A-Z]{1,5}(?:[./-][A-C])?$")
SHARE_NOUNS = frozenset(("shares", "share", "stock", "position"))
NAMED = frozenset(("ticker", "tickers", "symbol", "symbols"))
GOVERNORS = frozenset(("on", "against", "wheel", "wheeling", "auf"))
LIST_LINKS = frozenset((",", "and", "or", "&", "/", "nor", "plus", "+"))
PLACE_NOUNS = frozenset(
    ("account", "app", "accounts", "platform", "broker", "thread", "sub", "forum", "post", "posts", "chart", "charts")
)


def is_ticker_shaped(text: str) -> bool:
    """One to five capitals, perhaps with a share class, that are no common abbreviation."""
    return bool(SHAPE.match(text)) and (text in known_tickers() or text not in abbreviations())


def is_upper_ticker(sentence: Sentence, position: int, text: str, *, shouting: bool) -> bool:
    """Known tickers that are no words count anywhere; the others only where they are used as one.

    `shouting` says that the whole sentence is in capitals, which then say nothing.
    """
    after_name = sentence.low(position + 1)
    if sentence.low(position - 1) == "watchlist" or after_name in PLACE_NOUNS:
        return False
    wordlike = text in ticker_words() - word_set("plain_capitals")
    if text in abbreviations():
        return _is_surely_used(sentence, position, shouting=shouting) or (
            not shouting and text in known_tickers() - word_set("quantifiers") and _is_looked_at(sentence, position)
        )
    if text in word_set("calm_capitals") and not shouting:
        return after_name not in ("basis", "of", "per")
    if text in known_tickers() and not wordlike and (shouting or len(text) > 1):
        return True
    if shouting or text in ("A", "I"):
        return _is_surely_used(sentence, position, shouting=shouting)
    return _is_surely_used(sentence, position, shouting=False) or _is_likely_used(sentence, position)


def _is_surely_used(sentence: Sentence, position: int, *, shouting: bool) -> bool:
    """As in "ticker X", "F, T and X", "puts on X"."""
    text, before, after = sentence.tokens[position].text, sentence.low(position - 1), sentence.low(position + 1)
    if before in NAMED:
        return not _continues(sentence, position)
    if text in word_set("never_loose") or (text in ("ALL", "ANY") and not sentence.is_wall(position + 1)):
        return False
    heads = text in known_tickers() - word_set("quantifiers") and not shouting and _heads_trade(sentence, position)
    asked = before == "on" and after == "is" and text in known_tickers() and not shouting
    if heads or asked or _is_counted(sentence, position) or _is_listed(sentence, position):
        return True
    if before not in GOVERNORS or after in word_set("ordinary_after") or (shouting and before != "on"):
        return False
    if text in ("A", "AI"):
        return sentence.is_wall(position + 1)
    return text not in abbreviations() or text in known_tickers() or before == "on" or after in contract_nouns()


def _is_counted(sentence: Sentence, position: int) -> bool:
    """As in "long 100 COST", "100 KO, 200 F"."""
    count = sentence.tokens[position - 1].value if position >= 2 else None
    if count is None or _text(sentence, position) not in known_tickers():
        return False
    opener = sentence.low(position - 2)
    return opener in word_set("holding_verbs") or (count % 100 == 0 and opener in (",", ":", "and"))


def _is_looked_at(sentence: Sentence, position: int) -> bool:
    """As in "look at SO and IT please", "trade NOW at 10 delta": a list of capitals that a verb of watching opens."""
    start, end = position, position + 1
    while sentence.low(start - 1) in LIST_LINKS and SHAPE.match(_text(sentence, start - 2)):
        start -= 2
    while sentence.low(end) in LIST_LINKS and SHAPE.match(_text(sentence, end + 1)):
        end += 2
    opened = sentence.low(start - 1) in word_set("watching") or (
        sentence.low(start - 1) in ("at", "about") and sentence.low(start - 2) in word_set("watching")
    )
    return opened and (sentence.low(end) in word_set("ends_a_name") or sentence.is_wall(end))


def _heads_trade(sentence: Sentence, position: int) -> bool:
    """As in "NOW puts", "SO or D puts", "AI, 30 delta"."""
    before, after = sentence.low(position - 1), sentence.low(position + 1)
    opens = sentence.is_wall(position - 1) or before in ("sell", "find", "show")
    listed = before in LIST_LINKS and _text(sentence, position - 2) in known_tickers()
    if (
        sentence.is_strong_wall(position - 1)
        and position + 1 in sentence.amount_from
        and not sentence.tokens[position + 1].worded
    ):
        return True
    if (opens or listed) and after in ("puts", "calls", "csp", "csps"):
        return True
    return position == 0 and after in (",", ":") and _names_trade(sentence, 2)


def _names_trade(sentence: Sentence, position: int) -> bool:
    return position in sentence.amount_from or sentence.low(position) in contract_nouns()


def _is_likely_used(sentence: Sentence, position: int) -> bool:
    """As in "X puts", "csp X", "my X shares", "sell X, please": enough where nothing else speaks against it."""
    text, before, after = sentence.tokens[position].text, sentence.low(position - 1), sentence.low(position + 1)
    if text in word_set("quantifiers") and not (
        text in ("LOW", "OPEN", "FAST") and sentence.is_strong_wall(position + 1)
    ):
        return False
    if after in contract_nouns() or (
        before not in ("the", "a", "an", "this", "that") and after in ("shares", "covered")
    ):
        return True
    if before in word_set("sold_things") and text in known_tickers():
        return True
    if before in word_set("loose_governors") | {"show", "try", "use", "take"}:
        return after in word_set("ends_a_name") or sentence.is_strong_wall(position + 1)
    if len(text) == 1 and text in known_tickers() and sentence.is_wall(position - 1) and sentence.is_wall(position + 1):
        return True
    return sentence.tokens[position].text.endswith("'s") or _starts_list(sentence, position)


def _is_listed(sentence: Sentence, position: int) -> bool:
    """A neighbour in a list is a ticker beyond doubt, or the list hangs on "puts on"."""
    if _continues(sentence, position):
        return False
    for place in _list_neighbours(sentence, position):
        governed = (
            place < position and sentence.low(place - 1) in GOVERNORS and bool(SHAPE.match(_text(sentence, place)))
        )
        sold = (
            place > position
            and sentence.low(place + 1) in ("puts", "calls")
            and bool(SHAPE.match(_text(sentence, place)))
        )
        if governed or (sold and _text(sentence, place) in known_tickers()) or _is_certain(sentence, place):
            return True
    return False


def _continues(sentence: Sentence, position: int) -> bool:
    """As in "AMD and I want ..." is no list."""
    is_pronoun = sentence.tokens[position].text in ("I", "A")
    return is_pronoun and sentence.low(position + 1) not in word_set("ends_a_name") | LIST_LINKS


def _starts_list(sentence: Sentence, position: int) -> bool:
    places = _list_neighbours(sentence, position)
    return any(SHAPE.match(_text(sentence, place)) and _is_certain(sentence, place) for place in places)


def _list_neighbours(sentence: Sentence, position: int) -> Iterator[int]:
    for step in (-1, 1):
        place = position + step
        while 0 <= place < len(sentence.tokens) and sentence.low(place) in LIST_LINKS:
            place += step
            yield place
            if SHAPE.match(_text(sentence, place)) and sentence.low(place + step) in LIST_LINKS:
                place += step


def _text(sentence: Sentence, position: int) -> str:
    return sentence.tokens[position].text if 0 <= position < len(sentence.tokens) else " "


def _is_certain(sentence: Sentence, position: int) -> bool:
    text = _text(sentence, position).removesuffix("'s")
    if sentence.low(position - 1) == "$":
        return True
    return text in known_tickers() - abbreviations() and text not in ticker_words() - word_set("plain_capitals")


def contract_nouns() -> frozenset[str]:
    """Words for what is traded on a ticker."""
    return word_set("contract_nouns")


@cache
def known_tickers() -> frozenset[str]:
    """Tickers of the companies and funds we know by name."""
    return frozenset(row["ticker"] for row in table("companies.csv"))


@cache
def ticker_words() -> frozenset[str]:
    """Tickers that are also English words."""
    return _words("ticker_words")


@cache
def abbreviations() -> frozenset[str]:
    """Capitals that traders and developers write without meaning a ticker."""
    return _words("abbreviations")


def _words(kind: str) -> frozenset[str]:
    return frozenset(next(row["words"] for row in table("words.csv") if row["kind"] == kind).split("|"))
