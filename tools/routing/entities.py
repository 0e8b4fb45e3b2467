"""Companies and sectors named in a sentence, wanted or rejected, the last correction winning (G6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tools.routing.sectors import find_sectors
from tools.routing.sentence import Sentence
from tools.routing.symbols import find_symbols
from tools.routing.vocabulary import phrase_set, word_set


@dataclass(slots=True)
class Entity:
    """A ticker or a sector at tokens `start` to `end` (exclusive)."""

    start: int
    end: int
    kind: Literal["symbol", "sector"]
    name: str
    rejected: bool = False
    dropped: bool = False


NOT_NEGATING = frozenset(["only", "just", "necessarily", "sure"])


def find_entities(sentence: Sentence) -> list[Entity]:
    """Everything named, in order, with rejection and replacement already decided."""
    symbols = [Entity(m.start, m.end, "symbol", m.value) for m in find_symbols(sentence)]
    taken = {i for entity in symbols for i in range(entity.start, entity.end)}
    sectors = [Entity(m.start, m.end, "sector", m.value) for m in find_sectors(sentence, taken)]
    entities = sorted((*symbols, *sectors), key=lambda entity: entity.start)
    _reject(sentence, entities)
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


def _reject(sentence: Sentence, entities: list[Entity]) -> None:
    """A negation reaches over the whole list that follows it."""
    at = {entity.start: entity for entity in entities}
    for found in phrase_set("negators_entities").find(sentence.tokens):
        if not (sentence.low(found.end) in NOT_NEGATING or _is_other_no(sentence, found.start)):
            for entity in _reached(sentence, at, found.end):
                entity.rejected = True


def _reached(sentence: Sentence, at: dict[int, Entity], position: int) -> Iterator[Entity]:
    """The names a negation before `position` covers; up to two words of description may precede the first."""
    reached, described = False, 0
    while position < len(sentence.tokens):
        if entity := at.get(position):
            if reached and _turns_positive(sentence, entity):
                return
            yield entity
            reached, position = True, entity.end
        elif sentence.low(position) in word_set("carried") and not _ends_list(sentence, position, reached):
            position += 1
        elif not reached and described < 2 and _describes(sentence, position):
            described, position = described + 1, position + 1
        else:
            return


def _describes(sentence: Sentence, position: int) -> bool:
    """As in "crypto miners": a plain word that is no keyword, number, verb of wish or other subject."""
    plain = sentence.tokens[position].is_word and not sentence.tokens[position].ignored
    busy = position in sentence.keywords_from or position in sentence.comparisons_from
    return plain and not busy and sentence.low(position) not in word_set("own_subject")


def _is_other_no(sentence: Sentence, position: int) -> bool:
    """The "no" of "no more than", the "away from" of "called away from"."""
    if sentence.low(position - 1) == "called":
        return True
    compared = sentence.comparisons_from.get(position)
    return bool(compared and compared.end - compared.start > 1)


def _ends_list(sentence: Sentence, position: int, reached: bool) -> bool:
    """As in "no tech, I want energy": what follows is a new wish."""
    low, following = sentence.low(position), sentence.low(position + 1)
    if not reached:
        return low in (",",) and following in ("i", "show", "give", "find", "just", "only")
    return low in ("i", "show", "give", "want", "want", "on", "puts", "my", "me", "have", "options", "for") or (
        low in (",", "and") and following in ("i", "show", "give", "find", "puts", "my", "me", "options", "with")
    )


def _turns_positive(sentence: Sentence, entity: Entity) -> bool:
    """As in "no banks, utilities only": the second is wanted."""
    return sentence.low(entity.end) in ("only", "instead") and sentence.low(entity.start - 1) != "and"


def _replace(sentence: Sentence, entities: list[Entity]) -> None:
    """As in "KO instead of PEP": what was replaced is neither wanted nor excluded."""
    for found in phrase_set("replaced").find(sentence.tokens):
        for entity in entities:
            if found.end <= entity.start <= found.end + 1:
                entity.dropped = True


def _correct(sentence: Sentence, entities: list[Entity]) -> None:
    """After "no wait" a new name takes the place of those of its kind."""
    lists = _lists(sentence, entities)
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


JOINTS = frozenset((",", "and", "or", "&", "/", "the", "stocks", "names", "plus", "any", "nor", "(", ")"))


def _is_correction(sentence: Sentence, earlier: Entity, corrected: list[Entity]) -> bool:
    later = corrected[0]
    words = [sentence.low(i) for i in range(earlier.end, later.start)]
    if {"also", "too", "add", "plus", "include"} & set(words):
        return False
    marks = [c for c in sentence.corrections if earlier.end <= c.start and c.end <= later.start]
    if sentence.low(corrected[-1].end) in ("instead", "rather"):
        return True
    return any(sentence.low(mark.start) not in ("better", "now", "hmm", "hm", "uh", "let's") for mark in marks)
