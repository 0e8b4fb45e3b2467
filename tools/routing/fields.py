"""What each number is about: the nearest word that can carry a number of its kind."""

from typing import NamedTuple

from tools.routing.acceptance import ACCEPTS, WEAKNESS
from tools.routing.amounts import Amount
from tools.routing.phrases import Match
from tools.routing.sentence import Keyword, Sentence, fillers
from tools.routing.sharing import share_fields

RELATIVES = frozenset(["that", "which", "who", "whose"])
REACH_AFTER, REACH_BEFORE = 3, 4


class Claim(NamedTuple):
    """A keyword an amount may belong to; `cost` counts the words of meaning between them."""

    cost: float
    field: str
    match: Match[list[Keyword]]


def assign_fields(sentence: Sentence) -> None:
    """Sets `field` and `keyword` of every amount that has one, in place."""
    claimed: set[int] = set()
    for index, amount in enumerate(sentence.amounts):
        before, after = _before(sentence, amount, claimed), _after(sentence, amount)
        if claim := _choose(sentence, index, before, after):
            amount.field = claim.field
            amount.keyword = " ".join(t.low for t in sentence.tokens[claim.match.start : claim.match.end])
            claimed.add(claim.match.start)
    share_fields(sentence)


def _choose(sentence: Sentence, index: int, before: Claim | None, after: Claim | None) -> Claim | None:
    apart = after is not None and after.match.start > sentence.amounts[index].end
    if after and apart and _wants_before(sentence, index, after):
        return before
    if before is None or after is None:
        return before or after
    if before.cost != after.cost:
        return min(before, after, key=lambda claim: claim.cost)
    return before if _wants_before(sentence, index, after) else after


def _wants_before(sentence: Sentence, index: int, after: Claim) -> bool:
    """In "delta 30 dte 45" the word after a number introduces the next one."""
    if index + 1 >= len(sentence.amounts):
        return False
    following = sentence.amounts[index + 1]
    its_before = _before(sentence, following, set())
    if its_before is None or its_before.match.start != after.match.start or its_before.cost > 0:
        return False
    its_after = _after(sentence, following)
    return its_after is None or its_after.cost > 0 or _wants_before(sentence, index + 1, its_after)


def _after(sentence: Sentence, amount: Amount) -> Claim | None:
    position, cost, found = amount.end, 0.0, None
    while cost <= REACH_AFTER and position < len(sentence.tokens):
        if keyword := sentence.keywords_from.get(position):
            if claim := _claim(sentence, amount, keyword, cost, "after"):
                found = claim if found is None or claim.cost < found.cost else found
            position, cost = keyword.end, cost + 1
        elif (compared := sentence.comparisons_from.get(position)) and compared.value[0].place != "before":
            position = compared.end
        elif _ends_search(sentence, position):
            break
        else:
            cost += 0 if sentence.low(position) in fillers("link") else 1
            position += 1
    return found


def _ends_search(sentence: Sentence, position: int) -> bool:
    if sentence.low(position) in RELATIVES:
        return True
    taken = position in sentence.amount_from
    return taken or sentence.is_wall(position) or sentence.low(position) in ("or", "than", "by", ":")


def _before(sentence: Sentence, amount: Amount, claimed: set[int]) -> Claim | None:
    position, cost, found = amount.start, 0.0, None
    while cost <= REACH_BEFORE and position > 0:
        if keyword := sentence.keywords_to.get(position):
            claim = None if keyword.start in claimed else _claim(sentence, amount, keyword, cost, "before")
            if claim and (found is None or claim.cost < found.cost):
                found = claim
            position, cost = keyword.start, cost + 1
        elif compared := sentence.comparisons_to.get(position):
            position = compared.start
        elif sentence.low(position - 1) == "," and sentence.keywords_to.get(position - 1):
            position, cost = position - 1, cost + 2.5
        elif sentence.is_wall(position - 1) or position in sentence.amount_to:
            break
        else:
            cost += 0 if sentence.low(position - 1) in fillers("link") else 1
            position -= 1
    return found


def _claim(sentence: Sentence, amount: Amount, found: Match[list[Keyword]], cost: float, place: str) -> Claim | None:
    """The best field of one keyword that may carry this amount."""
    claims = [
        Claim(cost + WEAKNESS.get(keyword.field, 0), keyword.field.partition("_")[0], found)
        for keyword in found.value
        if keyword.place in ("any", place) and ACCEPTS[keyword.field](sentence, amount, found)
    ]
    return min(claims, default=None)
