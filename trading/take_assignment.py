"""What being assigned on a sold option makes of it, to stand beside its rolls."""

from typing import Any

import numpy as np

from trading.roll_desk import DAYS_A_YEAR, SHARES, RollDesk, Sold, break_even_after

Json = dict[str, Any]
SAME = 1e-6
A_MONTH = 30
NO_CONTRACT = ("bid", "buy_back", "capital", "iv", "delta", "prob_otm", "early_assignment")
"""What a roll has and an assignment, which sells no contract, has not."""


def take_assignment(desk: RollDesk) -> Json:
    """What being assigned at the strike makes of it, and the other option that could be sold then."""
    sold, spot = desk.sold, desk.underlying.spot
    shares = (-SHARES if desk.is_call else SHARES) * sold.contracts
    even = break_even_after(sold, sold.strike, 0.0)
    return {
        "choice": "assignment",
        "strike": sold.strike,
        "expiry": sold.expiry.isoformat(),
        "dte": (sold.expiry - desk.underlying.today).days,
        "extra_days": 0,
        **dict.fromkeys(NO_CONTRACT),
        "net_credit": 0.0,
        "net_credit_usd": 0.0,
        "break_even": even,
        "annual_yield": None,
        "shares": shares,
        "cash_usd": round(-shares * sold.strike, 2),
        "gain_at_spot_usd": _gain(sold, even, spot),
        "then": _then(desk),
    }


def _gain(sold: Sold, even: float | None, spot: float) -> float | None:
    """A put: what the shares are worth now over what they would cost. A call: what they fetch over what they cost."""
    cost = even if sold.kind == "put" else sold.basis
    fetched = spot if sold.kind == "put" else even
    return None if cost is None or fetched is None else round(SHARES * sold.contracts * (fetched - cost), 2)


def _then(desk: RollDesk) -> Json | None:
    """After a put the nearest call at or above its strike, after a call the nearest put at or below it.

    Quoted today, about a month from expiry, because nobody knows what it will pay on the day of the assignment. Its
    yield is that of its time value: what is intrinsic today will not be once the old option can be assigned.
    """
    chain, sold = desk.underlying.chain, desk.sold
    dte = (chain.expiry.astype("datetime64[D]") - np.datetime64(desk.underlying.today, "D")).astype(int)
    apart = (chain.strike - sold.strike) * (-1 if desk.is_call else 1)
    rows = np.flatnonzero((chain.is_call != desk.is_call) & (dte > 0) & (apart > -SAME) & (chain.bid > 0))
    if not len(rows):
        return None
    row = min(rows.tolist(), key=lambda row: (abs(int(dte[row]) - A_MONTH), float(apart[row])))
    strike, bid = float(chain.strike[row]), float(chain.bid[row])
    secured = strike if desk.is_call else sold.strike
    intrinsic = (strike - desk.underlying.spot) * (1 if desk.is_call else -1)
    time_value = max(bid - max(intrinsic, 0.0), 0.0)
    return {
        "type": "put" if desk.is_call else "call",
        "strike": strike,
        "expiry": str(chain.expiry[row].astype("datetime64[D]")),
        "dte": int(dte[row]),
        "bid": bid,
        "time_value": round(time_value, 4),
        "annual_yield": time_value / secured * DAYS_A_YEAR / int(dte[row]),
    }
