"""Which calls to sell on shares that are held: none below what a lot cost, unless asked."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import groupby
from math import fsum
from operator import attrgetter
from typing import Any

import numpy as np

from trading.contracts import Chain, Market, Source, Stock
from trading.criteria import Criteria
from trading.early_exercise import early_call_exercise
from trading.lot import SHARES_A_LOT, Lot
from trading.risk import RiskLimits
from trading.underlying import at_quote_time
from trading.wheel import scan

Json = dict[str, Any]
BELOW_COST = "below cost basis"
HALF_A_CENT = 0.005
WORTH_SAYING = 0.005


@dataclass(frozen=True)
class FreeLot:
    """100 shares on which no call is sold; dollars a share.

    `basis` is what they cost, the strike where they were put to the seller, and `adjusted` that after premiums.
    """

    symbol: str
    basis: float
    adjusted: float


def free_lots(lots: Iterable[Lot]) -> list[FreeLot]:
    """The lots a call can be sold on, by symbol, the cheapest first."""
    free = [lot for lot in lots if lot.state == "shares" and lot.basis is not None and lot.adjusted_basis is not None]
    found = (FreeLot(lot.symbol, float(lot.basis or 0), float(lot.adjusted_basis or 0)) for lot in free)
    return sorted(found, key=attrgetter("symbol", "basis", "adjusted"))


def covered_calls(
    market: Market, lots: Sequence[FreeLot], criteria: Criteria, limits: RiskLimits, *, below_cost: bool = False
) -> Json:
    """The JSON of `magnus scan` for calls on the lots given, and on each opportunity "held" and "early_assignment".

    A call counts as rejected "below cost basis" where its strike is below what every lot of the symbol cost;
    `below_cost` lets it through. "held" says how many lots it fits ("lots"), what they cost, and what they earn if
    they are called away; "early_assignment" is that of `trading.early_exercise`, None where no ex-date is near.
    Raises ValueError with one sentence where there is no lot to sell calls on, or puts are asked for.
    """
    if criteria.option_type == "put":
        raise ValueError("Puts are not sold on shares: ask for calls, or leave out the shares.")
    owned = {symbol: list(group) for symbol, group in groupby(_wanted(lots, criteria), attrgetter("symbol"))}
    known = set(market.symbols())
    above = _AboveCost(market, {symbol: 0.0 if below_cost else own[0].basis for symbol, own in owned.items()})
    asked = replace(criteria, option_type="call", symbols=tuple(owned))
    found = scan(above, asked, limits)
    for row in found["opportunities"]:
        _tell(row, owned[row["symbol"]], market, below_cost=below_cost)
    below = sum(len(market.chain(symbol)) - len(above.chain(symbol)) for symbol in known & owned.keys())
    found["considered"] += below
    found["rejected"] |= {BELOW_COST: below} if below else {}
    found["warnings"] += _nothing_for(found["opportunities"], {s: own for s, own in owned.items() if s in known})
    return found | {"lots": [asdict(lot) for own in owned.values() for lot in own]}


def _wanted(lots: Sequence[FreeLot], criteria: Criteria) -> list[FreeLot]:
    ordered = sorted(lots, key=attrgetter("symbol", "basis", "adjusted"))
    wanted = [lot for lot in ordered if not criteria.symbols or lot.symbol in criteria.symbols]
    if not wanted:
        of = f" of {' or '.join(criteria.symbols)}" if criteria.symbols else ""
        raise ValueError(f"No lot of 100 shares{of} is held without a call on it: magnus positions add records one.")
    return wanted


@dataclass(frozen=True)
class _AboveCost:
    """A market that lists no call with a strike below the least that its symbol may be sold at."""

    market: Market
    least: dict[str, float]

    @property
    def source(self) -> Source:
        return self.market.source

    @property
    def as_of(self) -> Any:
        return self.market.as_of

    @property
    def rate(self) -> float:
        return self.market.rate

    def symbols(self) -> Sequence[str]:
        return self.market.symbols()

    def stock(self, symbol: str) -> Stock:
        return self.market.stock(symbol)

    def chain(self, symbol: str) -> Chain:
        chain = self.market.chain(symbol)
        rows = np.flatnonzero(~chain.is_call | (chain.strike > self.least[symbol] - HALF_A_CENT))
        names = ("is_call", "strike", "expiry", "bid", "ask", "last", "volume", "open_interest")
        return replace(chain, **{name: getattr(chain, name)[rows] for name in names})


def _tell(row: Json, own: Sequence[FreeLot], market: Market, *, below_cost: bool) -> None:
    """Adds what the call means for the lots that are held."""
    fitting = [lot for lot in own if below_cost or row["strike"] > lot.basis - HALF_A_CENT]
    row["held"] = _meaning(row, fitting, len(own))
    underlying = at_quote_time(market.stock(row["symbol"]), market.chain(row["symbol"]))
    terms = (row["spot"], row["strike"], date.fromisoformat(row["expiry"]), market.rate, row["iv"])
    risk = early_call_exercise(underlying.stock, underlying.today, *terms)
    row["early_assignment"] = risk.to_json() if risk else None
    held = row["held"]
    row["reasons"].append(
        f"It fits {held['lots']} of {held['free_lots']} lots; called away, they earn "
        f"${held['gain_if_called_usd']:,.0f} over their cost with this premium."
    )
    if risk and risk.pays_above is not None and risk.probability >= WORTH_SAYING:
        row["reasons"].append(
            f"Before the ex-date of {risk.ex_dividend} a holder would exercise above ${risk.pays_above:,.2f}, for a "
            f"dividend of about ${risk.dividend:.2f}: a chance of {risk.probability:.0%}."
        )


def _meaning(row: Json, fitting: Sequence[FreeLot], free: int) -> Json:
    strike, bid = row["strike"], row["bid"]
    adjusted = fsum(lot.adjusted for lot in fitting) / len(fitting)
    return {
        "lots": len(fitting),
        "free_lots": free,
        "basis": round(max(lot.basis for lot in fitting), 4),
        "adjusted_basis": round(adjusted, 4),
        "break_even": round(adjusted - bid, 4),
        "is_below_cost": any(strike < lot.basis - HALF_A_CENT for lot in fitting),
        "gain_if_called_usd": round(SHARES_A_LOT * fsum(strike - lot.basis + bid for lot in fitting), 2),
    }


def _nothing_for(rows: Sequence[Json], owned: dict[str, list[FreeLot]]) -> list[str]:
    found = {row["symbol"] for row in rows}
    return [
        f"No call on {symbol} at or above its cost of {own[0].basis:,.2f} passed."
        for symbol, own in owned.items()
        if symbol not in found
    ]
