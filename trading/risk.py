"""The limits a trade has to keep: each verdict names its rule, the number and the limit."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from trading.assumptions import OPEN_INTEREST, SPREAD

NO_SECTOR = "no sector"


@dataclass(frozen=True)
class RiskLimits:
    """What an account may take on; percentages are of the account unless named otherwise.

    The strike's worth of one position, all of a symbol with its puts assigned, all of a sector, and the collateral of
    all puts; the dollar delta of the book, the dollars a point of volatility moves it, and its loss in the worst cell
    of the stress grid. `min_open_interest` is contracts, `max_spread_pct` a fraction of the mid. `earnings` and
    `early_assignment` say what it means when the event falls inside the life of the trade.
    """

    account_usd: float = 100_000.0
    max_position_pct: float = 20.0
    max_sector_pct: float = 40.0
    earnings: Literal["warn", "avoid"] = "warn"
    max_symbol_pct: float = 25.0
    max_collateral_pct: float = 80.0
    max_delta_pct: float = 100.0
    max_vega_pct: float = 0.5
    max_stress_loss_pct: float = 30.0
    min_open_interest: int = OPEN_INTEREST
    max_spread_pct: float = SPREAD
    early_assignment: Literal["warn", "avoid"] = "warn"

    @property
    def position_usd(self) -> float:
        """The most dollars that one contract may bind."""
        return self.usd(self.max_position_pct)

    @property
    def sector_usd(self) -> float:
        """The most dollars that one sector may bind."""
        return self.usd(self.max_sector_pct)

    def usd(self, percent: float) -> float:
        """So many percent of the account, in dollars."""
        return self.account_usd * percent / 100


@dataclass(frozen=True)
class Verdict:
    """What one rule says about one trade: `figure` has to be at most `limit`, or at least where `at_least` is set.

    A missing figure is one that nobody knows; it meets no limit.
    """

    rule: str
    figure: float | None
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the trade keeps the rule."""
        if self.figure is None:
            return False
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def sentence(self) -> str:
        """The rule, the number and the limit in words."""
        figure = "unknown" if self.figure is None else _shown(self.figure)
        side = "at least" if self.at_least else "at most"
        return f"{self.rule}: {figure}, and it has to be {side} {_shown(self.limit)}"

    def to_json(self) -> dict[str, Any]:
        """Plain values for an answer."""
        return {**asdict(self), "holds": self.holds}


def _shown(figure: float) -> str:
    return f"{figure:,.6g}" if abs(figure) >= 1 else f"{figure:.4g}"


@dataclass(frozen=True)
class Collateral:
    """Cash one contract would bind, its underlying by any number, and that one's sector (None where unknown)."""

    usd: float
    underlying: int
    sector: str | None


def position_verdict(collateral_usd: float, limits: RiskLimits) -> Verdict:
    """Whether one contract's collateral at the strike is within the cap on a position.

    >>> position_verdict(24_000.0, RiskLimits()).sentence()
    'position cap: 24,000, and it has to be at most 20,000'
    """
    return Verdict("position cap", collateral_usd, limits.position_usd)


def sector_verdicts(ranked: Iterable[Collateral], limits: RiskLimits) -> Iterator[Verdict]:
    """Going down a ranking, what each sector would bind with one more contract; only those that hold add to it.

    Contracts on one underlying are alternatives, of which a person takes one: they count once, as the dearest.
    Underlyings without a sector, funds among them, share one cap, so that nothing escapes by being unlabelled.

    >>> three = [Collateral(25_000.0, 0, None), Collateral(20_000.0, 0, None), Collateral(20_000.0, 1, None)]
    >>> [verdict.holds for verdict in sector_verdicts(three, RiskLimits())]
    [True, True, False]
    """
    bound: dict[str, dict[int, float]] = defaultdict(dict)
    for collateral in ranked:
        sector = bound[collateral.sector or NO_SECTOR]
        dearest = max(collateral.usd, sector.get(collateral.underlying, 0.0))
        others = sum(usd for underlying, usd in sector.items() if underlying != collateral.underlying)
        verdict = Verdict("sector cap", others + dearest, limits.sector_usd)
        if verdict.holds:
            sector[collateral.underlying] = dearest
        yield verdict
