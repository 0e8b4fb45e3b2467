"""`magnus positions`: what you hold, recorded by hand or from a file."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from apps.cli.options import Json

app = typer.Typer(no_args_is_help=False)

Kind = Literal["put", "call", "shares"]
Endings = Literal["expired", "closed", "rolled", "assigned", "called-away", "sold", "mistake"]
Symbol = Annotated[str, typer.Argument(help="The underlying, such as KO.")]
Type = Annotated[Kind | None, typer.Option("--type", "--option-type", help="put, call or shares.")]
Strike = Annotated[str | None, typer.Option(help="Dollars.")]
Expiry = Annotated[str | None, typer.Option(help="A date such as 2026-12-18.")]
Contracts = Annotated[int | None, typer.Option(help="How many contracts.")]


def _whole(said: str) -> int:
    """So many shares; a fraction is refused in a sentence of ours."""
    from graph.errors import BadInput

    if said.strip().lstrip("-").isdecimal():
        return int(said)
    raise BadInput(f"{said} is no whole number of shares: the wheel counts in lots of 100.")


Shares = Annotated[
    int | None, typer.Option(parser=_whole, metavar="<int>", help="How many shares: 100, 200 and so on.")
]
Price = Annotated[str | None, typer.Option(help="Dollars a share, as it was traded.")]
Fees = Annotated[str, typer.Option(help="Dollars, all contracts together.")]
On = Annotated[str | None, typer.Option("--on", help="When it happened; else today in New York.")]
Cash = Annotated[str | None, typer.Option(help="What the account then holds in cash, collateral included.")]


@app.callback(invoke_without_command=True)
def positions(context: typer.Context, cash: Cash = None) -> None:
    """What you hold: puts, shares, calls on them, and cash. Nothing here reaches a broker.

    Example: magnus positions --cash 42000
    """
    if context.invoked_subcommand is not None:
        if cash is not None:
            from graph.errors import BadInput

            raise BadInput(f"Put --cash after {context.invoked_subcommand}, or give it alone.")
        return
    if cash is not None:
        from tools.positions import set_cash

        usd = _amount("cash", cash)
        with _database() as database:
            set_cash(database, usd, datetime.now(UTC))
    _show(as_json=False)


@app.command()
def add(
    symbol: Symbol,
    option_type: Type = None,
    strike: Strike = None,
    expiry: Expiry = None,
    contracts: Contracts = None,
    shares: Shares = None,
    price: Price = None,
    fees: Fees = "0",
    on: On = None,
    held: Annotated[bool, typer.Option("--held", help="Held before: the cash on record stays.")] = False,
    cash: Cash = None,
) -> None:
    """Record puts or calls that you sold, or shares that you bought.

    Example: magnus positions add KO --type put --strike 60 --expiry 2026-12-18 --contracts 5 --price 0.85

    Example: magnus positions add KO --shares 200 --price 58.10 --held
    """
    from tools.position_entry import entry_of
    from tools.positions import add_position

    entry = entry_of(symbol, option_type, strike, expiry, contracts, shares, price, fees, on)
    balance = None if cash is None else _amount("cash", cash)
    with _database() as database:
        lots = add_position(database, entry, datetime.now(UTC), is_new=not held, cash_usd=balance)
    what = f"{lots * 100} shares" if entry.kind == "shares" else f"{lots} {entry.kind}{'s' if lots > 1 else ''} sold"
    typer.echo(f"Recorded: {entry.symbol}, {what}.")


@app.command(name="import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV, its columns as described above.")],
    replace: Annotated[bool, typer.Option("--replace", help="In the place of every open position.")] = False,
    cash: Cash = None,
    json: Json = False,
) -> None:
    """Record the positions of a CSV, the whole file or nothing.

    Its first line is symbol,type,quantity,strike,expiry,price,opened,fees; opened and fees may be left out. A line is
    one position: type put, call, shares or cash; quantity in contracts, shares or dollars; price in dollars a share.

    Example: magnus positions import positions.csv --cash 42000
    """
    from apps.cli.answers import print_json
    from tools.positions import import_positions

    balance = None if cash is None else _amount("cash", cash)
    with _database() as database:
        kept = import_positions(database, file, datetime.now(UTC), replaces=replace, cash_usd=balance)
    if json:
        print_json(kept)
        return
    replaced = f", in the place of {kept['replaced_lots']}" if kept["replaced_lots"] else ""
    cash_said = "" if kept["cash_usd"] is None else f" Cash is {kept['cash_usd']:,.2f} dollars."
    typer.echo(f"{kept['positions']} positions recorded as {kept['lots']} lots{replaced}.{cash_said}")


@app.command()
def close(
    symbol: Symbol,
    how: Annotated[Endings, typer.Option(help="How it ended; mistake takes back the last step.")] = "closed",
    option_type: Type = None,
    strike: Strike = None,
    expiry: Expiry = None,
    contracts: Contracts = None,
    shares: Shares = None,
    price: Price = None,
    fees: Fees = "0",
    on: On = None,
    to_strike: Annotated[str | None, typer.Option(help="For a roll: the new strike.")] = None,
    to_expiry: Annotated[str | None, typer.Option(help="For a roll: the new expiry.")] = None,
    premium: Annotated[str | None, typer.Option(help="For a roll: received for the new contract.")] = None,
    json: Json = False,
) -> None:
    """Record how a position ended: expired, closed, rolled, assigned, called-away, sold, or never was (mistake).

    A mistake takes back the last step and its cash: of what is open, and where nothing is, the last ending.

    Example: magnus positions close KO --how assigned --contracts 2

    Example: magnus positions close KO --how rolled --price 1.20 --to-strike 58 --to-expiry 2027-01-15 --premium 1.75
    """
    from apps.cli.answers import print_json
    from tools.position_entry import ending_of, which_of
    from tools.positions import close_position, today

    which = which_of(symbol, option_type, strike, expiry, contracts, shares)
    now = datetime.now(UTC)
    ended = ending_of(how, on, price, fees, to_strike, to_expiry, premium, today(now))
    with _database() as database:
        lots = close_position(database, which, ended, now)
    if json:
        print_json({"lots": lots})
        return
    states = ", ".join(sorted({lot["state"].replace("_", " ") for lot in lots}))
    what = "taken back" if how == "mistake" else how
    typer.echo(f"{len(lots)} lot{'s' if len(lots) > 1 else ''} of {which.symbol} {what}; now: {states}.")


@app.command(name="list")
def list_all(json: Json = False) -> None:
    """Show what you hold, what it cost, and the cash.

    Example: magnus positions list --json
    """
    _show(json)


def _show(as_json: bool) -> None:
    from apps.cli.answers import print_json
    from apps.cli.holdings import show_positions
    from tools.positions import list_positions

    with _database() as database:
        found = list_positions(database)
    if as_json:
        print_json(found)
    else:
        show_positions(found)


def _amount(name: str, text: str) -> Decimal:
    from tools.position_entry import told_amount

    return told_amount(name, text)


def _database() -> Any:
    from checkpoints.database import opened
    from graph.settings import load_settings

    return opened(load_settings())
