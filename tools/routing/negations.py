"""Whether a bound is turned round: "nothing over 30", "skip anything below 12 or above 60", "over 60 is too long"."""

from tools.routing.amounts import Amount
from tools.routing.phrases import Match
from tools.routing.sentence import Comparison, Sentence, fillers
from tools.routing.vocabulary import word_set

REACH = 9
ALSO_BOUNDED = frozenset(["anything", "everything", "stuff", "those", "names", "stocks"])


def passable(sentence: Sentence, position: int) -> bool:
    """Whether a word has no meaning of its own, so that a search may go on past it."""
    if sentence.is_wall(position) or position in sentence.amount_from or position + 1 in sentence.amount_to:
        return False
    return sentence.low(position) in fillers("link")


def is_condition_to_skip(sentence: Sentence, found: Match[list[Comparison]], amount: Amount) -> bool:
    """As in "if the premium is under 80 cents, forget it", "over 60 days is too long"."""
    opened = any(sentence.low(found.start - back) == "if" for back in range(1, 8))
    after = [sentence.low(amount.end + ahead) for ahead in range(6)]
    unfit = any(
        sentence.low(amount.end + ahead) in ("is", "are", "'s")
        and sentence.low(amount.end + ahead + 1) in ("too", "out", "no")
        for ahead in range(4)
    )
    return unfit or (opened and bool(word_set("refusing") & set(after))) or bool(word_set("refused_after") & set(after))


def is_negated(sentence: Sentence, found: Match[list[Comparison]]) -> bool:
    """Whether a "no", "skip" or "never" before a bound turns it round, through lists of bounds too."""
    if sentence.low(found.start) not in word_set("negatable"):
        return False
    position = found.start
    for _ in range(REACH):
        if sentence.low(position - 1) in fillers("negator"):
            return True
        if _goes_on(sentence, position):
            earlier = _amount_before(sentence, position - 1)
            return bool(earlier and earlier.negated)
        if keyword := sentence.keywords_to.get(position):
            position = keyword.start
        elif passable(sentence, position - 1) or sentence.low(position - 1) in word_set("heads"):
            position -= 1
        else:
            return False
    return False


def _goes_on(sentence: Sentence, position: int) -> bool:
    """Whether a list of negated bounds goes on here: "or more than 3 months", ", whose delta is over 30"."""
    before, here = sentence.low(position - 1), sentence.low(position)
    if before in ("or", "nor"):
        return True
    return (before == "and" and here in ALSO_BOUNDED) or (
        before == "," and here in ALSO_BOUNDED | {"whose", "with", "or"}
    )


def _amount_before(sentence: Sentence, position: int) -> Amount | None:
    for _ in range(REACH):
        if amount := sentence.amount_to.get(position):
            return amount
        keyword = sentence.keywords_to.get(position)
        position = keyword.start if keyword else position - 1
        if not keyword and not (
            sentence.low(position) in (",", "or", "dollars") or sentence.low(position) in fillers("link")
        ):
            return None
    return None
