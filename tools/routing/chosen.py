"""The route of a task type that somebody named: a typed request, or a person who was asked."""

from typing import Any

from tools.routing.router import DecidedBy, Route
from tools.routing.sentence import read_words
from tools.routing.stages import stages_for


def chosen(task_type: str, slots: dict[str, Any], words: str, decided_by: DecidedBy) -> Route:
    """Nothing is guessed; `words` are what was said with it, and trim the agents.

    >>> chosen("market_data", {"symbols": ["AMD"]}, "", "request")["agents"]
    ['market_data']
    """
    stages = stages_for(task_type, read_words(words))
    return Route(
        task_type=task_type,
        alternatives=[],
        decided=True,
        agents=list(dict.fromkeys(agent for stage in stages for agent in stage)),
        stages=stages,
        complexity="simple",
        slots=slots,
        confidence=1.0,
        decided_by=decided_by,
    )
