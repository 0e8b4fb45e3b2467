"""Phases in an order in which nothing comes before what it needs, whatever depends on whatever."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planned import phase

from tools.phases.order import blocked, circle_in, in_order, ready
from tools.phases.plan import Phase

Edges = list[list[int]]


def phases(edges: Edges) -> list[Phase]:
    return [Phase(**phase(f"phase-{n}", *(f"phase-{m}" for m in needed))) for n, needed in enumerate(edges)]


def ids(found: Sequence[Phase]) -> list[str]:
    return [one.id for one in found]


@st.composite
def any_edges(draw: st.DrawFn) -> Edges:
    """What up to eight phases need: any of all, themselves included."""
    count = draw(st.integers(1, 8))
    return draw(st.lists(st.lists(st.integers(0, count - 1), max_size=3, unique=True), min_size=count, max_size=count))


@st.composite
def edges_without_circle(draw: st.DrawFn) -> Edges:
    """The same where each needs only those before it in some order, which is not the one they stand in."""
    count = draw(st.integers(1, 8))
    rank = draw(st.permutations(range(count)))
    return [
        draw(st.lists(st.sampled_from(before), max_size=3, unique=True)) if before else []
        for before in ([m for m in range(count) if rank[m] < rank[n]] for n in range(count))
    ]


@given(edges_without_circle())
def test_every_phase_comes_once_and_after_all_it_needs(edges: Edges) -> None:
    ordered = in_order(phases(edges))
    assert sorted(ids(ordered)) == sorted(ids(phases(edges)))
    for number, one in enumerate(ordered):
        assert set(one.depends_on) <= set(ids(ordered[:number]))


@given(any_edges())
def test_there_is_an_order_exactly_where_there_is_no_circle_and_a_circle_is_one(edges: Edges) -> None:
    made = phases(edges)
    circle = circle_in(made)
    if not circle:
        assert len(in_order(made)) == len(made)
        return
    needs = {one.id: one.depends_on for one in made}
    assert len(set(circle)) == len(circle)
    assert all(after in needs[one] for one, after in zip(circle, [*circle[1:], circle[0]], strict=True))
    with pytest.raises(ValueError, match="circle"):
        in_order(made)


def test_phases_that_could_come_in_any_order_stay_as_they_stand() -> None:
    assert ids(in_order(phases([[], [], [0], []]))) == ["phase-0", "phase-1", "phase-2", "phase-3"]


@given(edges_without_circle(), st.data())
def test_carrying_out_what_is_ready_reaches_all_but_what_needs_a_failed_one(edges: Edges, data: st.DataObject) -> None:
    made = phases(edges)
    failing = data.draw(st.sets(st.sampled_from(ids(made))))
    done: list[str] = []
    failed: list[str] = []
    while coming := ready(made, done, failed):
        one = data.draw(st.sampled_from(coming))
        assert set(one.depends_on) <= set(done)
        assert one.id not in {*done, *failed}
        (failed if one.id in failing else done).append(one.id)
    assert sorted([*done, *failed, *ids(blocked(made, failed))]) == sorted(ids(made))


def test_a_failed_phase_stops_those_that_need_it_however_far_away_and_no_other() -> None:
    made = phases([[], [0], [1], []])
    assert ids(blocked(made, ["phase-0"])) == ["phase-1", "phase-2"]
    assert ids(blocked(made, ["phase-0", "phase-1"])) == ["phase-2"]
    assert ids(ready(made, [], ["phase-0"])) == ["phase-3"]


def test_a_phase_that_runs_is_not_begun_again() -> None:
    assert ids(ready(phases([[], []]), [], ["phase-0"])) == ["phase-1"]
