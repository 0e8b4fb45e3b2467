"""Numbers that take their meaning from a neighbour: two bounds of one thing, corrections, a bound on two things."""

from dataclasses import replace

from tools.routing.amounts import Amount
from tools.routing.sentence import Sentence, fillers
from tools.routing.vocabulary import phrase_set, word_set


def share_fields(sentence: Sentence) -> None:
    """A number without a word of its own takes that of its neighbour: "over .15 but under .30", "make that 40"."""
    amounts = sentence.amounts
    for index in reversed(range(len(amounts) - 1)):
        before = amounts[index - 1] if index else None
        if before and before.field and _joined(sentence, before, amounts[index]):
            continue
        if _joined(sentence, amounts[index], amounts[index + 1]):
            _inherit(amounts[index], amounts[index + 1])
    for index in range(1, len(amounts)):
        earlier, later = amounts[index - 1], amounts[index]
        if _stands_for(sentence, earlier, later):
            _take_over(earlier, later)
        if _joined(sentence, earlier, later) or _narrows(sentence, earlier, later):
            _inherit(later, earlier)
        elif sentence.corrected_between(earlier.end, later.start) and not later.field:
            _correct(sentence, index)
        if earlier.field in ALTERNATIVES and not later.field and _is_alternative(sentence, earlier, later):
            later.field = earlier.field
    _split_shared(sentence)


ALTERNATIVES = frozenset(("spread", "strike", "otm", "pop", "iv", "basis", "manage"))


def _is_alternative(sentence: Sentence, earlier: Amount, later: Amount) -> bool:
    """As in "spread of 5% or 10 cents"."""
    return later.start - earlier.end == 1 and sentence.low(earlier.end) == "or"


def _stands_for(sentence: Sentence, earlier: Amount, later: Amount) -> bool:
    """As in "50 instead of 40 dollars"."""
    if earlier.field:
        return False
    found = (phrase_set("replaced").at(sentence.tokens, start) for start in range(earlier.end, later.start))
    return any(match is not None and match.end == later.start for match in found)


def _take_over(earlier: Amount, later: Amount) -> None:
    _inherit(earlier, later)
    earlier.kind = later.kind if earlier.kind == "bare" else earlier.kind
    earlier.side, earlier.compared_by = earlier.side or later.side, later.compared_by


def _split_shared(sentence: Sentence) -> None:
    """As in "open interest and volume over 200" bounds both."""
    for amount in list(sentence.amounts):
        for (field, twin), spellings in SHARED:
            if amount.field == field and _beside(sentence, amount, spellings):
                sentence.amounts.append(replace(amount, field=twin))


CORRECTED_AT_MOST = 50
SMALLER_BY = 50
SHARED = ((("oi", "volume"), {"volume", "vol"}), (("volume", "oi"), {"oi", "open interest"}))


def _beside(sentence: Sentence, amount: Amount, spellings: set[str]) -> bool:
    """Whether a twin of the amount's keyword stands near it, joined by "and", with no number of its own."""
    for found in sentence.keywords_from.values():
        text = " ".join(token.low for token in sentence.tokens[found.start : found.end])
        if text not in spellings or abs(found.start - amount.start) >= 8:
            continue
        between = range(min(found.end, amount.end), max(found.start, amount.start))
        numbers = (sentence.amount_to.get(found.start), _amount_after(sentence, found.end))
        own = any(number and number is not amount for number in numbers)
        parted = any(sentence.low(i) in (",", ".", ";") or i in sentence.amount_from for i in between)
        if not own and not parted and {"and", "&", "/"} & {sentence.low(found.start - 1), sentence.low(found.end)}:
            return True
    return False


def _narrows(sentence: Sentence, earlier: Amount, later: Amount) -> bool:
    """As in "between 30 and 60 dte, but not more than 50"."""
    if not (earlier.is_range and earlier.field and later.side in ("min", "max") and not later.field):
        return False
    inside = earlier.low <= later.low <= earlier.high
    words = [sentence.low(i) for i in range(earlier.end, later.start)]
    return inside and "but" in words and not {".", ";"} & set(words)


def _joined(sentence: Sentence, earlier: Amount, later: Amount) -> bool:
    """Two bounds on opposite sides of one thing, with nothing but "and" or "but" between them."""
    if {earlier.side, later.side} != {"min", "max"} or (earlier.field and later.field):
        return False
    if "percent" in (earlier.kind, later.kind) and earlier.kind != later.kind:
        return False
    position = earlier.end
    while position < later.start:
        if compared := sentence.comparisons_from.get(position):
            position = compared.end
        elif keyword := sentence.keywords_from.get(position):
            if sentence.low(position - 1) == ",":
                return False
            position = keyword.end
        elif sentence.low(position) in word_set("between_bounds"):
            position += 1
        else:
            return False
    return True


def _amount_after(sentence: Sentence, position: int) -> Amount | None:
    """The number a keyword leads to, past a bound and small words: "open interest of at least 2,000"."""
    for _ in range(len(fillers("link"))):
        compared = sentence.comparisons_from.get(position)
        if position in sentence.amount_from or not (compared or sentence.low(position) in fillers("link")):
            break
        position = compared.end if compared else position + 1
    return sentence.amount_from.get(position)


def _is_alike(later: Amount, earlier: Amount) -> bool:
    """Nobody corrects 11,000 dollars to 50."""
    low, high = sorted((abs(later.high), abs(earlier.high)))
    return later.kind != "money" or high <= CORRECTED_AT_MOST * low


def _inherit(taker: Amount, giver: Amount) -> None:
    if taker.field or not _agree(taker, giver):
        return
    if taker.kind == "bare" and giver.kind != "bare":
        factor = DAYS_OF.get(giver.unit, 1) if giver.kind == "span" else 1
        taker.low, taker.high, taker.kind, taker.unit = taker.low * factor, taker.high * factor, giver.kind, giver.unit
    taker.field, taker.keyword = giver.field, giver.keyword


DAYS_OF = {"week": 7, "month": 30, "quarter": 90, "year": 365, "fortnight": 14}


def _agree(taker: Amount, giver: Amount) -> bool:
    if giver.kind == "span" and taker.kind == "bare" and 0 < taker.low < 1:
        return False
    if giver.kind == "bare" and giver.field in ("yield", "ivrank", "spread") and taker.kind == "percent":
        return True
    in_dollars = giver.kind == "bare" and giver.field in ("", "price", "premium", "capital")
    return taker.kind in ("bare", giver.kind) or (in_dollars and taker.kind == "money")


def _correct(sentence: Sentence, index: int) -> None:
    """A correction without a word of its own is about the last thing of its kind, and keeps its bound."""
    later = sentence.amounts[index]
    for earlier in reversed(sentence.amounts[:index]):
        if _agree(later, earlier) and _is_alike(later, earlier):
            _inherit(later, earlier)
            if not later.field and later.kind == "bare" and earlier.kind == "bare":
                later.scaled = later.scaled or earlier.scaled
            if earlier.scaled and not later.scaled and 0 < later.high <= earlier.high / SMALLER_BY:
                later.low, later.high, later.scaled = later.low * 1000, later.high * 1000, True
            if (not later.side or later.compared_by in ("say", "like")) and not later.is_range:
                later.side, later.compared_by = earlier.side, earlier.compared_by
            return
