"""Who is listed in the sample market: the rows of universe.csv."""

import csv
from dataclasses import dataclass
from pathlib import Path

UNIVERSE = Path(__file__).with_name("universe.csv")


@dataclass(frozen=True)
class Listing:
    """One underlying as the generator is told about it.

    `price` in dollars; `vol` is the one-year at-the-money volatility and `dividend_yield` the continuous yield, both
    fractions; `liquidity` goes from 1 (hardly traded) to 5 (most traded); `correlation` is that of its daily
    returns with the market's.
    """

    symbol: str
    name: str
    sector: str | None
    is_etf: bool
    price: float
    vol: float
    dividend_yield: float
    liquidity: int
    correlation: float

    def by_liquidity(self, levels: tuple[float, ...]) -> float:
        """The entry of a table of five that belongs to this listing, the least liquid first."""
        return levels[self.liquidity - 1]


def read_universe() -> dict[str, Listing]:
    """Every listing by its symbol, in the order of the file: companies, then funds."""
    with UNIVERSE.open(encoding="utf-8", newline="") as file:
        return {row["symbol"]: _listing(row) for row in csv.DictReader(file)}


def _listing(row: dict[str, str]) -> Listing:
    return Listing(
        symbol=row["symbol"],
        name=row["name"],
        sector=row["sector"] or None,
        is_etf=row["is_etf"] == "yes",
        price=float(row["price"]),
        vol=float(row["vol"]),
        dividend_yield=float(row["dividend_yield"]),
        liquidity=int(row["liquidity"]),
        correlation=float(row["correlation"]),
    )
