"""Which side of a number a sentence bounds: "at least 30", "30 or less", "nothing over 30", "around 30" (G2, G3)."""

from tools.routing.amounts import Amount, Side
from tools.routing.negations import is_condition_to_skip, is_negated, passable
from tools.routing.phrases import Match
from tools.routing.sentence import Comparison, Sentence

OPPOSITE: dict[Side, Side] = {"min": "max", "max": "min", "about": "about", "": ""}
REACH = 9
ABSOLUTE = frozenset(
    ["max", "maximum", "at most", "min", "minimum", "at least", "up to", "cap", "capped at", "limited to"]
)


def compare(sentence: Sentence) -> None:
    """Sets the side of every amount, and whether a negation turned it round, in place."""
    for amount in sentence.amounts:
        before = _before(sentence, amount)
        after = _after(sentence, amount)
        chosen = _stronger(before, after)
        if chosen is None:
            if not amount.side and _is_limited(sentence, amount):
                amount.side, amount.compared_by = "max", "limited to"
            continue
        found, side = chosen
        amount.side, amount.compared_by = side, " ".join(t.low for t in sentence.tokens[found.start : found.end])
        if (
            found.start < amount.start
            and side in ("min", "max")
            and (is_negated(sentence, found) or is_condition_to_skip(sentence, found, amount))
        ):
            amount.side, amount.negated = OPPOSITE[side], True
        if amount.is_range and amount.unit != "decade":
            amount.side = ""
        elif amount.low < 0 and amount.high <= 0 and amount.compared_by not in ABSOLUTE:
            amount.side = OPPOSITE[amount.side]


def _is_limited(sentence: Sentence, amount: Amount) -> bool:
    """As in "limit the list to 15 and the delta to 0.25"."""
    if amount.is_range or sentence.low(amount.start - 1) not in ("to", "at"):
        return False
    for position in range(amount.start - 2, max(-1, amount.start - 14), -1):
        if sentence.is_strong_wall(position):
            return False
        if sentence.low(position) in ("limit", "cap", "restrict", "limiting", "capping", "restricting"):
            return True
    return False


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
            if (
                found.value[0].place != "after"
                and not _belongs_before(sentence, found)
                and not _is_wish(sentence, found)
            ):
                if side != "about":
                    return found, side
                softer = softer or (found, side)
            position = found.start
        elif keyword := sentence.keywords_to.get(position):
            position = keyword.start
        elif passable(sentence, position - 1):
            position -= 1
        else:
            break
    return softer


def _is_wish(sentence: Sentence, found: Match[list[Comparison]]) -> bool:
    """The "like" of "I'd like ten"."""
    return sentence.low(found.start) == "like" and sentence.low(found.start - 1) in ("i'd", "would", "we'd", "i", "we")


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
        elif passable(sentence, position) or sentence.low(position) in (
            "expiration",
            "expiry",
            "maturity",
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
    if found.end - found.start > 1 and place == "after" and sentence.is_wall(found.end):
        return side
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
        elif passable(sentence, position):
            position += 1
        else:
            return False
    return False
