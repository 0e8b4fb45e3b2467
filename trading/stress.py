"""What the holdings would lose: every leg priced anew at moved share prices and volatilities."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trading.contracts import Floats
from trading.portfolio import Holding
from trading.valuation import value

SPOT_MOVES = (-0.30, -0.20, -0.10, -0.05, 0.0, 0.05, 0.10, 0.20, 0.30)
VOL_MOVES = (-0.30, -0.15, 0.0, 0.15, 0.30, 0.50)
"""As fractions of the share price and of the volatility itself: +0.50 makes a volatility of 0.20 one of 0.30."""
ANY_VOL = 1.0


@dataclass(frozen=True)
class Columns:
    """The holdings as arrays, one row a leg; `units` are shares, signed."""

    is_share: NDArray[np.bool_]
    is_call: NDArray[np.bool_]
    spot: Floats
    strike: Floats
    years: Floats
    rate: Floats
    carry: Floats
    vol: Floats
    units: Floats


def columns(holdings: Sequence[Holding]) -> Columns:
    """Legs that have been valued; one that has not makes what it touches NaN."""
    kinds = [holding.leg.kind for holding in holdings]
    return Columns(
        is_share=np.array([kind == "shares" for kind in kinds], dtype=bool),
        is_call=np.array([kind == "call" for kind in kinds], dtype=bool),
        spot=np.array([holding.spot for holding in holdings], dtype=float),
        strike=np.array([holding.leg.strike or 0.0 for holding in holdings], dtype=float),
        years=np.array([holding.years for holding in holdings], dtype=float),
        rate=np.array([holding.rate for holding in holdings], dtype=float),
        carry=np.array([holding.carry for holding in holdings], dtype=float),
        vol=np.array([holding.vol for holding in holdings], dtype=float),
        units=np.array([holding.leg.units for holding in holdings], dtype=float),
    )


def profit(holdings: Sequence[Holding], spot_moves: Floats, vol_moves: Floats) -> Floats:
    """Dollars each leg gains at once, one row a leg and one column a scenario; moves are fractions, broadcast to that.

    Against the model's own value today, so that a scenario without a move gains exactly nothing.
    """
    legs = columns(holdings)
    scenarios = np.broadcast_shapes((len(holdings), 1), spot_moves.shape, vol_moves.shape)
    moved = _worth(legs, np.broadcast_to(spot_moves, scenarios), np.broadcast_to(vol_moves, scenarios))
    still = np.zeros((len(holdings), 1))
    return np.asarray(moved - _worth(legs, still, still))


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


def _worth(legs: Columns, spot_moves: Floats, vol_moves: Floats) -> Floats:
    def down(column: NDArray[Any]) -> NDArray[Any]:
        return column[:, np.newaxis]

    spot = down(legs.spot) * (1 + spot_moves)
    vol = np.where(down(legs.is_share), ANY_VOL, down(legs.vol) * (1 + vol_moves))
    options = value(
        down(legs.is_call), spot, down(legs.strike), down(legs.years), down(legs.rate), down(legs.carry), vol
    )
    return np.asarray(down(legs.units) * np.where(down(legs.is_share), spot, options))
