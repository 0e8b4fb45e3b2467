"""The score: unit-free, dominated by no part, and never led by volume."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_market import SmallMarket, amzn_of_2023

from trading.contracts import Floats
from trading.criteria import Criteria
from trading.risk import RiskLimits
from trading.sample import sample_market
from trading.score import FURTHEST, POINTS, WEIGHTS, best_first, liquidity, percentile, points, score
from trading.wheel import scan

EVERYTHING = {"symbols": ["AMZN"], "limit": 9999}
WIDE = EVERYTHING | {"min_delta": 0.05, "max_delta": 0.5, "min_dte": 1, "max_dte": 400}
NARROW = EVERYTHING | {"min_delta": 0.15, "max_delta": 0.35, "min_dte": 20, "max_dte": 50}
CALLS = EVERYTHING | {"option_type": "call"}


def offers_of(market: SmallMarket, **slots: Any) -> list[dict[str, Any]]:
    return scan(market, Criteria.from_slots(slots), RiskLimits(account_usd=1e12))["opportunities"]


def some_figures(rows: int, seed: int = 0) -> dict[str, Floats]:
    """Figures that hang together as those of a chain do: what is safer pays less."""
    random = np.random.default_rng(seed)
    probability = random.uniform(0.6, 0.9, rows)
    return {
        "probability": probability,
        "annual_yield": (1 - probability) * random.uniform(0.8, 1.2, rows),
        "cushion": probability * random.uniform(0.05, 0.10, rows),
        "liquidity": random.uniform(-1, 1, rows),
        "iv_rank": random.uniform(0, 100, rows),
        "event_risk": -random.integers(0, 2, rows).astype(float),
    }


def ranking(figures: Mapping[str, Floats]) -> list[int]:
    totals = score(points(figures))
    return best_first(totals, np.arange(len(totals))).tolist()


def test_the_weights_are_all_of_the_score() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)


def on_the_whole_sample_market() -> list[dict[str, Any]]:
    market = sample_market()
    return offers_of(market, symbols=list(market.symbols()), limit=99_999)


@pytest.mark.parametrize("slots", [EVERYTHING, WIDE, NARROW, CALLS])
def test_no_part_owns_half_as_much_again_of_the_variance_of_a_real_chain_as_its_weight(slots: dict[str, Any]) -> None:
    assert_no_part_dominates(offers_of(amzn_of_2023(), **slots))


def test_nor_does_one_on_the_sample_market() -> None:
    assert_no_part_dominates(on_the_whole_sample_market())


def assert_no_part_dominates(offers: list[dict[str, Any]]) -> None:
    """By both readings: the variances of the parts among each other, and their covariance with the score."""
    totals = np.array([offer["score"] for offer in offers])
    for name, weight in WEIGHTS.items():
        part = np.array([offer["score_parts"][name] for offer in offers])
        alone = part.var() / sum(np.var([offer["score_parts"][other] for offer in offers]) for other in WEIGHTS)
        together = np.cov(part, totals, bias=True)[0, 1] / totals.var()
        assert max(alone, together) <= 1.5 * weight, name


@pytest.mark.parametrize("slots", [EVERYTHING, WIDE, NARROW])
def test_on_a_real_chain_more_of_a_good_thing_never_costs_points(slots: dict[str, Any]) -> None:
    assert (slopes_of(offers_of(amzn_of_2023(), **slots)) > 0).all()


def test_nor_does_it_on_the_sample_market() -> None:
    assert (slopes_of(on_the_whole_sample_market()) > 0).all()


def slopes_of(offers: list[dict[str, Any]]) -> Floats:
    """The score's slope along each percentile, the others held still, by least squares."""
    column = {name: np.array([offer[name] for offer in offers]) for name in ("prob_otm", "annual_yield", "spread_pct")}
    cushion = np.array([1 - offer["break_even"] / offer["spot"] for offer in offers])
    interest = np.array([float(offer["open_interest"]) for offer in offers])
    good = [column["prob_otm"], column["annual_yield"], cushion, liquidity(interest, column["spread_pct"])]
    places = np.column_stack([percentile(figures) for figures in good] + [np.ones(len(offers))])
    totals = np.array([offer["score"] for offer in offers])
    return np.linalg.lstsq(places, totals, rcond=None)[0][: len(good)]


def test_the_parts_add_up_to_the_score() -> None:
    for offer in offers_of(amzn_of_2023(), **EVERYTHING):
        assert offer["score"] == pytest.approx(50 + sum(offer["score_parts"].values()), abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(WEIGHTS)), st.sampled_from([1e-6, 0.01, 3.0, 100.0, 1e9]), st.integers(1, 60))
def test_a_change_of_unit_leaves_the_ranking_alone(name: str, factor: float, rows: int) -> None:
    figures = some_figures(rows)
    assert ranking(figures | {name: figures[name] * factor}) == ranking(figures)


@pytest.mark.parametrize("factor", [0.01, 7.0, 1e6])
def test_open_interest_in_other_lots_and_spreads_in_percent_rank_alike(factor: float) -> None:
    random = np.random.default_rng(1)
    interest, spread = random.integers(100, 9999, 50).astype(float), random.uniform(0.01, 0.1, 50)
    assert (liquidity(interest * factor, spread) == liquidity(interest, spread)).all()
    assert (liquidity(interest, spread * factor) == liquidity(interest, spread)).all()


def test_volume_has_no_say_in_the_ranking() -> None:
    market = amzn_of_2023()
    volume = market.chain("AMZN").volume
    turned = market.with_chain("AMZN", volume=np.nan_to_num(volume).max() - volume)
    before, after = (
        [(offer["expiry"], offer["strike"], offer["score"]) for offer in offers_of(one, **EVERYTHING)]
        for one in (market, turned)
    )
    assert before == after


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 80), st.integers(0, 9))
def test_scores_stay_between_0_and_100(rows: int, seed: int) -> None:
    added = points(some_figures(rows, seed))
    assert all(
        (np.abs(part) <= POINTS * FURTHEST * np.sqrt(WEIGHTS[name]) + 1e-9).all() for name, part in added.items()
    )
    assert ((score(added) >= 2) & (score(added) <= 98)).all()


@pytest.mark.parametrize("rows", [2, 5, 11, 12, 40])
def test_better_in_everything_is_better(rows: int) -> None:
    climb = np.arange(rows, dtype=float)
    assert ranking(dict.fromkeys(WEIGHTS, climb)) == list(reversed(range(rows)))


def test_a_lone_candidate_and_candidates_that_are_all_alike_score_50() -> None:
    for rows in (1, 3, 40):
        assert (score(points(dict.fromkeys(WEIGHTS, np.full(rows, 0.1)))) == 50).all()


def test_nobody_to_score_gives_no_scores() -> None:
    assert len(score(points(dict.fromkeys(WEIGHTS, np.empty(0))))) == 0


def test_what_is_unknown_stands_in_the_middle() -> None:
    figures = np.array([1.0, np.nan, 3.0, 2.0])
    assert percentile(figures).tolist() == pytest.approx([1 / 6, 0.5, 5 / 6, 0.5])


def test_equal_scores_are_told_apart_by_the_first_tie_break_that_differs() -> None:
    totals = np.array([50.0, 50.0 + 1e-12, 60.0, 50.0])
    assert best_first(totals, np.array([1, 1, 9, 0]), np.array([2, 1, 9, 5])).tolist() == [2, 3, 1, 0]
