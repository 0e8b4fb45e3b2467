"""`magnus import chain`: a recorded chain into the database."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from apps.cli.options import Json

app = typer.Typer(help="Bring recorded data into the database.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Bring recorded data into the database."""


@app.command()
def chain(
    file: Annotated[Path, typer.Argument(help="CSV as yfinance writes it, or a raw Yahoo options body in JSON.")],
    symbol: Annotated[str, typer.Option(help="The underlying.")],
    spot: Annotated[float | None, typer.Option(help="Its price; without it the file's, or put-call parity.")] = None,
    as_of: Annotated[datetime | None, typer.Option(help="When, in UTC; else the newest last trade.")] = None,
    json: Json = False,
) -> None:
    """Keep a recorded option chain, for `--data stored`.

    Example: magnus import chain amzn.csv --symbol AMZN
    """
    from apps.cli.answers import print_json
    from checkpoints.chains import save_chain
    from checkpoints.database import opened
    from graph.settings import load_settings
    from tools.feeds.recorded import read_chain
    from tools.feeds.stored import stored_form

    settings = load_settings()
    moment = as_of.replace(tzinfo=UTC) if as_of else None
    recording = read_chain(file, symbol, spot, moment, settings.rate)
    with opened(settings) as database:
        is_first = save_chain(database, stored_form(recording, file.name, datetime.now(UTC)))
    report = recording.to_json() | {"replaced": not is_first}
    if json:
        print_json(report)
        return
    kept = f"{report['contracts']:,} of {report['rows']:,} contracts of {report['symbol']} kept"
    typer.echo(f"{kept}, spot {report['spot']:.2f} from {report['spot_from']}, as of {report['as_of']}.")
    for reason, count in report["dropped"].items():
        typer.echo(f"  {count:,} dropped: {reason}")
    for note in report["notes"]:
        typer.echo(f"  {note}")
