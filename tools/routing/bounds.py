"""From an amount whose field is known to the slots it sets."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from tools.routing.amounts import Amount
from tools.routing.periods import per_year, period_of
from tools.routing.sentence import Sentence
from tools.routing.spans import widened
from tools.routing.vocabulary import word_set

Slots = dict[str, Any]
PRICE_REACH = 0.10
DELTA_REACH = 0.05
CENTS_PER_SHARE = 100


def number(value: float) -> float | int:
    """A plain number: whole ones as int, others free of floating dust."""
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def both_sides(amount: Amount, names: tuple[str, str], low: float, high: float) -> Iterator[tuple[str, float | int]]:
    """The two ends of a range, or the one end that was bounded."""
    if amount.side != "max":
        yield names[0], number(low)
    if amount.side != "min":
        yield names[1], number(high)


def price(sentence: Sentence, amount: Amount) -> Iterator[tuple[str, Any]]:
    low, high = amount.low, amount.high
    if not amount.is_range and amount.side in ("", "about"):
        low, high = low * (1 - PRICE_REACH), high * (1 + PRICE_REACH)
    if amount.is_range and amount.side in ("min", "max"):
        low, high = (low, low) if amount.side == "min" or amount.unit == "decade" else (high, high)
    yield from both_sides(amount, ("min_price", "max_price"), low, high)


def delta(sentence: Sentence, amount: Amount) -> Iterator[tuple[str, Any]]:
    low, high = sorted((abs(amount.low), abs(amount.high)))
    if high >= 1 or amount.kind == "percent":
        low, high = low / 100 if low >= 1 or low == 0 or amount.kind == "percent" else low, high / 100
    if not amount.is_range and amount.side in ("", "about"):
        low, high = max(0.0, low - DELTA_REACH), min(1.0, high + DELTA_REACH)
    yield from both_sides(amount, ("min_delta", "max_delta"), low, high)


def dte(sentence: Sentence, amount: Amount) -> Iterator[tuple[str, Any]]:
    low, high = round(amount.low), round(amount.high)
    if high == 0:
        yield "max_dte", 0
        return
    if not amount.is_range and amount.side in ("", "about"):
        low, high = widened(low)
    yield from both_sides(amount, ("min_dte", "max_dte"), low, high)


def annual_yield(sentence: Sentence, amount: Amount) -> Iterator[tuple[str, Any]]:
    if (amount.side == "max" and not amount.is_range) or _is_of_price(sentence, amount):
        return
    is_fraction = amount.kind == "bare" and 0 < amount.low < 1
    share = amount.low if is_fraction else amount.low / 100
    yield "min_annual_yield", number(share * per_year(period_of(sentence, amount)))


def _is_of_price(sentence: Sentence, amount: Amount) -> bool:
    """A share of the strike or the stock price is no yield unless a period is stated."""
    following = {sentence.low(amount.end + i) for i in range(1, 4)}
    priced = sentence.low(amount.end) == "of" and following & {
        "strike",
        "stock",
        "share",
        "spot",
        "underlying",
        "price",
    }
    return bool(priced) and not period_of(sentence, amount)


def premium(sentence: Sentence, amount: Amount) -> Iterator[tuple[str, Any]]:
    if (amount.side == "max" and not amount.is_range) or amount.kind == "percent":
        return
    if period_of(sentence, amount):
        return
    divisor = CENTS_PER_SHARE if is_per_contract(sentence, amount) else 1
    yield "min_premium", number(amount.low / divisor)


def is_per_contract(sentence: Sentence, amount: Amount) -> bool:
    """Whether "per contract", "a contract", "each" stands near the number."""
    words = [sentence.low(i) for i in range(amount.end, amount.end + 7)]
    for i, word in enumerate(words[:-1]):
        if i and (sentence.is_strong_wall(amount.end + i) or _is_other_sum(sentence, amount.end + i)):
            break
        if word in ("per", "a", "each", "every", "/", "one", "the") and words[i + 1] in ("contract", "option", "lot"):
            return True
        if word in ("per", "each", "every", "/") and words[i + 1] in ("put", "call", "csp", "cc"):
            return True
    first = amount.start
    while first > max(0, amount.start - 7) and not sentence.is_strong_wall(first - 1):
        first -= 1
    before = [sentence.low(i) for i in range(first, amount.start)]
    return any(pair in (("per", "contract"), ("each", "contract"), ("every", "contract")) for pair in pairwise(before))


def _is_other_sum(sentence: Sentence, position: int) -> bool:
    other = sentence.amount_from.get(position)
    return other is not None and other.kind == "money"


def capital(sentence: Sentence, amount: Amount) -> Iterator[tuple[str, Any]]:
    if amount.kind != "percent" and not (amount.side == "min" and not amount.is_range):
        yield "max_capital", number(amount.high)


def spread(sentence: Sentence, amount: Amount) -> Iterator[tuple[str, Any]]:
    named = amount.keyword.endswith(("pct", "percent", "percentage"))
    if (amount.kind == "percent" or named) and amount.side != "min":
        is_fraction = amount.kind == "bare" and amount.high < 1
        yield "max_spread_pct", number(amount.high if is_fraction else amount.high / 100)


def at_least(name: str) -> Callable[[Sentence, Amount], Iterator[tuple[str, Any]]]:
    """Readers of slots that only have a lower end."""

    def read(sentence: Sentence, amount: Amount) -> Iterator[tuple[str, Any]]:
        if amount.side != "max" or amount.is_range:
            yield name, number(amount.low)

    return read


def iv_rank(sentence: Sentence, amount: Amount) -> Iterator[tuple[str, Any]]:
    if amount.side == "max" and not amount.is_range:
        return
    share = amount.low * 100 if 0 < amount.low < 1 and amount.kind == "bare" else amount.low
    yield "min_iv_rank", number(100 - share if _is_top(sentence, amount) else share)


def _is_top(sentence: Sentence, amount: Amount) -> bool:
    return amount.kind == "percent" and any(
        sentence.low(amount.start - back) in ("top", "upper", "highest") for back in (1, 2)
    )


def limit(sentence: Sentence, amount: Amount) -> Iterator[tuple[str, Any]]:
    if not _are_contracts_to_sell(sentence, amount):
        yield "limit", int(amount.high)


SELLING = frozenset(
    [
        "sell",
        "would",
        "selling",
        "write",
        "writing",
        "sold",
        "short",
        "shorting",
        "hold",
        "holding",
        "have",
        "roll",
        "own",
        "open",
        "trade",
    ]
)
COUNTED_FOR_SALE = frozenset(
    ["contract", "contracts", "put", "puts", "call", "calls", "csp", "csps", "cc", "ccs", "option", "options"]
)


def _are_contracts_to_sell(sentence: Sentence, amount: Amount) -> bool:
    if not amount.keyword or amount.keyword.split()[-1] not in COUNTED_FOR_SALE | {"lots"}:
        return False
    for back in range(1, 7):
        word = sentence.low(amount.start - back)
        if word in SELLING or sentence.is_strong_wall(amount.start - back):
            return word in SELLING or amount.keyword.startswith("contract")
        if word in word_set("showing"):
            return False
    return amount.keyword.startswith("contract")


READERS: dict[str, Callable[[Sentence, Amount], Iterator[tuple[str, Any]]]] = {
    "price": price,
    "delta": delta,
    "dte": dte,
    "yield": annual_yield,
    "premium": premium,
    "capital": capital,
    "spread": spread,
    "oi": at_least("min_open_interest"),
    "volume": at_least("min_volume"),
    "ivrank": iv_rank,
    "limit": limit,
}
"""Fields that set slots; what is claimed by any other field is dropped on purpose (G7, G8)."""
