"""`magnus quote` and `magnus chain`: the market data agent without a sentence."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from apps.cli.options import Data, Json

if TYPE_CHECKING:
    from trading.listing import ExpiryWish

STRIKES = 10


def quote(
    symbols: Annotated[list[str], typer.Argument(help="One or more stocks.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Prices, implied volatility with its rank, earnings and dividend dates.

    Example: magnus quote AMD KO
    """
    from apps.cli.answers import print_json
    from apps.cli.market_desk import open_desk
    from apps.cli.market_tables import show_quotes
    from tools.market import quotes

    with open_desk(data) as desk:
        found = quotes(desk.market(), symbols)
    print_json(found) if json else show_quotes(found, datetime.now(UTC))


def chain(
    symbol: Annotated[str, typer.Argument(help="The underlying.")],
    expiry: Annotated[
        str | None, typer.Option(help="A date such as 2026-12-18, or a month such as 2026-12; else about 30 days out.")
    ] = None,
    option_type: Annotated[
        Literal["put", "call"] | None, typer.Option("--option-type", "--type", help="Both, unless you say one.")
    ] = None,
    strikes: Annotated[
        int | None, typer.Option(min=1, help=f"How many next to the price: {STRIKES} in a table, all in JSON.")
    ] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """The contracts of one expiry: quotes, implied volatility, delta, open interest.

    Example: magnus chain AMD --expiry 2026-12-18 --option-type put
    """
    from apps.cli.answers import print_json
    from apps.cli.market_desk import open_desk
    from apps.cli.market_tables import show_chain
    from tools.chains import option_chain

    shown = strikes or (None if json else STRIKES)
    with open_desk(data) as desk:
        found = option_chain(desk.market(), symbol, _expiry(expiry), option_type, strikes=shown)
    print_json(found) if json else show_chain(found, datetime.now(UTC))


def _expiry(said: str | None) -> "ExpiryWish":
    from graph.errors import BadInput
    from trading.listing import ExpiryWish

    if said is None:
        return ExpiryWish()
    try:
        if said.count("-") == 1:
            first = date.fromisoformat(f"{said}-01")
            return ExpiryWish(month=(first.year, first.month))
        return ExpiryWish(day=date.fromisoformat(said))
    except ValueError:
        raise BadInput(
            f"expiry is {said}, and it has to be a date such as 2026-12-18 or a month such as 2026-12."
        ) from None
