"""Numbers and filters that the sentence itself takes back: "45 dte, not 30", "forget the delta" (G6)."""

from collections.abc import Iterator

from tools.routing.sentence import Sentence
from tools.routing.vocabulary import phrase_set

SLOTS_OF = {
    "price": ("min_price", "max_price"),
    "delta": ("min_delta", "max_delta"),
    "dte": ("min_dte", "max_dte"),
    "yield": ("min_annual_yield",),
    "premium": ("min_premium",),
    "oi": ("min_open_interest",),
    "volume": ("min_volume",),
    "spread": ("max_spread_pct",),
    "capital": ("max_capital",),
    "ivrank": ("min_iv_rank",),
    "limit": ("limit",),
}


def drop_replaced(sentence: Sentence) -> None:
    """Numbers right after "not" or "instead of" set nothing, in place."""
    for found in phrase_set("instead").find(sentence.tokens):
        for start in range(found.end, found.end + 2):
            amount = sentence.amount_from.get(start)
            outright = found.end - found.start > 1
            if amount and (outright or (found.start not in sentence.comparisons_from and not amount.side)):
                amount.field = "dropped"


def forgotten_slots(sentence: Sentence) -> Iterator[str]:
    """Slots the sentence says to forget: "forget the delta", "drop the price limit"."""
    for found in phrase_set("forget").find(sentence.tokens):
        position = found.end + (sentence.low(found.end) in ("the", "my", "that", "about"))
        keyword = sentence.keywords_from.get(position)
        if keyword and sentence.low(position - 1) in ("the", "my", "that") and not _has_number(sentence, keyword.end):
            yield from SLOTS_OF.get(keyword.value[0].field, ())


def _has_number(sentence: Sentence, position: int) -> bool:
    return any(place in sentence.amount_from for place in range(position, position + 4))
