"""When runs prove a slowdown: never for two programs that are alike, always for one that is clearly slower."""

import math
import random
from collections.abc import Callable

import pytest

from tools.checks.slower import chance, is_settled, is_slower, ratio

RUNS = 7


def steady(chosen: random.Random) -> float:
    """Runs that differ by two percent."""
    return math.exp(chosen.gauss(0, 0.02))


def disturbed(chosen: random.Random) -> float:
    """Runs of which one in seven is held up by something else, and then twice as slow and more."""
    return math.exp(chosen.gauss(0, 0.03)) * (1 + chosen.expovariate(1.0) if chosen.random() < 0.15 else 1)


def restless(chosen: random.Random) -> float:
    """Runs that differ by twenty percent."""
    return math.exp(chosen.gauss(0, 0.2))


Noise = Callable[[random.Random], float]


def share_found(noise: Noise, slowdown: float, tolerance: float, tries: int) -> float:
    """How often a program that is so much slower is called slower, by the rounds that the gate would run."""
    chosen = random.Random(7)
    return sum(_is_found(chosen, noise, slowdown, tolerance) for _ in range(tries)) / tries


def _is_found(chosen: random.Random, noise: Noise, slowdown: float, tolerance: float) -> bool:
    base: list[float] = []
    new: list[float] = []
    rounds = 0
    while not rounds or not is_settled(base, new, tolerance, rounds):
        base += [noise(chosen) for _ in range(RUNS)]
        new += [noise(chosen) * slowdown for _ in range(RUNS)]
        rounds += 1
    return is_slower(base, new, tolerance)


@pytest.mark.parametrize("tolerance", [0.0, 0.1])
@pytest.mark.parametrize("noise", [steady, disturbed, restless])
def test_programs_that_are_alike_are_hardly_ever_called_slower(noise: Noise, tolerance: float) -> None:
    assert share_found(noise, 1.0, tolerance, 800) < 0.01


@pytest.mark.parametrize("noise", [steady, disturbed, restless])
def test_twice_as_slow_is_found_in_any_noise(noise: Noise) -> None:
    assert share_found(noise, 2.0, 0.1, 300) > 0.97


def test_thirty_percent_are_found_where_runs_are_steady() -> None:
    assert share_found(steady, 1.3, 0.1, 300) == 1.0


def test_what_the_project_tolerates_is_not_called_slower() -> None:
    assert share_found(steady, 1.08, 0.1, 300) < 0.01


def test_the_chance_is_that_of_the_rank_sum_test() -> None:
    stats = pytest.importorskip("scipy.stats")
    chosen = random.Random(1)
    for size in (3, 7, 14):
        base = [chosen.gauss(1.0, 0.1) for _ in range(size)]
        new = [chosen.gauss(1.05, 0.1) for _ in range(size)]
        known = stats.mannwhitneyu(new, base, alternative="greater", method="exact").pvalue
        assert chance(base, new) == pytest.approx(known)


def test_a_difference_that_nobody_feels_is_no_slowdown() -> None:
    base = [0.0100 + number * 1e-6 for number in range(14)]
    new = [one + 0.0015 for one in base]
    assert ratio(base, new) > 1.1
    assert not is_slower(base, new, 0.1)
    assert is_slower(base, [one + 0.015 for one in base], 0.1)


def test_one_of_many_comparisons_has_to_be_surer() -> None:
    base, new = [1.0, 1.01, 1.02, 1.03, 1.04, 1.05], [2.0, 2.1, 2.2, 2.3, 2.4, 2.5]
    assert is_slower(base, new, 0.0)
    assert not is_slower(base, new, 0.0, comparisons=5)


def test_a_slowdown_is_looked_at_twice_before_it_is_told() -> None:
    base, new = [1.0] * RUNS, [2.0] * RUNS
    assert is_slower(base, new, 0.1)
    assert [is_settled(base, new, 0.1, rounds) for rounds in (1, 2)] == [False, True]
