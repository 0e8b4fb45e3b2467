"""The roll desk as an ability: a contract in words and numbers in, its rolls and its assignment side by side out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graph.errors import BadInput
from tools.listed import Contract, listed_contract
from trading.contracts import Market
from trading.portfolio import Leg
from trading.roll_desk import Sold
from trading.rolls import rolls

Json = dict[str, Any]


def roll_choices(
    market: Market,
    contract: Mapping[str, Any],
    *,
    contracts: int | None = None,
    premium: float | None = None,
    basis: float | None = None,
    held: tuple[Leg, ...] = (),
    below_cost: bool = False,
) -> Json:
    """What can be done with an option that was sold: roll it out, down or up, or take the assignment. Trades nothing.

    `contract` holds symbol, option_type (put or call), strike in dollars and expiry as 2026-12-18. `premium` is what
    it was sold for and `basis` what a share under a call cost, dollars a share; what is not given is taken from the
    `held` positions. Comes back: "position" today, "choices" (each with its "net_credit" a share, bought back at the
    ask and sold at the bid, "break_even", "extra_days", and incremental "annual_yield" as a fraction), "missing",
    "warnings". Raises BadInput with one sentence where the contract is not listed.
    """
    for name, value in (("premium", premium), ("basis", basis)):
        if value is not None and not 0 <= value < float("inf"):
            raise BadInput(f"{name} is {value:g}, and it has to be dollars a share that are not below 0.")
    if contracts is not None and contracts < 1:
        raise BadInput(f"contracts is {contracts}, and a position has at least one.")
    known = _known_of(listed_contract(market, contract), held)
    sold = replace(
        known,
        contracts=contracts or known.contracts,
        premium=known.premium if premium is None else premium,
        basis=known.basis if basis is None else basis,
    )
    try:
        return rolls(market, sold, below_cost=below_cost)
    except ValueError as error:
        raise BadInput(str(error)) from error


def _known_of(contract: Contract, held: tuple[Leg, ...]) -> Sold:
    """The contract with what the positions say about it."""
    sold = Sold(contract.symbol, contract.kind, contract.strike, contract.expiry)
    terms = (sold.symbol, sold.kind, sold.strike, sold.expiry)
    legs = [leg for leg in held if (leg.symbol, leg.kind, leg.strike, leg.expiry) == terms]
    if legs:
        sold = replace(sold, contracts=-legs[0].quantity, premium=legs[0].price)
    shares = [leg.price for leg in held if (leg.symbol, leg.kind) == (sold.symbol, "shares")]
    return replace(sold, basis=max(shares) if sold.kind == "call" and shares else None)
