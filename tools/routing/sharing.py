"""Numbers that take their meaning from a neighbour: two bounds of one thing, corrections, a bound on two things."""

from dataclasses import replace

from tools.routing.amounts import Amount
from tools.routing.sentence import Sentence
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
        if _joined(sentence, earlier, later):
            _inherit(later, earlier)
        elif sentence.corrected_between(earlier.end, later.start) and not later.field:
            _correct(sentence, index)
    _split_shared(sentence)


def _stands_for(sentence: Sentence, earlier: Amount, later: Amount) -> bool:
    """As in "50 instead of 40 dollars"."""
    replaced = phrase_set("replaced").find(sentence.tokens)
    return not earlier.field and any(earlier.end <= found.start and found.end == later.start for found in replaced)


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


SHARED = ((("oi", "volume"), {"volume", "vol"}), (("volume", "oi"), {"oi", "open interest"}))


def _beside(sentence: Sentence, amount: Amount, spellings: set[str]) -> bool:
    """Whether a twin of the amount's keyword stands near it, joined by "and", with no number of its own."""
    for found in sentence.keywords_from.values():
        text = " ".join(token.low for token in sentence.tokens[found.start : found.end])
        if text not in spellings or abs(found.start - amount.start) >= 8:
            continue
        between = range(min(found.end, amount.end), max(found.start, amount.start))
        numbers = (sentence.amount_to.get(found.start), sentence.amount_from.get(found.end))
        own = any(number and number is not amount for number in numbers)
        parted = any(sentence.low(i) in (",", ".", ";") or i in sentence.amount_from for i in between)
        if not own and not parted and {"and", "&", "/"} & {sentence.low(found.start - 1), sentence.low(found.end)}:
            return True
    return False


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
            position = keyword.end
        elif sentence.low(position) in word_set("between_bounds"):
            position += 1
        else:
            return False
    return True


def _inherit(taker: Amount, giver: Amount) -> None:
    if taker.field or not _agree(taker, giver):
        return
    if taker.kind == "bare" and giver.kind != "bare":
        factor = DAYS_OF.get(giver.unit, 1) if giver.kind == "span" else 1
        taker.low, taker.high, taker.kind, taker.unit = taker.low * factor, taker.high * factor, giver.kind, giver.unit
    taker.field, taker.keyword = giver.field, giver.keyword


DAYS_OF = {"week": 7, "month": 30, "quarter": 90, "year": 365, "fortnight": 14}


def _agree(taker: Amount, giver: Amount) -> bool:
    in_dollars = giver.kind == "bare" and giver.field in ("", "price", "premium", "capital")
    return taker.kind in ("bare", giver.kind) or (in_dollars and taker.kind == "money")


def _correct(sentence: Sentence, index: int) -> None:
    """A correction without a word of its own is about the last thing of its kind, and keeps its bound."""
    later = sentence.amounts[index]
    for earlier in reversed(sentence.amounts[:index]):
        if _agree(later, earlier):
            _inherit(later, earlier)
            if not later.field and later.kind == "bare" and earlier.kind == "bare":
                later.scaled = later.scaled or earlier.scaled
            if not later.side and not later.is_range:
                later.side, later.compared_by = earlier.side, earlier.compared_by
            return
