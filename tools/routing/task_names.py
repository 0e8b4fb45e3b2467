"""What people call a task type: "a bug fix", "the tests", "a question"."""

import re
from functools import cache

from tools.routing.phrases import table

LOOKALIKES = str.maketrans({"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "–": "-", "—": "-", "_": " "})
BEFORE = re.compile(
    r"(?:(?:an?|the|as|to|do|please|pls|just|only|really|you to|it to be|for|some|kind of|more of|more like|rather"
    r"|simply|your|my|magnus|make|making|doing|have)\s+)*"
)
AFTER = re.compile(
    r"(?:[\s,]+(?:please|pls|thanks|thank you|instead|request|task|job|really|of it|for it|of that|for that|for this"
    r"|only|of course|here|there|then|actually))*[\s.!?,;:-]*$"
)
ATTACHED = re.compile(r"\s+(?:in|on|of|for|about|with|at|to|against|when|where|because|from)\s+")


def named(words: str) -> str | None:
    """The task type that these words name, all of them, politeness aside.

    >>> named("a bug fix, please"), named("the tests"), named("a better life")
    ('fix_bug', 'run_tests', None)
    """
    plain = plainly(words)
    plain = AFTER.sub("", plain[BEFORE.match(plain).end() :])  # type: ignore[union-attr]
    return _names().get(plain)


def named_at_first(words: str) -> str | None:
    """The same, also where it is said what the work is about: "a review of wheel.py"."""
    return named(words) or named(ATTACHED.split(plainly(words), maxsplit=1)[0])


def plainly(words: str) -> str:
    """Lower case, with the signs of a keyboard and single spaces."""
    return " ".join(words.translate(LOOKALIKES).lower().split())


@cache
def _names() -> dict[str, str]:
    return {name: row["task_type"] for row in table("task_names.csv") for name in row["names"].split("|")}
