"""`magnus scan`: the wheel agent without a sentence; its options carry the slot names."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from apps.cli.options import Data, Json

if TYPE_CHECKING:
    from tools.desk import Desk

    Look = Callable[[Desk, dict[str, Any]], dict[str, Any]]

Words = Annotated[list[str] | None, typer.Option(help="One or more, separated by commas.")]
BESIDE_SLOTS = ("held", "below_cost", "plot", "data", "json")
LISTS = ("symbols", "sectors", "exclude_sectors", "exclude_symbols")


def scan(
    symbols: Words = None,
    option_type: Annotated[Literal["put", "call"] | None, typer.Option(help="Puts, unless you say call.")] = None,
    min_price: Annotated[float | None, typer.Option(help="Dollars a share.")] = None,
    max_price: Annotated[float | None, typer.Option(help="Dollars a share.")] = None,
    min_delta: Annotated[float | None, typer.Option(help="Absolute, as a fraction.")] = None,
    max_delta: Annotated[float | None, typer.Option(help="Absolute, as a fraction.")] = None,
    min_dte: Annotated[int | None, typer.Option(help="Calendar days to expiry.")] = None,
    max_dte: Annotated[int | None, typer.Option(help="Calendar days to expiry.")] = None,
    expiry: Annotated[str | None, typer.Option(help="A date such as 2027-01-15.")] = None,
    min_annual_yield: Annotated[float | None, typer.Option(help="On collateral, as a fraction.")] = None,
    min_premium: Annotated[float | None, typer.Option(help="Dollars a share.")] = None,
    min_open_interest: Annotated[int | None, typer.Option(help="Contracts.")] = None,
    min_volume: Annotated[int | None, typer.Option(help="Contracts.")] = None,
    max_spread_pct: Annotated[float | None, typer.Option(help="Of the mid, as a fraction.")] = None,
    sectors: Words = None,
    exclude_sectors: Words = None,
    exclude_symbols: Words = None,
    max_capital: Annotated[float | None, typer.Option(help="Dollars of collateral for one contract.")] = None,
    min_iv_rank: Annotated[float | None, typer.Option(help="0 to 100.")] = None,
    avoid_earnings: Annotated[bool, typer.Option("--avoid-earnings", help="None before expiry.")] = False,
    limit: Annotated[int | None, typer.Option(help="How many results.")] = None,
    held: Annotated[bool, typer.Option("--held", help="Calls on the shares you hold, none below their cost.")] = False,
    below_cost: Annotated[bool, typer.Option("--below-cost", help="With --held: also calls below cost.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Also a picture: a file that ends in .html or .png.")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Find options to sell, checked against the risk rules.

    Example: magnus scan --max-price 30 --min-dte 20 --max-dte 45

    Example: magnus scan --symbols AMZN --data stored --json

    Example: magnus scan --held --min-dte 20
    """
    given = {name: value for name, value in locals().items() if name not in BESIDE_SLOTS}
    look = _held_lots(below_cost) if held else _everything(below_cost)
    _scan(given, look, data, json, plot)


def _scan(given: dict[str, Any], look: "Look", data: str | None, as_json: bool, plot: Path | None) -> None:
    from apps.cli.answers import print_json, show_scan
    from apps.cli.market_desk import open_desk

    if plot is not None:
        from tools.pictures import check_picture

        check_picture(plot)
    slots = {name: _listed(value) if name in LISTS else value for name, value in given.items() if value}
    with open_desk(data) as desk:
        result = look(desk, slots)
    if plot is not None:
        _draw(result, plot)
    if as_json:
        print_json(result)
    else:
        show_scan(result, datetime.now(UTC), result["warnings"])


def _everything(below_cost: bool) -> "Look":
    """Looks at the whole market; calls below cost mean something only beside the shares one holds."""
    from graph.errors import BadInput
    from tools.wheel import find_opportunities

    if below_cost:
        raise BadInput("--below-cost belongs to --held: only shares that you hold have a cost.")
    return lambda desk, slots: find_opportunities(desk.market(), slots, desk.settings())


def _held_lots(below_cost: bool) -> "Look":
    """Looks for calls on the shares that are held."""
    from tools.calls import call_opportunities

    return lambda desk, slots: call_opportunities(
        desk.market(), desk.free_lots(), slots, desk.settings(), below_cost=below_cost
    )


def _draw(result: dict[str, Any], plot: Path) -> None:
    from tools.pictures import write_picture
    from tools.plots import scan_figure

    write_picture(scan_figure(result, datetime.now(UTC)), plot)
    typer.echo(f"The picture is in {plot}.", err=True)


def _listed(words: list[str]) -> list[str]:
    return [part.strip() for word in words for part in word.split(",") if part.strip()]
