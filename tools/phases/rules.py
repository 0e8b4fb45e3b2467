"""What a plan has to hold beyond its form: each thing that is wrong is one sentence, with the place it stands at."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import category

from tools.phases.order import circle_in
from tools.phases.plan import Phase, Plan

FEWEST, MOST = 2, 5
ITERATIONS = range(1, 21)
MOST_CRITERIA = 20
LONGEST = {"name": 80, "description": 6000, "success_criteria": 500, "assumptions": 500}
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
UNSEEN = ("Cc", "Cf", "Cs")
"""Control characters, those that do not show, and halves of one."""

Place = tuple[str | int, ...]


class Flaw(NamedTuple):
    """Where in the JSON of a plan something is wrong, and what, in a sentence."""

    place: Place
    why: str


def flaws_of(plan: Plan) -> list[Flaw]:
    """Everything that is wrong with a plan; what depends on what is looked at once every name is clear."""
    found = [*_count(plan), *_texts(plan), *_bounds(plan), *_names(plan)]
    return found or list(_circle(plan))


def _count(plan: Plan) -> Iterator[Flaw]:
    if not FEWEST <= (count := len(plan.phases)) <= MOST:
        yield Flaw(("phases",), f"A plan has {FEWEST} to {MOST} phases, and this one has {count}.")


def _texts(plan: Plan) -> Iterator[Flaw]:
    for number, phase in enumerate(plan.phases):
        place = ("phases", number)
        who = f"The phase {phase.id!r}"
        yield from _text((*place, "name"), f"{who}: its name", phase.name, is_line=True)
        yield from _text((*place, "description"), f"{who}: its description", phase.description)
        for at, criterion in enumerate(phase.success_criteria):
            told = f"{who}: its success criterion {at + 1}"
            yield from _text((*place, "success_criteria", at), told, criterion, is_line=True)
    for at, assumed in enumerate(plan.assumptions):
        yield from _text(("assumptions", at), f"The assumption {at + 1}", assumed, is_line=True)


def _text(place: Place, what: str, text: str, is_line: bool = False) -> Iterator[Flaw]:
    most = LONGEST[next(str(part) for part in reversed(place) if isinstance(part, str))]
    allowed = "" if is_line else "\n\t"
    if not text.strip():
        yield Flaw(place, f"{what} is empty.")
    elif len(text) > most:
        yield Flaw(place, f"{what} has {len(text)} characters, and {most} is the most.")
    elif any(category(letter) in UNSEEN and letter not in allowed for letter in text):
        yield Flaw(place, f"{what} has {'a line break or ' if is_line else ''}a character that does not show.")


def _bounds(plan: Plan) -> Iterator[Flaw]:
    for number, phase in enumerate(plan.phases):
        place = ("phases", number)
        if not ID.fullmatch(phase.id):
            why = f"{phase.id!r} is no id: it has 1 to 40 letters, digits, - and _, as phase-1 has."
            yield Flaw((*place, "id"), why)
        if phase.max_iterations not in ITERATIONS:
            least, most = ITERATIONS[0], ITERATIONS[-1]
            why = f"{phase.id} has max_iterations {phase.max_iterations}, and {least} to {most} are possible."
            yield Flaw((*place, "max_iterations"), why)
        if not phase.success_criteria:
            why = f"{phase.id} has no success criteria: name at least one thing that can be checked."
            yield Flaw((*place, "success_criteria"), why)
        elif (count := len(phase.success_criteria)) > MOST_CRITERIA:
            why = f"{phase.id} has {count} success criteria, and {MOST_CRITERIA} is the most."
            yield Flaw((*place, "success_criteria"), why)


def _names(plan: Plan) -> Iterator[Flaw]:
    ids = [phase.id for phase in plan.phases]
    earlier: set[str] = set()
    for number, phase in enumerate(plan.phases):
        if phase.id.casefold() in earlier:
            yield Flaw(("phases", number, "id"), f"Two phases have the id {phase.id}: each id stands once.")
        earlier.add(phase.id.casefold())
        yield from _needs(number, phase, ids)


def _needs(number: int, phase: Phase, ids: list[str]) -> Iterator[Flaw]:
    counted = Counter[str]()
    for at, needed in enumerate(phase.depends_on):
        place = ("phases", number, "depends_on", at)
        counted[needed] += 1
        if needed == phase.id:
            yield Flaw(place, f"{phase.id} depends on itself.")
        elif needed not in ids:
            yield Flaw(place, f"{phase.id} depends on {needed!r}, and there is no such phase.")
        elif counted[needed] == 2:
            yield Flaw(place, f"{phase.id} depends on {needed} twice.")


def _circle(plan: Plan) -> Iterator[Flaw]:
    if circle := circle_in(plan.phases):
        number = next(at for at, phase in enumerate(plan.phases) if phase.id == circle[0])
        chain = " needs ".join((*circle, circle[0]))
        yield Flaw(("phases", number, "depends_on"), f"No phase of a circle can begin: {chain}.")
