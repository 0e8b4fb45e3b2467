"""The limits of a trade: what one position and one sector may bind, and that nothing is a legal answer."""

from dataclasses import replace
from typing import Any

import pytest
from small_market import Row, SmallMarket

from trading.criteria import Criteria
from trading.risk import Collateral, RiskLimits, Verdict, position_verdict, sector_verdicts
from trading.wheel import scan

LIMITS = RiskLimits(account_usd=100_000, max_position_pct=10, max_sector_pct=30)


def market_of(*sectors: str | None) -> SmallMarket:
    market = SmallMarket()
    for place, sector in enumerate(sectors):
        market.add(f"S{place}", Row(95.0, 1.30, 1.36), sector=sector)
    return market


def listed(market: SmallMarket, limits: RiskLimits = LIMITS, **slots: Any) -> list[str]:
    return [offer["symbol"] for offer in scan(market, Criteria.from_slots(slots), limits)["opportunities"]]


def test_a_position_may_bind_its_share_of_the_account_and_not_a_cent_more() -> None:
    assert position_verdict(10_000.00, LIMITS).holds
    assert not position_verdict(10_000.01, LIMITS).holds


def test_a_verdict_names_its_rule_its_number_and_its_limit() -> None:
    verdict = position_verdict(12_345.0, LIMITS)
    assert verdict.sentence() == "position cap: 12,345, and it has to be at most 10,000"
    assert verdict.to_json() == {
        "rule": "position cap",
        "figure": 12_345.0,
        "limit": 10_000.0,
        "at_least": False,
        "holds": False,
    }


def test_a_figure_that_nobody_knows_meets_no_limit() -> None:
    unknown = Verdict("open interest", None, 100, at_least=True)
    assert not unknown.holds
    assert unknown.sentence() == "open interest: unknown, and it has to be at least 100"


def test_a_sector_is_full_when_the_next_contract_would_pass_its_cap() -> None:
    ranked = [Collateral(usd, at, "Energy") for at, usd in enumerate((20_000.0, 15_000.0, 10_000.0, 1.0))]
    verdicts = list(sector_verdicts(ranked, LIMITS))
    assert [verdict.holds for verdict in verdicts] == [True, False, True, False]
    assert [verdict.figure for verdict in verdicts] == [20_000.0, 35_000.0, 30_000.0, 30_001.0]


def test_contracts_on_one_underlying_count_once_in_their_sector_as_the_dearest() -> None:
    ranked = [Collateral(usd, at, "Energy") for at, usd in ((0, 20_000.0), (0, 25_000.0), (1, 5_000.0), (1, 5_001.0))]
    verdicts = list(sector_verdicts(ranked, LIMITS))
    assert [verdict.figure for verdict in verdicts] == [20_000.0, 25_000.0, 30_000.0, 30_001.0]
    assert [verdict.holds for verdict in verdicts] == [True, True, True, False]


def test_sectors_do_not_share_their_caps() -> None:
    ranked = [Collateral(30_000.0, 0, "Energy"), Collateral(30_000.0, 1, "Utilities")]
    assert all(verdict.holds for verdict in sector_verdicts(ranked, LIMITS))


def test_a_missing_sector_is_a_sector_of_its_own() -> None:
    assert len(listed(market_of(None, None, None, None))) == 3
    assert len(listed(market_of(None, None, None, "Energy"))) == 4


def test_a_list_never_binds_more_of_a_sector_than_its_cap() -> None:
    market = market_of(*["Energy"] * 5, *["Utilities"] * 5)
    result = scan(market, Criteria(), LIMITS)
    bound: dict[str, float] = {}
    for offer in result["opportunities"]:
        bound[offer["sector"]] = bound.get(offer["sector"], 0.0) + offer["capital"]
    assert bound == {"Energy": 28_500.0, "Utilities": 28_500.0}
    assert result["rejected"] == {"sector cap": 4}


def test_zero_contracts_is_a_legal_answer_when_one_would_pass_the_cap() -> None:
    result = scan(market_of("Energy"), Criteria(), replace(LIMITS, account_usd=94_000))
    assert result["opportunities"] == []
    assert result["rejected"] == {"position cap": 1}
    assert result["nearest_miss"]["figure"] == 9_500.0


def test_collateral_is_counted_once() -> None:
    (offer,) = scan(market_of("Energy"), Criteria(), LIMITS)["opportunities"]
    assert offer["capital"] == 100 * offer["strike"]
    sector = next(verdict for verdict in offer["risk"] if verdict["rule"] == "sector cap")
    assert sector["figure"] == offer["capital"]


def test_every_listed_trade_carries_verdicts_that_hold() -> None:
    (offer,) = scan(market_of("Energy"), Criteria(), LIMITS)["opportunities"]
    assert [verdict["rule"] for verdict in offer["risk"]] == ["position cap", "sector cap", "open interest", "spread"]
    assert all(verdict["holds"] for verdict in offer["risk"])


@pytest.mark.parametrize(("stated", "names"), [({"min_open_interest": 0}, ["S0"]), ({}, [])])
def test_liquidity_is_asked_for_unless_the_person_says_otherwise(stated: dict[str, int], names: list[str]) -> None:
    assert listed(SmallMarket().add("S0", Row(open_interest=float("nan"))), **stated) == names
