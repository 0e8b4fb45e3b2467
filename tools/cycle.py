"""The value of a whole turn of the wheel as an ability: a put to sell in, what it leads to on average out."""

from collections.abc import Mapping
from typing import Any

from graph.errors import BadInput
from tools.listed import listed_contract, read_contract
from trading.appraisal import appraise
from trading.contracts import Market
from trading.cycle import Cycle
from trading.cycle_report import value_cycle
from trading.implied import implied_volatility
from trading.portfolio import Holding, Leg

Json = dict[str, Any]


def cycle_value(
    market: Market,
    contract: Mapping[str, Any],
    *,
    drift: float | None = None,
    vol_annual: float | None = None,
) -> Json:
    """What selling one cash-secured put leads to on average: kept, or assigned, calls sold, called away.

    `contract` holds symbol, strike in dollars and expiry as 2026-12-18. `drift` is what the share returns a year and
    `vol_annual` how much it moves, as fractions; without them the risk-free rate and what the option implies. Comes
    back in dollars a contract, net of fees and half the spread: "wheel", "buy_and_hold" and "t_bills" for the same
    dollars and time (mean with its error, median, worst twentieth, chance of a loss), "fall" (the share down 20 % and
    assigned), "assumptions". A model, not a promise. Raises BadInput where the put is not listed or has no bid.
    """
    for name, value, least in (("drift", drift, -5.0), ("vol_annual", vol_annual, 0.0)):
        if value is not None and not least <= value <= 5:
            raise BadInput(f"{name} is {value:g}, and it has to be a fraction a year from {least:g} to 5.")
    given = {"option_type": "put", **contract}
    if read_contract(given).kind != "put":
        raise BadInput("The wheel begins with a put: ask about one.")
    sold = listed_contract(market, given)
    (holding,) = appraise(market, [Leg(sold.symbol, "put", -1, 0.0, sold.strike, sold.expiry)])
    found = value_cycle(_cycle(holding), drift, vol_annual)
    return {
        "as_of": market.as_of.isoformat(),
        "source": market.source,
        "put": {
            "symbol": sold.symbol,
            "strike": sold.strike,
            "expiry": sold.expiry.isoformat(),
            "dte": holding.dte,
            "spot": holding.spot,
            "bid": holding.bid,
            "ask": holding.ask,
        },
        **found,
        "warnings": [],
    }


def _cycle(put: Holding) -> Cycle:
    """Its volatility is the one that its model, in which nothing is exercised early, gives the mid."""
    strike, mid = put.leg.strike or 0.0, (put.bid + put.ask) / 2
    dividend_yield = put.stock.dividend_yield if put.stock else 0.0
    implied, _ = implied_volatility(False, mid, put.spot, strike, put.years, put.rate, dividend_yield)
    if not (put.years > 0 and put.bid > 0 and put.ask >= put.bid and implied > 0):
        raise BadInput(f"The {strike:g} put of {put.leg.expiry} has no bid, ask and volatility to go by.")
    return Cycle(
        spot=put.spot,
        strike=strike,
        days=put.years * 365,
        bid=put.bid,
        mid=mid,
        implied_vol=float(implied),
        rate=put.rate,
        dividend_yield=dividend_yield,
    )
