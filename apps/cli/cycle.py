"""`magnus cycle`: what a whole turn of the wheel earns on average, beside holding the shares and T-bills."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from apps.cli.options import Data, Json

WAYS = {"wheel": "wheel", "buy_and_hold": "buy and hold", "t_bills": "T-bills"}
HEADS = ("", "mean", "a year", "median", "worst 5 %", "loses", "share -20 %")


def cycle(
    symbol: Annotated[str, typer.Option("--symbol", "--symbols", help="The underlying.")],
    strike: Annotated[float, typer.Option(help="Dollars.")],
    expiry: Annotated[str, typer.Option(help="A date such as 2026-12-18.")],
    drift: Annotated[
        float | None, typer.Option(help="Percent the share returns a year; else the risk-free rate.")
    ] = None,
    realised_vol: Annotated[
        float | None, typer.Option(help="Percent a year it will move; else what the put implies.")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Put, assignment, calls, called away: the average of a simulation, net of costs, and its tail.

    Example: magnus cycle --symbol KO --strike 66 --expiry 2026-12-18 --drift 7
    """
    from apps.cli.answers import print_json
    from apps.cli.market_desk import open_desk
    from tools.cycle import cycle_value

    contract = {"symbol": symbol, "strike": strike, "expiry": expiry}
    with open_desk(data) as desk:
        found = cycle_value(desk.market(), contract, drift=_fraction(drift), vol_annual=_fraction(realised_vol))
    print_json(found) if json else show_cycle(found, datetime.now(UTC))


def show_cycle(found: dict[str, Any], now: datetime) -> None:
    """Three ways for the same dollars and time, and what the figures rest on."""
    from apps.cli.figures import dollars, heading_of, open_console, show_warnings, table_of

    console, put = open_console(), found["put"]
    console.print(heading_of(found, now), style="bold")
    console.print(
        f"{put['symbol']} {put['expiry']} {put['strike']:g} put sold at {put['bid']:.2f}: "
        f"{found['chance_of_assignment']:.0%} assigned, {found['days']:.0f} days and {found['calls']:.1f} calls on "
        f"average, on {dollars(found['capital_usd'])}."
    )
    rows = [
        (
            name,
            dollars(found[way]["mean_usd"]),
            f"{found[way]['annual_yield']:.1%}",
            dollars(found[way]["median_usd"]),
            dollars(found[way]["worst_5_pct_usd"]),
            f"{found[way]['chance_of_loss']:.0%}",
            dollars(found["fall"][way]),
        )
        for way, name in WAYS.items()
    ]
    console.print(table_of(HEADS, rows, left=1))
    console.print(
        f"Over T-bills, in dollars of today: {dollars(found['over_t_bills_usd'])}, give or take "
        f"{dollars(2 * found['over_t_bills_error_usd'])} of simulation, after {dollars(found['costs_usd'])} of costs."
    )
    for assumption in found["assumptions"]:
        console.print(assumption)
    show_warnings(console, found["warnings"])


def _fraction(percent: float | None) -> float | None:
    return None if percent is None else percent / 100
