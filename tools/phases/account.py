"""How a plan came about, as planning.log tells it."""

import re
from pathlib import Path

from graph.protocol import Usage
from tools.phases.asking import Question, Talk

CALL = re.compile(r"^\S+ call \d+: (?P<sent>\d+) tokens in, (?P<got>\d+) out, (?P<seconds>[\d.]+) s$", re.MULTILINE)


def account_of(question: Question, root: Path, model: str) -> list[str]:
    """What the planner was told, for planning.log."""
    return [
        f"goal: {question.goal}",
        f"project: {root}",
        f"technologies:\n{question.project.stack_text}",
        f"at most {question.most_iterations} iterations a phase; model: {model}",
    ]


def answers_of(talk: Talk) -> list[str]:
    """Every answer with what was wrong with it, and what code changed in the last, for planning.log."""
    told = []
    for number, (answer, flaws) in enumerate(talk.answers, 1):
        told.append(f"answer {number}:\n{answer}")
        told += [f"refused: {flaw}" for flaw in flaws]
    return [*told, *(f"changed: {note}" for note in talk.notes)]


def calls_of(talk: Talk) -> list[str]:
    """What each call took, as `usages_in` reads it again."""
    return [
        f"call {number}: {usage.input_tokens} tokens in, {usage.output_tokens} out, {usage.seconds:.3f} s"
        for number, usage in enumerate(talk.usages, 1)
    ]


def usages_in(log: str) -> list[Usage]:
    """What the calls took by a planning.log: so a kill after the plan was written loses no cost."""
    return [
        Usage(
            model_calls=1,
            input_tokens=int(found["sent"]),
            output_tokens=int(found["got"]),
            seconds=float(found["seconds"]),
        )
        for found in CALL.finditer(log)
    ]
