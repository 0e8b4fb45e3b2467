"""The roll desk as an ability: a contract in words and numbers in, its rolls and its assignment side by side out."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from graph.errors import BadInput
from tools.lookup import check_known
from trading.contracts import Market, OptionType
from trading.portfolio import Leg
from trading.roll_desk import Sold
from trading.rolls import rolls

Json = dict[str, Any]
NEAREST = 4


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
    sold = _known_of(read_contract(contract), held)
    sold = Sold(
        sold.symbol,
        sold.kind,
        sold.strike,
        sold.expiry,
        contracts or sold.contracts,
        sold.premium if premium is None else premium,
        sold.basis if basis is None else basis,
    )
    check_known(market, [sold.symbol])
    check_listed(market, sold)
    try:
        return rolls(market, sold, below_cost=below_cost)
    except ValueError as error:
        raise BadInput(str(error)) from error


def read_contract(contract: Mapping[str, Any]) -> Sold:
    """The contract that is meant; raises BadInput with one sentence where something is missing or makes no sense."""
    if missing := [name for name in ("symbol", "option_type", "strike", "expiry") if not contract.get(name)]:
        raise BadInput(f"A contract needs {' and '.join(missing)}: for instance KO, put, 60 and 2026-12-18.")
    kind, strike, expiry = contract["option_type"], contract["strike"], contract["expiry"]
    if kind not in ("put", "call"):
        raise BadInput(f"option_type is {kind}, and it has to be put or call.")
    if isinstance(strike, bool) or not isinstance(strike, int | float) or not 0 < strike < float("inf"):
        raise BadInput(f"strike is {strike}, and it has to be a number of dollars above 0.")
    try:
        day = expiry if isinstance(expiry, date) else date.fromisoformat(str(expiry))
    except ValueError:
        raise BadInput(f"expiry is {expiry}, and it has to be a date such as 2026-12-18.") from None
    option_type: OptionType = kind
    return Sold(str(contract["symbol"]).upper(), option_type, float(strike), day)


def _known_of(sold: Sold, held: tuple[Leg, ...]) -> Sold:
    """The same with what the positions say about it."""
    same = (sold.symbol, sold.kind, sold.strike, sold.expiry)
    legs = [leg for leg in held if (leg.symbol, leg.kind, leg.strike, leg.expiry) == same]
    shares = [leg.price for leg in held if (leg.symbol, leg.kind) == (sold.symbol, "shares")]
    basis = max(shares) if sold.kind == "call" and shares else None
    contracts = -legs[0].quantity if legs else 1
    premium = legs[0].price if legs else None
    return Sold(sold.symbol, sold.kind, sold.strike, sold.expiry, contracts, premium, basis)


def check_listed(market: Market, sold: Sold) -> None:
    """Raises BadInput with the nearest contracts where the market does not list this one."""
    chain = market.chain(sold.symbol)
    rows = chain.is_call == (sold.kind == "call")
    days = chain.expiry.astype("datetime64[D]")
    wanted = np.datetime64(sold.expiry, "D")
    on_day = rows & (days == wanted)
    if not on_day.any():
        near = _nearest(np.unique(days[rows]), np.abs((np.unique(days[rows]) - wanted).astype(int)))
        raise BadInput(f"{sold.symbol} has no {sold.kind}s that expire on {sold.expiry}; the nearest are {near}.")
    strikes = np.unique(chain.strike[on_day])
    if not np.isclose(strikes, sold.strike, rtol=0, atol=1e-6).any():
        near = _nearest(strikes, np.abs(strikes - sold.strike))
        raise BadInput(
            f"{sold.symbol} has no {sold.strike:g} {sold.kind} of {sold.expiry}; the nearest strikes are {near}."
        )


def _nearest(listed: Any, apart: Any) -> str:
    near = sorted(listed[np.argsort(apart, kind="stable")[:NEAREST]].tolist())
    return ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in near) or "none"
