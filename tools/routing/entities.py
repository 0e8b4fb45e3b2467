"""Companies and sectors named in a sentence, wanted or rejected, the last correction winning (G6)."""

from collections.abc import Iterator
from typing import Any

from tools.routing.named import Entity
from tools.routing.rejections import reject
from tools.routing.sectors import find_sectors
from tools.routing.sentence import Sentence
from tools.routing.symbols import find_symbols
from tools.routing.vocabulary import phrase_set


def find_entities(sentence: Sentence) -> list[Entity]:
    """Everything named, in order, with rejection and replacement already decided."""
    symbols = [Entity(m.start, m.end, "symbol", m.value) for m in find_symbols(sentence)]
    taken = {i for entity in symbols for i in range(entity.start, entity.end)}
    sectors = [Entity(m.start, m.end, "sector", m.value) for m in find_sectors(sentence, taken)]
    entities = sorted((*symbols, *sectors), key=lambda entity: entity.start)
    reject(sentence, entities)
    _replace(sentence, entities)
    _correct(sentence, entities)
    return entities


def entity_slots(sentence: Sentence) -> Iterator[tuple[str, Any]]:
    """symbols, exclude_symbols, sectors and exclude_sectors, each once and in order."""
    kept = [entity for entity in find_entities(sentence) if not entity.dropped]
    last = {(entity.kind, entity.name): entity.rejected for entity in kept}
    names = {("symbol", False): "symbols", ("symbol", True): "exclude_symbols"}
    names |= {("sector", False): "sectors", ("sector", True): "exclude_sectors"}
    for (kind, rejected), slot in names.items():
        if found := [name for (of_kind, name), no in last.items() if of_kind == kind and no == rejected]:
            yield slot, found


def _replace(sentence: Sentence, entities: list[Entity]) -> None:
    """As in "KO instead of PEP": what was replaced is neither wanted nor excluded."""
    for found in phrase_set("replaced").find(sentence.tokens):
        for entity in entities:
            if found.end <= entity.start <= found.end + 1:
                entity.dropped = True
    for entity in entities:
        words = [sentence.low(entity.start - back) for back in range(1, 8)]
        entity.dropped = entity.dropped or (words[0] in ("over", "to") and bool({"prefer", "preferring"} & set(words)))
        if sentence.low(entity.end) in ("is", "are", "'s", "looks", "seems") and sentence.low(entity.end + 1) == "too":
            entity.dropped = True
    for found in phrase_set("swapping").find(sentence.tokens):
        links = [
            i for i in range(found.end, found.end + SWAPPED_WITHIN) if sentence.low(i) in ("for", "with", "by", "to")
        ]
        if links and any(entity.start > links[0] for entity in entities):
            for entity in entities:
                entity.dropped = entity.dropped or found.end <= entity.start < links[0]


def _correct(sentence: Sentence, entities: list[Entity]) -> None:
    """After "no wait" a new name takes the place of those of its kind."""
    lists = _lists(sentence, [entity for entity in entities if not entity.dropped])
    for index in range(1, len(lists)):
        kind, rejected = lists[index][0].kind, lists[index][0].rejected
        earlier = [e for one in lists[:index] for e in one if e.kind == kind and e.rejected == rejected]
        if earlier and _is_correction(sentence, earlier[-1], lists[index]):
            for old in earlier:
                old.dropped = True


def _lists(sentence: Sentence, entities: list[Entity]) -> list[list[Entity]]:
    """Names joined by nothing but "and", "or" and commas belong together."""
    lists: list[list[Entity]] = []
    for entity in entities:
        last = lists[-1][-1] if lists else None
        between = [sentence.low(i) for i in range(last.end, entity.start)] if last else []
        if last and last.rejected == entity.rejected and all(word in JOINTS for word in between):
            lists[-1].append(entity)
        else:
            lists.append([entity])
    return lists


SWAPPED_WITHIN = 8
JOINTS = frozenset((",", "and", "or", "&", "/", "the", "stocks", "names", "plus", "any", "nor", "(", ")"))


def _is_correction(sentence: Sentence, earlier: Entity, corrected: list[Entity]) -> bool:
    later = corrected[0]
    words = [sentence.low(i) for i in range(earlier.end, later.start)]
    if {"also", "too", "add", "plus", "include"} & set(words):
        return False
    marks = [c for c in sentence.corrections if earlier.end <= c.start and c.end <= later.start]
    if later.rejected:
        marks = [mark for mark in marks if sentence.low(mark.end - 1) != "no"]
    if sentence.low(corrected[-1].end) in ("instead", "rather"):
        return True
    return any(sentence.low(mark.start) not in ("better", "now", "hmm", "hm", "uh", "let's") for mark in marks)
