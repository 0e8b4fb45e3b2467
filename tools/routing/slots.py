"""The slots of a scan request that a sentence states, and only those (slots.md)."""

from collections.abc import Iterator
from typing import Any

from tools.routing.accounts import settle_account
from tools.routing.bounds import READERS, Slots
from tools.routing.compare import compare
from tools.routing.dates import MARK
from tools.routing.defaults import settle
from tools.routing.earnings import earnings_slots
from tools.routing.entities import entity_slots
from tools.routing.fields import assign_fields
from tools.routing.option_types import option_type_slots
from tools.routing.replaced import drop_replaced, forgotten_slots
from tools.routing.sentence import Sentence, read_sentence
from tools.routing.wording import wording_slots

ORDER = [
    "symbols",
    "option_type",
    "max_price",
    "min_price",
    "min_delta",
    "max_delta",
    "min_dte",
    "max_dte",
    "expiry",
    "min_annual_yield",
    "min_premium",
    "min_open_interest",
    "min_volume",
    "max_spread_pct",
    "sectors",
    "exclude_sectors",
    "exclude_symbols",
    "max_capital",
    "min_iv_rank",
    "avoid_earnings",
    "limit",
]
DTES = {"min_dte", "max_dte"}


def parse_slots(sentence: str) -> Slots:
    """What the sentence asks for, as JSON values with the keys of contracts.md.

    Dollars a share (capital: dollars in all); delta, yield and spread as fractions; whole days; expiry as YYYY-MM-DD.

    >>> parse_slots("puts under $30, 30 delta, no energy")
    {'option_type': 'put', 'max_price': 30, 'min_delta': 0.25, 'max_delta': 0.35, 'exclude_sectors': ['Energy']}
    """
    read = read_sentence(sentence)
    slots: Slots = dict(wording_slots(read))
    numbers = _numbers(read)
    if DTES & set(numbers):
        slots = {name: value for name, value in slots.items() if name not in DTES}
    slots.update(numbers)
    slots.update(_expiry(read))
    slots.update(entity_slots(read))
    slots.update(option_type_slots(read))
    slots.update(earnings_slots(read))
    for name in forgotten_slots(read):
        slots.pop(name, None)
    return {name: slots[name] for name in ORDER if name in slots}


def _numbers(sentence: Sentence) -> Slots:
    compare(sentence)
    assign_fields(sentence)
    from_account = settle_account(sentence)
    settle(sentence)
    drop_replaced(sentence)
    slots: Slots = {}
    for amount in sentence.amounts:
        if amount.field in READERS:
            slots.update(READERS[amount.field](sentence, amount))
    if from_account is not None:
        slots["max_capital"] = from_account
    return slots


def _expiry(sentence: Sentence) -> Iterator[tuple[str, Any]]:
    marks = [token for token in sentence.tokens if token.low == MARK]
    for mark, found in zip(marks, sentence.dates, strict=False):
        if found.day and not mark.ignored:
            yield "expiry", found.day.isoformat()
