"""One listed option, as a person names it: its terms read, and refused with the nearest there are where it is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from graph.errors import BadInput
from tools.lookup import check_known
from trading.contracts import Market, OptionType

NEAREST = 4
TERMS = ("symbol", "option_type", "strike", "expiry")


@dataclass(frozen=True)
class Contract:
    """The terms of one option; the strike in dollars."""

    symbol: str
    kind: OptionType
    strike: float
    expiry: date


def listed_contract(market: Market, given: Mapping[str, Any]) -> Contract:
    """The contract that is meant, which the market lists.

    `given` holds symbol, option_type (put or call), strike in dollars and expiry as 2026-12-18. Raises BadInput with
    one sentence where something is missing or makes no sense, and with the nearest contracts where this one is none.
    """
    contract = read_contract(given)
    check_known(market, [contract.symbol])
    _check_listed(market, contract)
    return contract


def read_contract(given: Mapping[str, Any]) -> Contract:
    """The same without a look at the market."""
    if missing := [name for name in TERMS if not given.get(name)]:
        raise BadInput(f"A contract needs {' and '.join(missing)}: for instance KO, put, 60 and 2026-12-18.")
    kind, strike, expiry = given["option_type"], given["strike"], given["expiry"]
    if kind not in ("put", "call"):
        raise BadInput(f"option_type is {kind}, and it has to be put or call.")
    if isinstance(strike, bool) or not isinstance(strike, int | float) or not 0 < strike < float("inf"):
        raise BadInput(f"strike is {strike}, and it has to be a number of dollars above 0.")
    try:
        day = expiry if isinstance(expiry, date) else date.fromisoformat(str(expiry))
    except ValueError:
        raise BadInput(f"expiry is {expiry}, and it has to be a date such as 2026-12-18.") from None
    return Contract(str(given["symbol"]).upper(), kind, float(strike), day)


def _check_listed(market: Market, contract: Contract) -> None:
    chain, symbol, kind, strike = market.chain(contract.symbol), contract.symbol, contract.kind, contract.strike
    rows = chain.is_call == (kind == "call")
    days, wanted = chain.expiry.astype("datetime64[D]"), np.datetime64(contract.expiry, "D")
    on_day = rows & (days == wanted)
    if not on_day.any():
        listed = np.unique(days[rows])
        near = _nearest(listed, np.abs((listed - wanted).astype(int)))
        raise BadInput(f"{symbol} has no {kind}s that expire on {contract.expiry}; the nearest are {near}.")
    strikes = np.unique(chain.strike[on_day])
    if not np.isclose(strikes, strike, rtol=0, atol=1e-6).any():
        near = _nearest(strikes, np.abs(strikes - strike))
        raise BadInput(f"{symbol} has no {strike:g} {kind} of {contract.expiry}; the nearest strikes are {near}.")


def _nearest(listed: Any, apart: Any) -> str:
    near = sorted(listed[np.argsort(apart, kind="stable")[:NEAREST]].tolist())
    return ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in near) or "none"
