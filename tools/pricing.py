"""Option contracts as JSON lines in, their figures as plain values out: what `magnus price` prints."""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trading.contracts import Floats
from trading.implied import NoAnswer, implied_volatility
from trading.pricing import Greeks, greeks, price

Json = dict[str, Any]
FIGURES = ("price", "iv", "delta", "gamma", "theta", "vega", "rho")
KINDS, STYLES = ("put", "call"), ("european", "american")
NOT_NEGATIVE = ("spot", "strike", "years", "volatility")

SENTENCES = {
    NoAnswer.BAD_INPUT: "spot and strike have to be positive for a price to imply a volatility.",
    NoAnswer.EXPIRED: "no time is left, so a price implies no volatility.",
    NoAnswer.NO_PRICE: "the price is 0, and an option that nobody bids for implies no volatility.",
    NoAnswer.BELOW_INTRINSIC: "the price is at or below what the option is worth without volatility.",
    NoAnswer.ABOVE_MAXIMUM: "the price is at or above the most the option can ever be worth.",
    NoAnswer.OUT_OF_RANGE: "spot and strike are too far apart for the price to say anything.",
}
NO_GREEKS = "NO_GREEKS: at this point the price has a kink, so it has no slope."


class Contract(NamedTuple):
    """One option; exactly one of `volatility` (a fraction a year) and `price` (dollars a share) is not NaN."""

    is_call: bool
    is_american: bool
    spot: float
    strike: float
    years: float
    rate: float
    dividend_yield: float
    volatility: float
    price: float


class Maths(NamedTuple):
    """The three functions of a style of exercise."""

    price: Callable[..., Floats]
    implied: Callable[..., tuple[Floats, NDArray[np.int8]]]
    greeks: Callable[..., Greeks]


def read_contract(line: str | bytes) -> Contract | str:
    """The contract of one line of JSON, or a sentence that says what is wrong with it."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return "This line is no JSON."
    if not isinstance(fields, dict):
        return "This line is no JSON object."
    return check_contract(fields)


def check_contract(fields: Json) -> Contract | str:
    """The contract with these fields, or a sentence; null is a field that is not there, and an absent yield is 0."""
    given = {name: value for name, value in fields.items() if value is not None}
    if given.get("type") not in KINDS:
        return _choice("type", given, KINDS)
    if given.get("style") not in STYLES:
        return _choice("style", given, STYLES)
    if ("volatility" in given) == ("price" in given):
        return "Either volatility or price has to be given, and not both."
    try:
        numbers = [_number(name, given) for name in Contract._fields[2:]]
    except ValueError as error:
        return str(error)
    return Contract(given["type"] == "call", given["style"] == "american", *numbers)


def price_contracts(contracts: Sequence[Contract | str]) -> list[Json]:
    """One object a contract, in order: "price", "iv", "delta", "gamma", "theta", "vega", "rho", "error".

    Dollars a share; theta per calendar day, vega and rho per percentage point. A sentence instead of a contract, and
    a contract without an answer, get nulls and a reason under "error". European ones are computed all at once.
    """
    answers: list[Json] = [_nothing(line) if isinstance(line, str) else {} for line in contracts]
    for american in (False, True):
        places = [n for n, one in enumerate(contracts) if isinstance(one, Contract) and one.is_american is american]
        for place, answer in zip(places, _priced([contracts[n] for n in places], american), strict=True):
            answers[place] = answer
    return answers


def _choice(name: str, given: Json, choices: tuple[str, ...]) -> str:
    said = f"{name} is {json.dumps(given[name])}" if name in given else f"{name} is missing"
    return f"{said}, and it has to be {' or '.join(choices)}."


def _number(name: str, given: Json) -> float:
    value = given.get(name)
    if value is None and name in ("volatility", "price"):
        return math.nan
    if value is None and name == "dividend_yield":
        return 0.0
    if value is None:
        raise ValueError(f"{name} is missing.")
    if type(value) not in (int, float) or not abs(value) < math.inf or abs(value) > 1e300:
        raise ValueError(f"{name} is {json.dumps(value)[:40]}, and it has to be a finite number.")
    if value < 0 and name in NOT_NEGATIVE:
        raise ValueError(f"{name} is {value:g}, and it cannot be negative.")
    return float(value)


def _nothing(reason: str) -> Json:
    return {**dict.fromkeys(FIGURES), "error": reason}


def _priced(contracts: Sequence[Any], american: bool) -> Iterable[Json]:
    if not contracts:
        return []
    columns = np.array(contracts, float).T
    contract, vols, values = [columns[0], *columns[2:7]], columns[7], columns[8]
    asks_price = np.isnan(values)
    reasons = np.zeros(len(contracts), np.int8)
    maths = _american() if american else Maths(price, implied_volatility, greeks)
    vols[~asks_price], reasons[~asks_price] = maths.implied(
        contract[0][~asks_price], values[~asks_price], *(column[~asks_price] for column in contract[1:])
    )
    values[asks_price] = maths.price(*(column[asks_price] for column in (*contract, vols)))
    return _answers(np.array([values, vols, *astuple(maths.greeks(*contract, vols))]), reasons.tolist())


def _american() -> Maths:
    from trading.american import american_greeks, american_price
    from trading.american_implied import american_implied_volatility

    return Maths(american_price, american_implied_volatility, american_greeks)


def _answers(figures: Floats, reasons: list[int]) -> Iterable[Json]:
    complete = np.all(np.isfinite(figures), axis=0).tolist()
    for number, row in enumerate(figures.T.tolist()):
        if reasons[number]:
            code = NoAnswer(reasons[number])
            yield _nothing(f"{code.name}: {SENTENCES[code]}")
        elif complete[number]:
            yield {**dict(zip(FIGURES, row, strict=True)), "error": None}
        else:
            yield _incomplete(row)


def _incomplete(row: list[float]) -> Json:
    """A price without Greeks; without a price, nothing."""
    if not math.isfinite(row[0]):
        return _nothing("OUT_OF_RANGE: the numbers are too large or too small for a price.")
    shown = {name: value if math.isfinite(value) else None for name, value in zip(FIGURES, row, strict=True)}
    return {**shown, "error": NO_GREEKS}
