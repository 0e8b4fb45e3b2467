"""`magnus price`: the value of an option, its implied volatility and its Greeks, for one contract or a file of them."""

import json as jsonlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

import typer

from apps.cli.options import Json

LINES = 20_000
"""How many contracts are computed at once; a file may be longer than memory."""
NO_ANSWER = 1


def price(
    kind: Annotated[Literal["put", "call"] | None, typer.Option("--type", help="What it gives the right to.")] = None,
    style: Annotated[Literal["european", "american"], typer.Option(help="When it may be exercised.")] = "european",
    spot: Annotated[float | None, typer.Option(help="Dollars a share.")] = None,
    strike: Annotated[float | None, typer.Option(help="Dollars a share.")] = None,
    years: Annotated[float | None, typer.Option(help="Until expiry; 30 days are 0.0822.")] = None,
    rate: Annotated[float | None, typer.Option(help="Continuous, as a fraction a year.")] = None,
    dividend_yield: Annotated[float, typer.Option(help="Continuous, as a fraction a year.")] = 0.0,
    volatility: Annotated[float | None, typer.Option(help="As a fraction a year; or give --price.")] = None,
    price: Annotated[float | None, typer.Option(help="Dollars a share; or give --volatility.")] = None,
    batch: Annotated[
        Path | None, typer.Option(help="A file with one contract in JSON a line, - for the input.")
    ] = None,
    json: Json = False,
) -> None:
    """Price an option: theta per calendar day, vega and rho per percentage point.

    Example: magnus price --type put --style american --spot 100 --strike 95 --years 0.1 --rate 0.04 --volatility 0.3

    Example: magnus price --type put --spot 100 --strike 95 --years 0.1 --rate 0.04 --price 1.85 --json

    Example: magnus price --batch contracts.jsonl
    """
    numbers = {"spot": spot, "strike": strike, "years": years, "rate": rate, "volatility": volatility, "price": price}
    given = {"type": kind, **numbers}
    if batch is None:
        _price_one({**given, "style": style, "dividend_yield": dividend_yield}, json)
    else:
        _refuse_contract_beside(given)
        _price_batch(batch)


def _refuse_contract_beside(given: dict[str, Any]) -> None:
    from graph.errors import BadInput

    if said := [f"--{name}" for name, value in given.items() if value is not None]:
        raise BadInput(f"--batch takes its contracts from the file: leave out {', '.join(said)}.")


def _price_one(fields: dict[str, Any], as_json: bool) -> None:
    from graph.errors import BadInput
    from tools.pricing import check_contract, price_contracts

    contract = check_contract(fields)
    if isinstance(contract, str):
        raise BadInput(f"{contract} See magnus price --help.")
    answer = price_contracts([contract])[0]
    if as_json:
        typer.echo(jsonlib.dumps(answer))
    else:
        _show(answer)
    if answer["price"] is None:
        raise typer.Exit(NO_ANSWER)


def _show(answer: dict[str, Any]) -> None:
    for name, value in answer.items():
        if name != "error" and value is not None:
            typer.echo(f"{name:<6} {value:12.6f}")
    if answer["error"]:
        typer.echo(answer["error"], err=True)


def _price_batch(batch: Path) -> None:
    from tools.pricing import price_contracts, read_contract

    encode = jsonlib.JSONEncoder().encode
    with ExitStack() as stack:
        for number, lines in enumerate(_chunks(_open(batch, stack), batch)):
            if number == 0:
                _refuse_what_is_no_json(lines, batch)
            answers = price_contracts([read_contract(line) for line in lines])
            typer.echo("\n".join(encode(answer) for answer in answers))


def _open(batch: Path, stack: ExitStack) -> BinaryIO:
    from graph.errors import BadInput

    if str(batch) == "-":
        return sys.stdin.buffer
    try:
        return stack.enter_context(batch.open("rb"))
    except OSError as error:
        raise BadInput(f"{batch} cannot be read: {error.strerror}.") from error


def _chunks(lines: Iterable[bytes], batch: Path) -> Iterator[list[bytes]]:
    """The lines that are not blank, a list at a time."""
    from graph.errors import BadInput

    filled = (line for line in lines if line.strip())
    try:
        while chunk := list(islice(filled, LINES)):
            yield chunk
    except OSError as error:
        raise BadInput(f"{batch} cannot be read: {error.strerror}.") from error


def _refuse_what_is_no_json(lines: list[bytes], batch: Path) -> None:
    """A broken line is answered in its place, but a file without one JSON object is another kind of file."""
    from graph.errors import BadInput

    if not any(_is_object(line) for line in lines):
        raise BadInput(f'{batch} has no JSON object on any line: it has to be one {{"type": "put", ...}} a line.')


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(jsonlib.loads(line), dict)
    except (ValueError, RecursionError):
        return False
