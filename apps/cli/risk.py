"""`magnus risk` and `magnus size`: what the portfolio could lose, whether a trade may be made, and how much of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from apps.cli.options import Data, Json

NO = 1
Symbol = Annotated[str | None, typer.Option("--symbol", "--symbols", help="The underlying of a trade to judge.")]
Type = Annotated[Literal["put", "call"], typer.Option("--type", "--option-type", help="Put, unless you say call.")]
Strike = Annotated[float | None, typer.Option(help="Dollars.")]
Expiry = Annotated[str | None, typer.Option(help="A date such as 2026-12-18.")]
Drop = Annotated[float | None, typer.Option(help="Percent by which every share price falls; below 0 it rises.")]
Plot = Annotated[Path | None, typer.Option(help="Also a picture of the whole portfolio: FILE.html or FILE.png.")]


def risk(
    symbol: Symbol = None,
    option_type: Type = "put",
    strike: Strike = None,
    expiry: Expiry = None,
    contracts: Annotated[int, typer.Option(help="How many you would sell.")] = 1,
    drop: Drop = None,
    vol: Annotated[float, typer.Option(help="Percent by which every volatility rises with it.")] = 0.0,
    plot: Plot = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """What your portfolio could lose, or with --symbol whether a trade keeps your limits (exit 1 where not).

    Example: magnus risk --drop 10

    Example: magnus risk --symbol KO --type put --strike 60 --expiry 2026-12-18 --contracts 5
    """
    from apps.cli.answers import print_json
    from apps.cli.holdings import show_portfolio
    from apps.cli.judgements import show_judgement
    from apps.cli.market_desk import open_desk
    from tools.risk import assess_portfolio, assess_trade

    contract = _contract(symbol, option_type, strike, expiry)
    _check_purpose(contract, drop, vol, strike, expiry)
    _check_picture(contract, plot)
    with open_desk(data) as desk:
        given = desk.market(), desk.held(), desk.settings()
        if contract:
            found = assess_trade(*given, contract, contracts)
        else:
            found = assess_portfolio(*given, spot_move=_move(drop, vol), vol_move=vol / 100)
    if plot is not None:
        _draw(found, plot)
    show = show_judgement if contract else show_portfolio
    print_json(found) if json else show(found, datetime.now(UTC))
    if contract and not found["valid"]:
        raise typer.Exit(NO)


def _move(drop: float | None, vol: float) -> float | None:
    """By which fraction every share price moves; None where no scenario was asked for."""
    return None if drop is None and not vol else -(drop or 0.0) / 100


def _draw(found: dict[str, Any], plot: Path) -> None:
    from tools.pictures import write_picture
    from tools.plots import risk_figure

    write_picture(risk_figure(found, datetime.now(UTC)), plot)
    typer.echo(f"Drawn into {plot}.", err=True)


def size(
    symbol: Annotated[str, typer.Option("--symbol", "--symbols", help="The underlying.")],
    strike: Annotated[float, typer.Option(help="Dollars.")],
    expiry: Annotated[str, typer.Option(help="A date such as 2026-12-18.")],
    option_type: Type = "put",
    max_capital: Annotated[float | None, typer.Option(help="Dollars of collateral at most.")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """How many contracts keep every limit; none is an answer.

    Example: magnus size --symbol KO --type put --strike 60 --expiry 2026-12-18
    """
    from apps.cli.answers import print_json
    from apps.cli.judgements import show_size
    from apps.cli.market_desk import open_desk
    from tools.risk import size_trade

    contract = _contract(symbol, option_type, strike, expiry)
    with open_desk(data) as desk:
        found = size_trade(desk.market(), desk.held(), desk.settings(), contract, max_capital)
    print_json(found) if json else show_size(found, datetime.now(UTC))


def _contract(symbol: str | None, option_type: str, strike: float | None, expiry: str | None) -> dict[str, Any]:
    if symbol is None:
        return {}
    return {"symbol": symbol, "option_type": option_type, "strike": strike, "expiry": expiry}


def _check_purpose(
    contract: dict[str, Any], drop: float | None, vol: float, strike: float | None, expiry: str | None
) -> None:
    from graph.errors import BadInput

    if contract and (drop is not None or vol):
        raise BadInput("--drop and --vol are for the whole portfolio: leave out --symbol, or leave out them.")
    if not contract and (strike is not None or expiry is not None):
        raise BadInput("Say with --symbol which trade to judge.")


def _check_picture(contract: dict[str, Any], plot: Path | None) -> None:
    from graph.errors import BadInput
    from tools.pictures import check_picture

    if plot is None:
        return
    if contract:
        raise BadInput("--plot draws the whole portfolio: leave out --symbol, or leave out --plot.")
    check_picture(plot)
