"""What the holdings would lose: every leg priced anew at moved share prices and volatilities."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from trading.contracts import Floats
from trading.portfolio import Holding
from trading.valuation import value

SPOT_MOVES = (-0.30, -0.20, -0.10, -0.05, 0.0, 0.05, 0.10, 0.20, 0.30)
VOL_MOVES = (-0.30, -0.15, 0.0, 0.15, 0.30, 0.50)
"""As fractions of the share price and of the volatility itself: +0.50 makes a volatility of 0.20 one of 0.30."""


Moves = tuple[float, ...]


def profit(holdings: Sequence[Holding], spot_moves: Floats, vol_moves: Floats) -> Floats:
    """Dollars each leg gains at once, one row a leg and one column a scenario; moves are fractions, broadcast to that.

    Against the model's own value today, so that a scenario without a move gains exactly nothing. A leg that has not
    been valued makes its row NaN.
    """
    scenarios = np.broadcast_shapes((len(holdings), 1), spot_moves.shape, vol_moves.shape)
    gains = np.empty(scenarios)
    spots, vols = (np.broadcast_to(moves, scenarios).tolist() for moves in (spot_moves, vol_moves))
    for row, holding, spot, vol in zip(gains, holdings, spots, vols, strict=True):
        is_share = holding.leg.kind == "shares"
        gain = holding.spot * np.array(spot) if is_share else _gains(holding.terms, tuple(spot), tuple(vol))
        row[:] = holding.leg.units * gain
    return gains


def grid(
    holdings: Sequence[Holding], spot_moves: Sequence[float] = SPOT_MOVES, vol_moves: Sequence[float] = VOL_MOVES
) -> Floats:
    """Dollars the holdings gain together: a row for each move of the share prices, a column for each of volatility."""
    spots, vols = (moves.reshape(1, -1) for moves in np.meshgrid(spot_moves, vol_moves, indexing="ij"))
    return np.asarray(profit(holdings, spots, vols).sum(axis=0).reshape(len(spot_moves), len(vol_moves)))


def worst_loss_usd(holdings: Sequence[Holding]) -> float:
    """The loss in the worst cell of the grid, 0 where none loses; NaN where a leg cannot be valued."""
    return float(np.maximum(0.0, -grid(holdings).min())) if holdings else 0.0


def stress_report(holdings: Sequence[Holding]) -> dict[str, Any]:
    """The grid with its moves as fractions and its worst cell, in dollars; plain values."""
    gains = grid(holdings)
    row, column = np.unravel_index(int(gains.argmin()), gains.shape)
    worst = {"spot_move": SPOT_MOVES[row], "vol_move": VOL_MOVES[column], "pnl_usd": round(float(gains.min()), 2)}
    return {
        "spot_moves": list(SPOT_MOVES),
        "vol_moves": list(VOL_MOVES),
        "pnl_usd": np.round(gains, 2).tolist(),
        "worst": worst,
    }


def scenario(holdings: Sequence[Holding], spot_move: float, vol_move: float) -> dict[str, Any]:
    """What one move of every share price and every volatility does, leg by leg in dollars."""
    gains = profit(holdings, np.array([[spot_move]]), np.array([[vol_move]]))[:, 0]
    legs = [
        {"position": holding.leg.name, "pnl_usd": round(gain, 2)}
        for holding, gain in zip(holdings, gains.tolist(), strict=True)
    ]
    return {
        "spot_move": spot_move,
        "vol_move": vol_move,
        "pnl_usd": round(float(gains.sum()), 2),
        "positions": sorted(legs, key=lambda leg: leg["pnl_usd"]),
    }


@lru_cache(maxsize=1024)
def _gains(terms: tuple[bool, float, float, float, float, float, float], spot_moves: Moves, vol_moves: Moves) -> Floats:
    """Dollars a share that an option gains; kept, because sizing a trade asks again and again what is held already."""
    is_call, spot, strike, years, rate, carry, vol = terms
    spots, vols = spot * (1 + np.array((*spot_moves, 0.0))), vol * (1 + np.array((*vol_moves, 0.0)))
    worth = value(is_call, spots, strike, years, rate, carry, vols)
    return np.asarray(worth[:-1] - worth[-1])
