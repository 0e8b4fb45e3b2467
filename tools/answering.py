"""Answers a trading request without a model: its task type says which ability, its words and slots say with what."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graph.errors import BadInput
from tools.desk import Desk
from tools.wheel import find_opportunities, merge_slots

if TYPE_CHECKING:
    from tools.asking.wording import Words

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A trading request: its words, its own slots, and the criteria its thread has gathered before."""

    words: str
    slots: Mapping[str, Any]
    criteria: Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """`result` is empty where `error` says what has to be changed; `criteria` are what the thread goes on with."""

    criteria: Mapping[str, Any]
    result: Json = field(default_factory=dict)
    error: str | None = None
    next_step: str | None = None


def answer(task_type: str, asked: Asked, desk: Desk) -> Answer:
    """What the desk knows to say; a request that cannot be used changes nothing that was gathered before."""
    try:
        return ANSWERS[task_type](asked, desk)
    except BadInput as error:
        return Answer(asked.criteria, error=str(error), next_step=EXAMPLES[task_type])


def _opportunities(asked: Asked, desk: Desk) -> Answer:
    criteria, notes = merge_slots(dict(asked.criteria), dict(asked.slots))
    result = _calls_on_shares(asked.words, criteria, desk) if criteria.get("option_type") == "call" else None
    notes += _without_shares(asked.words, criteria) if result is None else []
    result = result or find_opportunities(desk.market(), criteria, desk.settings())
    return Answer(criteria, {**result, "warnings": [*notes, *result["warnings"]]})


def _without_shares(words: str, criteria: Mapping[str, Any]) -> list[str]:
    """Who speaks of shares of their own that are not on record is told that nothing here knows what they cost."""
    symbols = ", ".join(criteria.get("symbols") or ())
    if criteria.get("option_type") != "call" or not symbols or not OWNED.search(words):
        return []
    example = f"magnus positions add {criteria['symbols'][0]} --shares 100 --price PRICE"
    return [
        f"No shares of {symbols} without a call on them are on record, so what they cost is not minded: `{example}`."
    ]


def _calls_on_shares(words: str, criteria: Mapping[str, Any], desk: Desk) -> Json | None:
    """Calls on the shares on record, none below their cost unless that is said; None where other shares are meant."""
    from tools.calls import call_opportunities

    lots = desk.free_lots()
    symbols = set(criteria.get("symbols") or ())
    if not lots or not (symbols or OWNED.search(words)) or symbols - {lot.symbol for lot in lots}:
        return None
    is_below_cost = BELOW_COST.search(words) is not None
    return call_opportunities(desk.market(), lots, criteria, desk.settings(), below_cost=is_below_cost)


def _risk(asked: Asked, desk: Desk) -> Answer:
    from tools.asking.risk import answer_risk

    return Answer(asked.criteria, answer_risk(_words(asked, desk), asked.slots, asked.criteria, desk))


def _market(asked: Asked, desk: Desk) -> Answer:
    from tools.asking.market import answer_market

    return Answer(asked.criteria, answer_market(_words(asked, desk), asked.slots, asked.criteria, desk.market()))


def _words(asked: Asked, desk: Desk) -> "Words":
    from tools.asking.wording import Words
    from tools.feeds.markets import NEW_YORK

    return Words(asked.words, desk.market().as_of.astimezone(NEW_YORK).date())


OWNED = re.compile(
    r"\bmy\b[\w ]* (?:shares|stocks?|lots?|holdings|positions)\b|\bi (?:own|hold)\b|\bshares i have\b", re.IGNORECASE
)
BELOW_COST = re.compile(r"\bbelow (?:my |its |the |their )?(?:cost|basis)", re.IGNORECASE)
ANSWERS: dict[str, Callable[[Asked, Desk], Answer]] = {
    "find_opportunities": _opportunities,
    "assess_risk": _risk,
    "market_data": _market,
}
EXAMPLES = {
    "find_opportunities": 'magnus "which put on KO, around 30 delta, a month out"',
    "assess_risk": 'magnus "is selling 2 KO 65 puts for December within my limits"',
    "market_data": 'magnus "IV rank of AMD"',
}
