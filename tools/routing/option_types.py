"""put, call, or neither: what the sentence wants to sell."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tools.routing.phrases import Phrases
from tools.routing.sentence import Sentence
from tools.routing.vocabulary import phrase_set, word_set

REFUSALS = {("no", "thanks"), ("no", "."), ("no", ","), ("no", "thank")}


class Mention(NamedTuple):
    start: int
    type: str
    rejected: bool


WORDS: Phrases[str] = Phrases(
    [
        (phrase, "put")
        for phrase in [
            "put",
            "puts",
            "csp",
            "csps",
            "csp's",
            "cash secured put",
            "cash secured puts",
            "cash secured",
            "short put",
            "short puts",
            "put options",
        ]
    ]
    + [
        (phrase, "call")
        for phrase in [
            "call",
            "calls",
            "cc",
            "ccs",
            "cc's",
            "covered call",
            "covered calls",
            "covered",
            "buy write",
            "buy writes",
            "buywrite",
            "buywrites",
            "overwrite",
            "overwriting",
        ]
    ]
)
AGAINST: frozenset[str] = frozenset(["against", "over", "on", "from"])


def option_type_slots(sentence: Sentence) -> Iterator[tuple[str, Any]]:
    """The one type that is wanted, nothing when both or neither are."""
    mentions = list(_mentions(sentence)) or list(_struck(sentence))
    wanted = [mention for mention in mentions if not mention.rejected]
    for i in range(1, len(wanted)):
        if wanted[i].type != wanted[i - 1].type and _corrected(sentence, wanted[i - 1].start, wanted[i].start):
            wanted = wanted[i:]
            break
    types = {mention.type for mention in wanted} if mentions else set(_implied(sentence))
    if len(types) == 1:
        yield "option_type", types.pop()


def _corrected(sentence: Sentence, start: int, end: int) -> bool:
    marks = [c for c in sentence.corrections if start < c.start and c.end <= end]
    return (
        any(sentence.low(mark.start) not in ("now", "better", "hmm", "let's") for mark in marks)
        or (
            bool(marks)
            and any(sentence.low(i) in ("first", "initially", "earlier", "originally") for i in range(start))
        )
        or sentence.low(end + 1) == "instead"
    )


def _mentions(sentence: Sentence) -> Iterator[Mention]:
    for found in WORDS.find(sentence.tokens):
        words = found.end - found.start
        if words == 1 and _is_other_word(sentence, found.start):
            continue
        if sentence.low(found.start - 1) == "instead" or (
            sentence.low(found.start - 1),
            sentence.low(found.start - 2),
        ) in (("of", "instead"), ("than", "rather")):
            yield Mention(found.start, found.value[0], True)
            continue
        yield Mention(found.start, found.value[0], _is_rejected(sentence, found.start))


def _struck(sentence: Sentence) -> Iterator[Mention]:
    """As in "F 11p"."""
    for amount in sentence.amounts:
        after = sentence.tokens[amount.end] if amount.end < len(sentence.tokens) else None
        if after is not None and after.glued and after.text in ("p", "P", "C") and amount.kind == "bare":
            yield Mention(amount.end, "put" if after.low == "p" else "call", False)


def _is_other_word(sentence: Sentence, position: int) -> bool:
    """As in "put together", "call it 30", "earnings call"."""
    word, before, after = sentence.low(position), sentence.low(position - 1), sentence.low(position + 1)
    if word == "put" and sentence.is_strong_wall(position - 1) and _puts_money(sentence, position + 1):
        return True
    if word == "put":
        return (
            after in word_set("verb_after_put")
            and before not in word_set("before_a_noun")
            and not sentence.tokens[max(position - 1, 0)].text.isupper()
        ) or before in word_set("verb_before_put")
    if word in ("call", "calls"):
        return before in word_set("no_call_before") or (
            word == "call"
            and after in word_set("no_call_after")
            and before
            not in ("covered", "a", "best", "the", "one", "delta", "dte", "day", "week", "month", "otm", "short")
        )
    if word == "covered":
        return after in ("by", "in", "spread", "position") or before in ("is", "be", "are", "get")
    return False


def _puts_money(sentence: Sentence, position: int) -> bool:
    """As in "put 20% of my account into one trade"."""
    amount = sentence.amount_from.get(position)
    return bool(amount and (amount.kind in ("percent", "money") or amount.scaled))


def _is_rejected(sentence: Sentence, position: int) -> bool:
    if (
        sentence.low(position + 1) in ("?", ":", ",")
        and (sentence.low(position + 2), sentence.low(position + 3)) in REFUSALS
    ):
        return True
    for back in range(1, 7):
        word = sentence.low(position - back)
        if word == "no" and sentence.low(position - back + 1) == ",":
            return False
        if word in word_set("rejecting"):
            return not _is_bound(sentence, position - back)
        if word in ("put", "puts", "call", "calls", "csps", "ccs") and sentence.low(position - back + 1) in (
            "or",
            "nor",
            "and",
        ):
            return _is_rejected(sentence, position - back)
        if word not in word_set("passed_over") or (word == "," and back == 1):
            return False
    return False


def _is_bound(sentence: Sentence, position: int) -> bool:
    """The "no" of "no more than" rejects nothing."""
    return position in sentence.comparisons_from


def _implied(sentence: Sentence) -> Iterator[str]:
    words = {token.low for token in sentence.tokens if not token.ignored}
    if "wheel" in words or "wheeling" in words:
        return
    if any(True for _ in phrase_set("paid_to_buy").find(sentence.tokens)) or _buys_lower(sentence):
        yield "put"
    if any(True for _ in phrase_set("called_away").find(sentence.tokens)) or _sells_against_shares(sentence, words):
        yield "call"


def _buys_lower(sentence: Sentence) -> bool:
    """As in "paid for maybe buying X", "own X a bit cheaper": a name stands between the words."""
    for position in range(len(sentence.tokens)):
        if sentence.low(position) in word_set("buying"):
            before = {sentence.low(position - back) for back in range(1, 6)}
            after = {sentence.low(position + ahead) for ahead in range(1, 8)}
            if before & {"paid", "mind", "happy"} or (after & word_set("lower") and "than" not in after):
                return True
    return False


def _sells_against_shares(sentence: Sentence, words: set[str]) -> bool:
    if not word_set("sells") & words:
        return False
    if any(
        sentence.low(found.start - 1) in AGAINST and sentence.low(found.start) not in ("it", "them")
        for found in phrase_set("owned").find(sentence.tokens)
    ):
        return True
    if "against" in words:
        return True
    counted = any(a.keyword in ("shares", "sh") and a.field in ("other", "dropped") for a in sentence.amounts)
    holds = counted or any(_has_shares(sentence, found.end) for found in phrase_set("holds").find(sentence.tokens))
    return holds and bool({"sell", "selling", "write", "premium", "income", "rent", "contract"} & words)


def _has_shares(sentence: Sentence, position: int) -> bool:
    following = [sentence.low(i) for i in range(position, position + 4)]
    return "shares" in following or ("lots" in following and "of" in following)
