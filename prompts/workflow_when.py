"""The conditions of a workflow: `is complex`, `mentions database`, `mentions "infra as code"`, joined by `and`."""

import re
from collections.abc import Callable, Iterable

from prompts.front_matter import UnusableFile
from prompts.workflow import SUBJECTS

COMPLEX = "is complex"
MENTIONS = "mentions "
AND = re.compile(r"""\s+and\s+(?=(?:[^"]*"[^"]*")*[^"]*$)""")


def clauses_in(text: str) -> frozenset[str]:
    """The clauses of a condition, all of which have to hold; raises UnusableFile where one is unknown.

    >>> sorted(clauses_in("is complex and mentions ui"))
    ['is complex', 'mentions ui']
    """
    return frozenset(_clause(" ".join(part.split())) for part in AND.split(text.strip())) if text.strip() else _empty()


def subject_of(clause: str) -> str:
    """What a clause wants mentioned, "" where it is about something else; a phrase keeps its quotes."""
    return clause.removeprefix(MENTIONS) if clause.startswith(MENTIONS) else ""


def all_hold(clauses: Iterable[str], holds: Callable[[str], bool]) -> bool:
    """Whether each of these clauses holds."""
    return all(holds(clause) for clause in clauses)


def _clause(text: str) -> str:
    subject = subject_of(text)
    if text == COMPLEX or subject in SUBJECTS or _is_phrase(subject):
        return text
    known = ", ".join(SUBJECTS)
    raise UnusableFile(
        f"""has the unknown condition `{text}`: `{COMPLEX}`, or `mentions` with {known} or a phrase in double quotes"""
    )


def _is_phrase(subject: str) -> bool:
    return len(subject) > 2 and subject[0] == subject[-1] == '"' and re.search(r"\w", subject) is not None


def _empty() -> frozenset[str]:
    return frozenset()
