"""Which side of a number a sentence bounds: "at least 30", "30 or less", "nothing over 30", "around 30" (G2, G3)."""

from tools.routing.amounts import Amount, Side
from tools.routing.phrases import Match
from tools.routing.sentence import Comparison, Sentence, fillers
from tools.routing.vocabulary import word_set

OPPOSITE: dict[Side, Side] = {"min": "max", "max": "min", "about": "about", "": ""}
REACH = 9


def compare(sentence: Sentence) -> None:
    """Sets the side of every amount, and whether a negation turned it round, in place."""
    for amount in sentence.amounts:
        before = _before(sentence, amount)
        after = _after(sentence, amount)
        chosen = _stronger(before, after)
        if chosen is None:
            continue
        found, side = chosen
        amount.side, amount.compared_by = side, " ".join(t.low for t in sentence.tokens[found.start : found.end])
        if (
            found.start < amount.start
            and side in ("min", "max")
            and (_is_negated(sentence, found) or _is_condition_to_skip(sentence, found, amount))
        ):
            amount.side, amount.negated = OPPOSITE[side], True
        if amount.is_range and amount.unit != "decade":
            amount.side = ""
        elif amount.low < 0 and amount.high <= 0:
            amount.side = OPPOSITE[amount.side]


Chosen = tuple[Match[list[Comparison]], Side]


def _stronger(before: Chosen | None, after: Chosen | None) -> Chosen | None:
    if before and after:
        return after if before[1] == "about" and after[1] != "about" else before
    return before or after


def _before(sentence: Sentence, amount: Amount) -> Chosen | None:
    """The nearest bound before the number; an approximate word counts only when there is no bound."""
    position, softer = amount.start, None
    for _ in range(REACH):
        if found := sentence.comparisons_to.get(position):
            side = found.value[0].side
            if found.value[0].place != "after" and not _belongs_before(sentence, found):
                if side != "about":
                    return found, side
                softer = softer or (found, side)
            position = found.start
        elif keyword := sentence.keywords_to.get(position):
            position = keyword.start
        elif _passable(sentence, position - 1):
            position -= 1
        else:
            break
    return softer


def _passable(sentence: Sentence, position: int) -> bool:
    if sentence.is_wall(position) or position in sentence.amount_from or position + 1 in sentence.amount_to:
        return False
    return sentence.low(position) in fillers("link")


def _belongs_before(sentence: Sentence, found: Match[list[Comparison]]) -> bool:
    """In "30 delta max, 45 dte" the bound follows its own number."""
    if found.value[0].place != "both":
        return False
    return sentence.low(found.end) in (",", "and") and found.start > 0


def _after(sentence: Sentence, amount: Amount) -> Chosen | None:
    position, comma = amount.end, False
    for _ in range(REACH):
        found = sentence.comparisons_from.get(position)
        if found and (side := _side_after(sentence, amount, found, comma)):
            return found, side
        if sentence.low(position) in ("or", "and") or (found and found.value[0].place == "before"):
            return None
        if keyword := sentence.keywords_from.get(position):
            position = keyword.end
        elif sentence.low(position) == "," and not comma:
            position, comma = position + 1, True
        elif _passable(sentence, position) or sentence.low(position) in (
            "expiration",
            "year",
            "month",
            "week",
            "contract",
            "puts",
            "out",
        ):
            position += 1
        else:
            return None
    return None


def _side_after(sentence: Sentence, amount: Amount, found: Match[list[Comparison]], comma: bool) -> Side:
    side, place = found.value[0]
    sign = sentence.low(found.start)
    if place == "before":
        leads = (
            found.start == amount.end
            and sign in ("<", "<=", ">", ">=", "≤", "≥")
            and not _is_closed(sentence, found.end)
        )
        return OPPOSITE[side] if leads else ""
    if sign == "+":
        return side if found.start == amount.end or sentence.keywords_to.get(found.start) else ""
    if sign == "up" and found.start != amount.end:
        return ""
    loose = place == "both" or sign in ("plus", "top", "up") or comma
    return "" if loose and _leads_to_amount(sentence, found.end) else side


def _is_closed(sentence: Sentence, position: int) -> bool:
    return position >= len(sentence.tokens)


def _leads_to_amount(sentence: Sentence, position: int) -> bool:
    """Whether the words after a bound run on into another number, to which it then belongs."""
    for _ in range(6):
        if position in sentence.amount_from:
            return True
        if keyword := sentence.keywords_from.get(position):
            position = keyword.end
        elif found := sentence.comparisons_from.get(position):
            position = found.end
        elif _passable(sentence, position):
            position += 1
        else:
            return False
    return False


def _is_condition_to_skip(sentence: Sentence, found: Match[list[Comparison]], amount: Amount) -> bool:
    """As in "if the premium is under 80 cents, forget it"."""
    opened = any(sentence.low(found.start - back) == "if" for back in range(1, 8))
    after = [sentence.low(amount.end + ahead) for ahead in range(6)]
    return (opened and bool(word_set("refusing") & set(after))) or bool(word_set("refused_after") & set(after))


def _is_negated(sentence: Sentence, found: Match[list[Comparison]]) -> bool:
    if sentence.low(found.start) not in word_set("negatable"):
        return False
    position = found.start
    for _ in range(REACH):
        if sentence.low(position - 1) in fillers("negator"):
            return True
        listed = sentence.low(position - 1) == "and" and sentence.low(position) in (
            "anything",
            "everything",
            "stuff",
            "those",
        )
        if listed or sentence.low(position - 1) in ("or", "nor"):
            earlier = sentence.amount_to.get(position - 1)
            return bool(earlier and earlier.negated)
        if keyword := sentence.keywords_to.get(position):
            position = keyword.start
        elif _passable(sentence, position - 1) or sentence.low(position - 1) in word_set("heads"):
            position -= 1
        else:
            return False
    return False
