"""The route of a task type that somebody named: a typed request, or a person who was asked."""

from typing import Any

from prompts.registry import Registry
from tools.routing.router import DecidedBy, Route, agents_of
from tools.routing.staffing import staff


def chosen(
    task_type: str, slots: dict[str, Any], words: str, decided_by: DecidedBy, registry: Registry | None = None
) -> Route:
    """Nothing is guessed; `words` are what was said with it, and say which agents are needed.

    >>> chosen("market_data", {"symbols": ["AMD"]}, "", "request")["agents"]
    ['market_data']
    """
    stages = staff(task_type, words, "simple", registry)
    return Route(
        task_type=task_type,
        alternatives=[],
        decided=True,
        agents=agents_of(stages),
        stages=stages,
        complexity="simple",
        slots=slots,
        confidence=1.0,
        decided_by=decided_by,
    )
