"""Which of the names in a sentence are rejected: "no banks or oil", "tech is out", "heavy in banks, so skip those"."""

from collections.abc import Iterator

from tools.routing.named import Entity
from tools.routing.sentence import Sentence
from tools.routing.vocabulary import phrase_set, word_set

CLOSING = frozenset(
    ["please", "either", "for", "anymore", "because", "as", "this", "today", "now", "though", "entirely"]
)
NOT_NEGATING = frozenset(["only", "just", "necessarily", "sure"])


def reject(sentence: Sentence, entities: list[Entity]) -> None:
    """Marks as rejected what a negation before or behind it, or a later "skip those", is about, in place."""
    _reject_following(sentence, entities)
    _reject_preceding(sentence, entities)


def _reject_following(sentence: Sentence, entities: list[Entity]) -> None:
    """A negation reaches over the whole list that follows it."""
    at = {entity.start: entity for entity in entities}
    for found in phrase_set("negators_entities").find(sentence.tokens):
        if not (sentence.low(found.end) in NOT_NEGATING or _is_other_no(sentence, found.start)):
            for entity in _reached(sentence, at, found.end):
                entity.rejected = True
    for position in _but_names(sentence, at):
        for entity in _reached(sentence, at, position):
            entity.rejected = True


def _but_names(sentence: Sentence, at: dict[int, Entity]) -> Iterator[int]:
    """Where the exceptions start in "anything in discretionary but Amazon and Tesla"."""
    for position in range(len(sentence.tokens)):
        if sentence.low(position) == "but" and position + 1 in at:
            before = {sentence.low(position - back) for back in range(1, 8)}
            if before & {"anything", "everything", "all", "any", "every", "everyone", "whole"}:
                yield position + 1


def _reached(sentence: Sentence, at: dict[int, Entity], position: int) -> Iterator[Entity]:
    """The names a negation before `position` covers; up to two words of description may precede the first."""
    reached, described = False, 0
    while position < len(sentence.tokens):
        if entity := at.get(position):
            if reached and _turns_positive(sentence, entity):
                return
            yield entity
            reached, position = True, entity.end
        elif _carries_on(sentence, position, reached=reached):
            position += 1
        elif not reached and described < 2 and _describes(sentence, position):
            described, position = described + 1, position + 1
        else:
            return


def _carries_on(sentence: Sentence, position: int, *, reached: bool) -> bool:
    if sentence.low(position) in word_set("carried") and not _ends_list(sentence, position, reached):
        return True
    return _introduces(sentence, position, reached) or (reached and _is_listed_word(sentence, position))


def _introduces(sentence: Sentence, position: int, reached: bool) -> bool:
    """The colon of "exclude sectors: energy", the plus of "no banks plus insurers"."""
    low, before = sentence.low(position), sentence.low(position - 1)
    if low == ":":
        return not reached and (
            before in word_set("after_a_name") | {"symbols", "tickers", "list"} or before.startswith("exclu")
        )
    return low == "plus" and reached and before != ","


def _is_listed_word(sentence: Sentence, position: int) -> bool:
    """A word we do not know in the middle of a list: "no oil, crypto or coal"."""
    before, after = sentence.low(position - 1), sentence.low(position + 1)
    return before in (",", "or", "nor") and after in (",", "or", "nor") and _describes(sentence, position)


def _describes(sentence: Sentence, position: int) -> bool:
    """As in "crypto miners": a plain word that is no keyword, number, verb of wish or other subject."""
    plain = sentence.tokens[position].is_word and not sentence.tokens[position].ignored
    busy = position in sentence.keywords_from or position in sentence.comparisons_from
    return plain and not busy and sentence.low(position) not in word_set("own_subject")


def _is_other_no(sentence: Sentence, position: int) -> bool:
    """The "no" of "no more than" and of "PEP? No, KO", the "away from" of "called away from"."""
    if sentence.low(position - 1) == "called" or (sentence.low(position), sentence.low(position + 1)) == ("no", ","):
        return True
    if sentence.low(position) == "scratch" and any(mark.start == position for mark in sentence.corrections):
        return True
    compared = sentence.comparisons_from.get(position)
    return bool(compared and compared.end - compared.start > 1 and compared.value[0].place != "after")


def _ends_list(sentence: Sentence, position: int, reached: bool) -> bool:
    """As in "no tech, I want energy": what follows is a new wish."""
    low, following = sentence.low(position), sentence.low(position + 1)
    if not reached:
        return low in (",",) and following in ("i", "show", "give", "find", "just", "only")
    if low in ("everything", "anything", "all", "whatever", "otherwise"):
        return sentence.low(position - 1) not in ("or", "nor", "and", ",")
    return low in ("i", "show", "give", "want", "want", "on", "puts", "my", "me", "have", "options", "for") or (
        low in (",", "and") and following in ("i", "show", "give", "find", "puts", "my", "me", "options", "with")
    )


def _turns_positive(sentence: Sentence, entity: Entity) -> bool:
    """As in "no banks, utilities only": the second is wanted."""
    return sentence.low(entity.end) in ("only", "instead") and sentence.low(entity.start - 1) != "and"


def _reject_preceding(sentence: Sentence, entities: list[Entity]) -> None:
    """A negation right behind a list, or one that points back at it."""
    for found in phrase_set("refused_behind").find(sentence.tokens):
        if _closes(sentence, found.end) and not _is_correction(sentence, found.start, found.end):
            _reject_list(sentence, entities, _skip_back(sentence, found.start))
    for found in phrase_set("refused_before").find(sentence.tokens):
        last = max((e.end for e in entities if e.end <= found.start), default=0)
        if last and _closes(sentence, found.end) and not _names_other_subject(sentence, last, found.start):
            _reject_list(sentence, entities, last)


def _is_correction(sentence: Sentence, start: int, end: int) -> bool:
    """The "no" of "PEP? No, KO" takes back; it does not exclude."""
    return any(mark.start < end and start < mark.end for mark in sentence.corrections)


def _closes(sentence: Sentence, position: int) -> bool:
    """Whether nothing hangs on the words before this place: "tech is out", but "tech no more than 30"."""
    return sentence.is_wall(position) or sentence.low(position) in CLOSING


def _skip_back(sentence: Sentence, position: int) -> int:
    """The end of the name before a place, past a noun such as "stocks" or a colon."""
    while sentence.low(position - 1) in word_set("after_a_name"):
        position -= 1
    return position


def _names_other_subject(sentence: Sentence, start: int, end: int) -> bool:
    """Whether "those" may be something else, as in "some report earnings, skip those"."""
    events = phrase_set("events").find(sentence.tokens)
    return end - start > 12 or any(start <= event.start < end for event in events)


def _reject_list(sentence: Sentence, entities: list[Entity], end: int) -> None:
    """Rejects the name that ends at a place and those joined to it."""
    for entity in reversed(entities):
        if entity.end == end:
            entity.rejected = True
            end = entity.start
            while sentence.low(end - 1) in ("and", "or", ",", "&", "/", "the") and sentence.low(end - 1):
                end -= 1
            end = _skip_back(sentence, end)
