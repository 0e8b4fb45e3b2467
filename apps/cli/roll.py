"""`magnus roll`: what to do with an option that was sold, each way beside the others."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from apps.cli.options import Data, Json

if TYPE_CHECKING:
    from rich.table import Table

SIGNS = {
    "E": "E: earnings before expiry",
    "D": "D: ex-dividend before expiry",
    "X": "X: likely to be exercised before it goes ex-dividend",
}
HEADS = ("", "expiry", "strike", "days", "bid", "credit", "even", "yield", "delta", "otm", "")


def roll(
    symbol: Annotated[str, typer.Option("--symbol", "--symbols", help="The underlying.")],
    strike: Annotated[float, typer.Option(help="Dollars.")],
    expiry: Annotated[str, typer.Option(help="A date such as 2026-11-20.")],
    option_type: Annotated[Literal["put", "call"], typer.Option("--type", "--option-type", help="Sold as.")] = "put",
    contracts: Annotated[
        int | None, typer.Option(help="How many; without it as many as you hold, else 1.", min=1)
    ] = None,
    premium: Annotated[
        float | None, typer.Option(help="Dollars a share it was sold for; without it what your positions say.")
    ] = None,
    basis: Annotated[
        float | None, typer.Option(help="Dollars a share under a call cost; without it what your positions say.")
    ] = None,
    below_cost: Annotated[bool, typer.Option("--below-cost", help="Also calls below that cost.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Roll a sold option out, down or up, or take the assignment: credit, break-even and yield side by side.

    Example: magnus roll --symbol KO --type put --strike 70 --expiry 2026-11-20 --premium 0.80
    """
    from apps.cli.answers import print_json
    from apps.cli.market_desk import open_desk
    from tools.rolls import roll_choices

    contract = {"symbol": symbol, "option_type": option_type, "strike": strike, "expiry": expiry}
    is_told = premium is not None and (option_type == "put" or basis is not None)
    with open_desk(data) as desk:
        found = roll_choices(
            desk.market(),
            contract,
            contracts=contracts,
            premium=premium,
            basis=basis,
            held=() if is_told else desk.held().legs,
            below_cost=below_cost,
        )
    print_json(found) if json else show_rolls(found, datetime.now(UTC))


def show_rolls(found: dict[str, Any], now: datetime) -> None:
    """The position, the table of what can be done with it, and what to mind."""
    from apps.cli.figures import heading_of, open_console, show_warnings

    console = open_console()
    console.print(heading_of(found, now), style="bold")
    console.print(_headline(found["position"]))
    *choices, assignment = found["choices"]
    if choices:
        console.print(_table(choices))
        if signs := [said for sign, said in SIGNS.items() if any(sign in _mind(row) for row in choices)]:
            console.print(f"{'; '.join(signs)}.")
    console.print(_assignment(assignment, found["position"]))
    for sentence in found["missing"]:
        console.print(sentence)
    show_warnings(console, found["warnings"])


def _headline(position: dict[str, Any]) -> str:
    from apps.cli.figures import dollars, figure

    gain = position["gain_closed_usd"]
    closing = "" if gain is None else f", closing it now {'earns' if gain >= 0 else 'loses'} {dollars(abs(gain))}"
    return (
        f"Sold {position['contracts']} {position['symbol']} {position['expiry']} {position['strike']:g} "
        f"{position['type']} at {figure(position['premium'], '.2f')}: spot {position['spot']:.2f}, buy back at "
        f"{figure(position['ask'], '.2f')} ({figure(position['time_value'], '.2f')} of time value), "
        f"{figure(position['prob_otm'], '.0%')} to expire worthless{closing}."
    )


def _table(choices: list[dict[str, Any]]) -> "Table":
    from apps.cli.figures import figure, table_of

    rows = [
        (
            row["choice"],
            row["expiry"],
            f"{row['strike']:g}",
            f"+{row['extra_days']}",
            f"{row['bid']:.2f}",
            f"{row['net_credit']:+.2f}",
            figure(row["break_even"], ".2f"),
            f"{row['annual_yield']:+.1%}",
            figure(row["delta"], ".2f"),
            figure(row["prob_otm"], ".0%"),
            _mind(row),
        )
        for row in choices
    ]
    return table_of(HEADS, rows, left=2)


def _mind(row: dict[str, Any]) -> str:
    """The signs of what may happen before it expires."""
    taken = row["early_assignment"] and row["early_assignment"]["is_likely"]
    dividend = "X" if taken else "D" if row["ex_dividend_before_expiry"] else ""
    return ("E" if row["earnings_before_expiry"] else "") + dividend


def _assignment(row: dict[str, Any], position: dict[str, Any]) -> str:
    from apps.cli.figures import dollars, figure

    verb = "pays" if row["shares"] > 0 else "brings"
    gain, then = row["gain_at_spot_usd"], row["then"]
    against = "at today's share price" if row["shares"] > 0 else "over what the shares cost"
    worth = "" if gain is None else f", {dollars(gain)} {against}"
    sentence = (
        f"Taking the assignment {verb} {dollars(abs(row['cash_usd']))} for {abs(row['shares'])} shares: break-even "
        f"{figure(row['break_even'], '.2f')}{worth}."
    )
    if then is None:
        return sentence
    inside = f", {then['time_value']:.2f} of it time value" if then["time_value"] < then["bid"] else ""
    return (
        f"{sentence} A {then['strike']:g} {then['type']} on {position['symbol']} with {then['dte']} days would then "
        f"pay {then['bid']:.2f} at today's prices{inside}, {then['annual_yield']:.1%} a year."
    )
