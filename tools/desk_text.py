"""A roll and a whole cycle in a few plain lines, for the conversation and for Studio."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
WAYS = {"wheel": "The wheel", "buy_and_hold": "buy and hold", "t_bills": "T-bills"}


def tell_rolls(result: Json) -> Iterator[str]:
    """The position, then each way on: what it brings a share, and what it costs to be assigned."""
    position = result["position"]
    ask = "nobody offers it" if position["ask"] is None else f"buying it back costs {position['ask']:.2f}"
    yield f"{position['symbol']} {position['expiry']} {position['strike']:g} {position['type']}: {ask}"
    *rolls, assignment = result["choices"]
    for row in rolls:
        yield (
            f"{row['choice']} to {row['expiry']} {row['strike']:g}: {row['net_credit']:+.2f} a share, "
            f"{row['annual_yield']:+.1%} a year for {row['extra_days']} days more"
        )
    even = assignment["break_even"]
    known = "unknown without the premium" if even is None else f"{even:.2f}"
    verb = "pays" if assignment["cash_usd"] < 0 else "brings"
    yield f"Taking the assignment {verb} ${abs(assignment['cash_usd']):,.0f} for the shares, break-even {known}"
    yield from result["missing"]


def tell_cycle(result: Json) -> Iterator[str]:
    """The three ways for the same dollars, and what the figures rest on."""
    put = result["put"]
    yield f"{put['symbol']} {put['expiry']} {put['strike']:g} put, a whole turn of the wheel from it"
    means = (f"{name} {result[way]['mean_usd']:,.0f}" for way, name in WAYS.items())
    yield f"Dollars on average from ${result['capital_usd']:,.0f}: {', '.join(means)}"
    yield from result["assumptions"]
