"""Which agents work on a task type, in which order, trimmed by what the request mentions."""

from functools import cache

from tools.routing.phrases import table
from tools.routing.sentence import Sentence
from tools.routing.vocabulary import phrase_set


def stages_for(task_type: str, sentence: Sentence) -> list[list[str]]:
    """Stages of parallel agents; a conditional agent joins when its subject is mentioned."""
    stages: dict[int, list[str]] = {}
    for stage, agent, when in _rows().get(task_type, ()):
        if not when or mentions(sentence, when):
            stages.setdefault(stage, []).append(agent)
    return [stages[stage] for stage in sorted(stages)]


def mentions(sentence: Sentence, subject: str) -> bool:
    """Whether one of a subject's phrases stands anywhere in the request."""
    return any(True for _ in phrase_set(subject).find(sentence.tokens))


@cache
def _rows() -> dict[str, list[tuple[int, str, str]]]:
    rows: dict[str, list[tuple[int, str, str]]] = {}
    for row in table("stages.csv"):
        rows.setdefault(row["task_type"], []).append((int(row["stage"]), row["agent"], row["when"]))
    return rows
