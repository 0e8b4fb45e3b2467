"""GICS sectors named in a sentence, by their names, short forms or industries."""

from collections.abc import Iterator
from functools import cache

from tools.routing.phrases import Match, Phrases, table
from tools.routing.sentence import Sentence
from tools.routing.vocabulary import word_set

SECTOR_NOUNS = frozenset(
    ["stocks", "stock", "sector", "sectors", "names", "companies", "company", "space", "industry", "plays", "shares"]
)
BLOCKED_BEFORE = {
    "chips": ("blue",),
    "chip": ("blue",),
    "miners": ("crypto", "bitcoin", "btc"),
    "miner": ("crypto", "bitcoin", "btc"),
    "power": ("buying",),
    "material": ("raw",),
    "interest": ("open",),
}
BLOCKED_AFTER = {
    "health": ("check", "of"),
    "property": ("of",),
    "education": ("purposes",),
    "spirits": ("airlines",),
    "auto": ("refresh", "roll", "update", "-"),
    "cloud": ("server",),
    "rail": ("road",),
    "waste": ("of", "time", "my", "your"),
    "construction": ("of",),
    "material": ("change", "news"),
    "paper": ("trade", "trading", "account"),
    "chip": ("away", "in"),
    "bank": ("on", "holiday", "account"),
    "travel": ("to",),
    "beauty": ("of",),
    "food": ("for",),
    "exchanges": ("with",),
    "transport": ("me",),
    "finance": ("my",),
    "rails": ("app",),
}


def find_sectors(sentence: Sentence, taken: set[int]) -> Iterator[Match[str]]:
    """Each mention of a sector outside the tokens that already name a company."""
    position = 0
    while position < len(sentence.tokens):
        found = (
            None
            if sentence.tokens[position].ignored or position in taken
            else sector_phrases().at(sentence.tokens, position)
        )
        if found and not taken.intersection(range(found.start, found.end)) and _is_meant(sentence, found):
            yield Match(found.start, found.end, found.value[0])
        position = found.end if found else position + 1


def _joins_sector(sentence: Sentence, position: int) -> bool:
    """As in "discretionary or staples"."""
    linked = sentence.low(position) in ("and", "or", "&", "/", ",") and position + 1 < len(sentence.tokens)
    return linked and sector_phrases().at(sentence.tokens, position + 1) is not None


@cache
def sector_phrases() -> Phrases[str]:
    """Every spelling of every sector."""
    spelled = {phrase: row["sector"] for row in table("sectors.csv") for phrase in row["words"].split("|")}
    single = {phrase[:-1]: sector for phrase, sector in spelled.items() if " " in phrase and phrase.endswith("s")}
    return Phrases((single | spelled).items())


def _is_meant(sentence: Sentence, found: Match[list[str]]) -> bool:
    word, before, after = sentence.low(found.start), sentence.low(found.start - 1), sentence.low(found.end)
    if found.end - found.start > 1:
        return word != "it" or sentence.tokens[found.start].text == "IT"
    if before in BLOCKED_BEFORE.get(word, ()) or after in BLOCKED_AFTER.get(word, ()):
        return False
    return (
        word not in word_set("needs_noun")
        or after in SECTOR_NOUNS | {"puts", "calls", "csps"}
        or before in ("no", "not", "avoid", "skip", "in", "exclude", "or", "and", ",", "without", "(", ":")
        or (before == "a" and sentence.low(found.start - 2) in ("not", "no", "isn't", "except"))
        or _joins_sector(sentence, found.end)
    )
