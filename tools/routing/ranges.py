"""Two numbers that are the ends of one range: "20 to 30", "between $15 and $40", "a week or two"."""

from collections.abc import Sequence

from tools.routing.amounts import Amount, low_at
from tools.routing.spans import days
from tools.routing.tokens import Token

TIGHT_LINKS = frozenset(
    (
        "-",
        "to",
        "to at most",
        "to max",
        "to maximum",
        "to no more than",
        "to about",
        "to around",
        "through",
        "thru",
        "til",
        "till",
        "until",
        "bis",
    )
)
DECADE_LINKS = TIGHT_LINKS | {"and", "or", "the", "low", "high", "$", "mid"}
OPENED_LINKS = frozenset(("and", "und", "up to", "down to", "all the way to", "out to"))
LAST_COUNT = 12
OPENING = frozenset(["between", "zwischen", "from", "btw", "btwn", "anywhere"])


def join_ranges(tokens: Sequence[Token], amounts: list[Amount]) -> list[Amount]:
    joined: list[Amount] = []
    for amount in amounts:
        if joined and _is_tolerance(tokens, joined[-1], amount):
            joined[-1].low, joined[-1].high = joined[-1].low - amount.high, joined[-1].high + amount.high
            joined[-1].is_range, joined[-1].end = True, amount.end
            joined[-1].kind, joined[-1].unit = amount.kind, amount.unit
        elif joined and _are_range(tokens, joined[-1], amount):
            joined[-1] = _range(tokens, joined[-1], amount)
        else:
            joined.append(amount)
    return joined


def _is_tolerance(tokens: Sequence[Token], centre: Amount, reach: Amount) -> bool:
    """As in "45 +/- 5 days"."""
    between = "".join(low_at(tokens, i) for i in range(centre.end, reach.start))
    same = centre.kind == reach.kind or (centre.kind == "bare" and reach.unit in ("", "day"))
    return between in ("+/-", "±", "+-") and same and not centre.is_range


def _are_range(tokens: Sequence[Token], first: Amount, second: Amount) -> bool:
    if first.unit == second.unit == "decade":
        return all(low_at(tokens, i) in DECADE_LINKS for i in range(first.end, second.start))
    if first.is_range or second.is_range or not _same_kind(first, second):
        return False
    if first.kind == "bare" and second.kind != "bare" and low_at(tokens, first.end) in ("delta", "δ"):
        return False
    between = [
        low_at(tokens, i) for i in range(first.end, second.start) if low_at(tokens, i) not in ("delta", "dte", "δ")
    ]
    if [low_at(tokens, i) for i in range(first.end, second.start)] == ["up", "to"]:
        return True
    return _is_link(" ".join(between), first, second) or (
        " ".join(between) in OPENED_LINKS and any(low_at(tokens, first.start - back) in OPENING for back in (1, 2, 3))
    )


def _is_link(words: str, first: Amount, second: Amount) -> bool:
    """Words that make a range of two numbers by themselves."""
    if words == ",":
        return first.worded and second.worded and second.kind == "span" and _next_count(first, second)
    if words == "or":
        return "span" in (first.kind, second.kind) and (first.kind != second.kind or first.low < second.low)
    if words == "/":
        return first.kind == "bare" and first.whole == second.whole
    return words in TIGHT_LINKS


def _next_count(first: Amount, second: Amount) -> bool:
    """As in "two, three weeks"."""
    return first.kind == "bare" and first.low <= LAST_COUNT and days(first.low + 1, second.unit) == second.low


def _same_kind(first: Amount, second: Amount) -> bool:
    if first.kind == second.kind:
        return True
    return first.kind == "bare" or (second.kind == "bare" and (first.kind == "money" or second.worded))


def _range(tokens: Sequence[Token], first: Amount, second: Amount) -> Amount:
    low = first.low
    if first.kind == "bare" and second.kind == "span":
        low = days(low, second.unit)
    elif first.kind == "bare" and second.coins:
        low = low / 100
    elif second.scaled and not first.scaled and low < 1000:
        low = low * 1000
    high = days(second.high, first.unit) if first.kind == "span" and second.kind == "bare" else second.high
    ends = sorted((low, high))
    kind = second.kind if first.kind == "bare" else first.kind
    joined = Amount(first.start, second.end, ends[0], ends[1], kind, unit=second.unit or first.unit, is_range=True)
    joined.scaled, joined.coins = first.scaled or second.scaled, first.coins or second.coins
    return joined
