"""Shows positions and their risk to a person, in 80 columns."""

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from apps.cli.figures import dollars, figure, heading_of, limit_of, open_console, show_warnings, table_of

Json = dict[str, Any]
SHOWN = 8


def show_positions(found: Json) -> None:
    """What is held, what it cost, and the cash."""
    console = open_console()
    rows = [
        (
            row["symbol"],
            row["type"],
            str(row["quantity"]),
            figure(row["strike"], "g"),
            row["expiry"] or "",
            figure(row["price"], ".2f"),
            figure(row["adjusted_basis"], ".2f"),
        )
        for row in found["positions"]
    ]
    if rows:
        console.print(table_of(("", "type", "quantity", "strike", "expiry", "price", "adjusted"), rows, left=2))
    else:
        console.print("Nothing is held.")
    cash = "not on record: magnus positions --cash USD" if found["cash_usd"] is None else dollars(found["cash_usd"])
    console.print(f"Cash: {cash}. Realised so far: {dollars(found['realised_usd'])}.")


def show_portfolio(found: Json, now: datetime) -> None:
    """The report of a portfolio: account, positions, what moves it, what it could lose, and the limits."""
    console = open_console()
    console.print(heading_of(found, now), style="bold")
    console.print(
        f"Account {dollars(found['account_usd'])} (from {found['account_from']}): cash {dollars(found['cash_usd'])}, "
        f"of which {dollars(found['collateral_usd'])} secures puts; buying power {dollars(found['buying_power_usd'])}."
    )
    if found["positions"]:
        console.print(_positions(found["positions"]))
        _show_exposure(console, found)
        _show_losses(console, found)
    else:
        console.print("Nothing is held.")
    if "scenario" in found:
        _show_scenario(console, found["scenario"])
    _show_limits(console, found["verdicts"])
    show_warnings(console, found["warnings"])


def _show_exposure(console: Console, found: Json) -> None:
    greeks, weighted = found["greeks"], found["beta_weighted"]
    console.print(
        f"Moves like {dollars(greeks['delta_usd'])} of shares (and {dollars(greeks['gamma_usd'])} more a 1 % rise); "
        f"gains {dollars(greeks['theta_usd'])} a day, {dollars(greeks['vega_usd'])} for a point of volatility."
    )
    if weighted["reason"]:
        console.print(f"No beta-weighted delta: {weighted['reason']}.")
    else:
        console.print(
            f"Beta-weighted: {weighted['delta_shares']:,.1f} shares of {weighted['benchmark']}, "
            f"{dollars(weighted['usd_per_percent'])} for 1 % of it."
        )
    allocation = found["allocation"]
    for name in ("symbols", "sectors"):
        parts = [f"{part['name']} {_share(part['of_account'])}" for part in allocation[name][:SHOWN]]
        hhi = allocation[f"hhi_{name}"]
        console.print(f"By {name[:-1]}, puts assigned: {', '.join(parts) or 'nothing'}; HHI {figure(hhi, '.2f')}.")


def _show_losses(console: Console, found: Json) -> None:
    stress = found["stress"]
    if stress:
        console.print("Gain or loss in dollars if share prices (down) and volatility (across) move at once:")
        heads = ("", *(f"{move:+.0%}" for move in stress["vol_moves"]))
        moves = zip(stress["spot_moves"], stress["pnl_usd"], strict=True)
        console.print(
            table_of(heads, [(f"{move:+.0%}", *(f"{gain:,.0f}" for gain in row)) for move, row in moves], left=0)
        )
    risk = found["value_at_risk"]
    if risk["reason"]:
        console.print(f"No value at risk: {risk['reason']}.")
    else:
        parts = [
            f"{level} %: {dollars(loss)} (normal), {dollars(risk['historical_usd'][level])} (history)"
            for level, loss in risk["parametric_usd"].items()
        ]
        console.print(f"One day at risk, from {risk['returns']} days: {'; '.join(parts)}.")
    console.print(_assigned(found["assignment"]))
    for row in found["early_assignment"]:
        console.print(
            f"{row['on']}: {row['contracts']} {row['symbol']} {row['strike']:g} {row['type']} "
            f"{'likely' if row['is_likely'] else 'may be'} exercised early, {row['why']} "
            f"({row['gain_per_share']:.2f} against {row['time_value_per_share']:.2f} of time value)."
        )


def _assigned(assigned: Json) -> str:
    """What the puts cost if all of them are assigned."""
    puts = assigned["puts"]
    if not puts:
        return "No puts are sold, so none can be assigned."
    short = f", {dollars(assigned['shortfall_usd'])} short" if assigned["shortfall_usd"] else ""
    which = "The one put" if puts == 1 else f"All {puts} puts"
    return f"{which} assigned: {dollars(assigned['cash_needed_usd'])} of cash needed{short}."


def _show_scenario(console: Console, scenario: Json) -> None:
    console.print(
        f"Shares {scenario['spot_move']:+.0%}, volatility {scenario['vol_move']:+.0%}: {dollars(scenario['pnl_usd'])}.",
        style="bold",
    )
    for row in scenario["positions"][:SHOWN]:
        console.print(f"  {row['position']}: {dollars(row['pnl_usd'])}")


def _show_limits(console: Console, verdicts: list[Json]) -> None:
    broken = [row for row in verdicts if not row["holds"]]
    if not broken:
        console.print(f"All {len(verdicts)} limits are kept.")
    for row in broken:
        about = f" of {row['about']}" if row["about"] else ""
        console.print(f"Over: {row['rule']}{about} {figure(row['figure'], ',.6g')}, {limit_of(row)}.", style="red")


def _positions(rows: list[Json]) -> Table:
    cells = [
        (
            row["symbol"],
            row["type"],
            str(row["quantity"]),
            figure(row["strike"], "g"),
            row["expiry"] or "",
            figure(row["value"], ".2f"),
            figure(row["delta"], ",.0f"),
            figure(row["theta_usd"], ",.1f"),
            figure(row["unrealised_usd"], ",.0f"),
        )
        for row in rows
    ]
    return table_of(("", "type", "quantity", "strike", "expiry", "value", "delta", "theta", "open P&L"), cells, left=2)


def _share(of_account: float | None) -> str:
    return "-" if of_account is None else f"{of_account:.0%}"
