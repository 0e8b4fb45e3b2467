"""Pictures of what was found: a scan, and what a portfolio stands to lose. Each says where its numbers come from."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from tools.feeds.markets import provenance
from trading.book import SHARES
from trading.contracts import Floats
from trading.payoff import payoff_at_expiry
from trading.portfolio import Leg
from trading.score import liquidity

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Json = Mapping[str, Any]
MOVES = np.linspace(-0.30, 0.30, 601)
LEADERS = 5
NAMED = 12
"""Markers that bear their symbol: more names lie upon each other."""
ALONE = 8
"""Companies with a line of their own: more would share a colour."""
SMALLEST, LARGEST = 9, 34
"""Diameters of a marker in pixels."""


def scan_figure(found: Json, now: datetime) -> "Figure":
    """The opportunities of a scan: delta against annualised yield, and what the leading ones pay at expiry.

    A marker is the larger the more liquid its contract is among those listed, by open interest and narrow spread.
    """
    from plotly.subplots import make_subplots

    rows = found["opportunities"]
    titles = (_marks(len(rows)), f"Gain at expiry, one contract of each{_best(len(rows), LEADERS)}")
    figure = make_subplots(rows=1, cols=2, subplot_titles=titles, horizontal_spacing=0.10)
    for trace in _opportunities(rows):
        figure.add_trace(trace, row=1, col=1)
    for trace in _payoffs(rows[:LEADERS]):
        figure.add_trace(trace, row=1, col=2)
    figure.update_xaxes(title_text="delta, absolute", row=1, col=1)
    figure.update_yaxes(title_text="premium at the bid on collateral, a year", tickformat=".0%", row=1, col=1)
    _name_gains(figure, "move of the share price", row=1)
    what = f"{len(rows)} of {found['considered']:,} contracts" if rows else "No contract passed"
    return _framed(figure, what, found, now, height=560)


def _marks(count: int) -> str:
    """What size, colour and name of a marker say."""
    return f"Larger is more liquid, lighter scores higher{_best(count, NAMED, ', names')}"


def _best(count: int, shown: int, what: str = "") -> str:
    return f"{what} of the best {shown}" if count > shown else ""


def risk_figure(found: Json, now: datetime) -> "Figure":
    """A portfolio from the JSON of `magnus risk`: the stress grid, the allocation, and the gain at expiry.

    Positions without a price today are left out of the gain at expiry, and a line says so.
    """
    from plotly.subplots import make_subplots

    positions = [row for row in found["positions"] if row["spot"] is not None]
    gains = _gains_at_expiry(positions)
    some = f", all and the {ALONE} that move most" if len(gains) > ALONE else ""
    titles = ("Gain or loss if prices and volatility move at once", "By symbol, puts assigned", f"Gain at expiry{some}")
    specs = [[{"colspan": 2}, None], [{}, {}]]
    figure = make_subplots(rows=2, cols=2, specs=specs, subplot_titles=titles, vertical_spacing=0.16)
    if found["stress"]:
        figure.add_trace(_heat_map(found["stress"]), row=1, col=1)
    figure.add_trace(_allocation(found["allocation"]["symbols"]), row=2, col=1)
    for trace in _lines(gains):
        figure.add_trace(trace, row=2, col=2)
    figure.update_xaxes(title_text="change of volatility", type="category", row=1, col=1)
    figure.update_yaxes(title_text="move of share prices", type="category", row=1, col=1)
    figure.update_yaxes(title_text="dollars", tickformat="$,.0f", row=2, col=1)
    _name_gains(figure, "move of every share price", row=2)
    figure.update_layout(legend={"y": figure.layout.yaxis3.domain[1], "yanchor": "top"})
    unpriced = len(found["positions"]) - len(positions)
    left_out = f"; {unpriced} without a price left out" if unpriced else ""
    count = f"{len(positions)} position{'' if len(positions) == 1 else 's'}"
    return _framed(figure, f"{count}{left_out}", found, now, height=900)


def _name_gains(figure: "Figure", move: str, row: int) -> None:
    """The axes of a gain at expiry, with a line where it is nothing."""
    figure.update_xaxes(title_text=move, tickformat="+.0%", dtick=0.10, row=row, col=2)
    figure.update_yaxes(title_text="dollars", tickformat="$,.0f", zerolinecolor="gray", row=row, col=2)


def _framed(figure: "Figure", what: str, found: Json, now: datetime, height: int) -> "Figure":
    """The title with the source and the time of the numbers."""
    source = provenance(found["source"], datetime.fromisoformat(found["as_of"]), now)
    figure.update_layout(
        title_text=f"<b>{escape(source)}</b><br>{escape(what)}",
        template="plotly_white",
        height=height,
        margin={"t": 110},
        legend={"title_text": ""},
    )
    return figure.update_annotations(font_size=14)


def _opportunities(rows: Sequence[Json]) -> list[Any]:
    from plotly.graph_objects import Scatter

    if not rows:
        return []
    interest = np.array([row["open_interest"] or np.nan for row in rows], dtype=float)
    spread = np.array([row["spread_pct"] for row in rows], dtype=float)
    sizes = SMALLEST + (LARGEST - SMALLEST) * (liquidity(interest, spread) + 1) / 2
    marker = {
        "size": sizes.tolist(),
        "color": [row["score"] for row in rows],
        "colorscale": "Viridis",
        "showscale": False,
        "opacity": 0.75,
        "line": {"width": 1, "color": "white"},
    }
    return [
        Scatter(
            x=[abs(row["delta"]) for row in rows],
            y=[row["annual_yield"] for row in rows],
            mode="markers+text",
            text=[escape(row["symbol"]) if place < NAMED else "" for place, row in enumerate(rows)],
            textposition="top center",
            hovertext=[_described(row) for row in rows],
            hoverinfo="text",
            marker=marker,
            showlegend=False,
            cliponaxis=False,
        )
    ]


def _described(row: Json) -> str:
    interest = "unknown" if row["open_interest"] is None else f"{row['open_interest']:,}"
    return (
        f"<b>{escape(_named(row))}</b><br>bid {row['bid']:.2f}, {row['annual_yield']:.1%} a year, "
        f"delta {row['delta']:.2f}<br>"
        f"open interest {interest}, spread {row['spread_pct']:.1%}, score {row['score']:.0f}"
    )


def _named(row: Json) -> str:
    return f"{row['symbol']} {row['strike']:g} {row['type']} {row['expiry']}"


def _payoffs(rows: Sequence[Json]) -> list[Any]:
    """Each opportunity alone; a call with the shares it is sold on, at today's price."""
    from plotly.graph_objects import Scatter

    lines = []
    for row in rows:
        sold = Leg(row["symbol"], row["type"], -1, row["bid"], row["strike"], date.fromisoformat(row["expiry"]))
        shares = [Leg(row["symbol"], "shares", 1, row["spot"])] if row["type"] == "call" else []
        gains = payoff_at_expiry([sold, *shares], row["spot"] * (1 + MOVES))
        lines.append(Scatter(x=MOVES.tolist(), y=gains.tolist(), mode="lines", name=escape(_named(row))))
    return lines


def _heat_map(stress: Json) -> Any:
    from plotly.graph_objects import Heatmap

    return Heatmap(
        z=stress["pnl_usd"],
        x=[f"{move:+.0%}" for move in stress["vol_moves"]],
        y=[f"{move:+.0%}" for move in stress["spot_moves"]],
        colorscale="RdYlGn",
        zmid=0,
        texttemplate="%{z:$,.0f}",
        hovertemplate="prices %{y}, volatility %{x}: %{z:$,.0f}<extra></extra>",
        showscale=False,
    )


def _allocation(parts: Sequence[Json]) -> Any:
    from plotly.graph_objects import Bar

    shares = ["" if part["of_account"] is None else f"{part['of_account']:.0%}" for part in parts]
    names = [escape(part["name"]) for part in parts]
    return Bar(
        x=names,
        y=[part["usd"] for part in parts],
        text=shares,
        textposition="auto",
        marker_color="steelblue",
        showlegend=False,
    )


def _gains_at_expiry(positions: Sequence[Json]) -> dict[str, Floats]:
    """What each company gains if every share price moves by the same fraction."""
    gains = {}
    for symbol, group in groupby(sorted(positions, key=lambda row: row["symbol"]), lambda row: row["symbol"]):
        rows = list(group)
        gains[symbol] = payoff_at_expiry([_leg(row) for row in rows], rows[0]["spot"] * (1 + MOVES))
    return gains


def _lines(gains: Mapping[str, Floats]) -> list[Any]:
    """One line a company, where there are many only for those that move most, and the sum of all."""
    from plotly.graph_objects import Scatter

    if not gains:
        return []
    alone = sorted(gains, key=lambda symbol: float(np.ptp(gains[symbol])), reverse=True)[:ALONE]
    lines = [
        Scatter(x=MOVES.tolist(), y=gains[symbol].tolist(), mode="lines", name=escape(symbol))
        for symbol in sorted(alone)
    ]
    together = np.sum(list(gains.values()), axis=0)
    thick = {"width": 4, "color": "black"}
    whole = Scatter(x=MOVES.tolist(), y=together.tolist(), mode="lines", name="all", line=thick)
    return [*lines, whole]


def _leg(row: Json) -> Leg:
    is_shares = row["type"] == "shares"
    expiry = date.fromisoformat(row["expiry"]) if row["expiry"] else None
    lots = row["quantity"] // SHARES if is_shares else row["quantity"]
    return Leg(row["symbol"], row["type"], lots, row["entry"], row["strike"], expiry)
