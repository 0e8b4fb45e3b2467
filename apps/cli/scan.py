"""`magnus scan`: the wheel agent without a sentence; its options carry the slot names."""

from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from apps.cli.options import Data, Json

if TYPE_CHECKING:
    from checkpoints.database import Database
    from graph.settings import Settings
    from trading.contracts import Market

Words = Annotated[list[str] | None, typer.Option(help="One or more, separated by commas.")]
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
    data: Data = None,
    json: Json = False,
) -> None:
    """Find options to sell, checked against the risk rules.

    Example: magnus scan --max-price 30 --min-dte 20 --max-dte 45

    Example: magnus scan --symbols AMZN --data stored --json
    """
    given = {name: value for name, value in locals().items() if name not in ("data", "json")}
    _scan(given, data, json)


def _scan(given: dict[str, Any], data: str | None, as_json: bool) -> None:
    from apps.cli.answers import print_json, show_scan
    from graph.settings import load_settings
    from tools.wheel import find_opportunities

    settings = load_settings()
    slots = {name: _listed(value) if name in LISTS else value for name, value in given.items() if value}
    with ExitStack() as stack:
        result = find_opportunities(_market(data or settings.data, settings, stack), slots, settings)
    if as_json:
        print_json(result)
    else:
        show_scan(result, datetime.now(UTC), result["warnings"])


def _market(source: str, settings: "Settings", stack: ExitStack) -> "Market":
    from tools.feeds.markets import open_market

    def database() -> "Database":
        from checkpoints.database import opened

        return stack.enter_context(opened(settings))

    return open_market(source, cache(database), settings.rate)


def _listed(words: list[str]) -> list[str]:
    return [part.strip() for word in words for part in word.split(",") if part.strip()]
