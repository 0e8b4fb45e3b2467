"""Which phase comes when: an order in which nothing comes before what it needs, what is ready, what can never be."""

from collections.abc import Collection, Iterator, Sequence

from tools.phases.plan import Phase


def in_order(phases: Sequence[Phase]) -> list[Phase]:
    """The phases so that each comes after all it depends on, else as they stand; raises ValueError for a circle."""
    ordered = list(_reachable(phases))
    if len(ordered) < len(phases):
        raise ValueError(f"circle: {circle_in(phases)}")
    return ordered


def ready(phases: Sequence[Phase], done: Collection[str], begun: Collection[str] = ()) -> list[Phase]:
    """The phases that can begin now: neither done nor begun (running, failed), and all they depend on is done."""
    return [
        phase
        for phase in in_order(phases)
        if phase.id not in done and phase.id not in begun and all(needed in done for needed in phase.depends_on)
    ]


def blocked(phases: Sequence[Phase], failed: Collection[str]) -> list[Phase]:
    """The phases that cannot begin because one they depend on, however far away, has failed."""
    stopped = set(failed)
    found = []
    for phase in in_order(phases):
        if phase.id not in failed and stopped & set(phase.depends_on):
            stopped.add(phase.id)
            found.append(phase)
    return found


def circle_in(phases: Sequence[Phase]) -> list[str]:
    """Ids of phases of which each depends on the next and the last on the first; empty where there is no circle."""
    reached = {phase.id for phase in _reachable(phases)}
    stuck = {phase.id: phase for phase in phases if phase.id not in reached}
    path: list[str] = []
    at = next(iter(stuck), None)
    while at is not None and at not in path:
        path.append(at)
        at = next((needed for needed in stuck[at].depends_on if needed in stuck), None)
    return path[path.index(at) :] if at is not None else []


def _reachable(phases: Sequence[Phase]) -> Iterator[Phase]:
    """Each phase once all it depends on was given; those in a circle, and behind one, never come."""
    left, given = list(phases), set[str]()
    while found := next((phase for phase in left if given.issuperset(phase.depends_on)), None):
        left.remove(found)
        given.add(found.id)
        yield found
