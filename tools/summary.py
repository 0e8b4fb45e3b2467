"""A response in a few plain lines, for the conversation and for Studio."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from tools.changes import tell_changes
from tools.desk_text import tell_cycle, tell_rolls
from tools.feeds.markets import provenance
from tools.health_text import tell_health, tell_tasks
from tools.work_text import tell_stop, tell_work

Json = dict[str, Any]
SHOWN = 5


def summarise(response: Json) -> str:
    """What a person reads in the thread; the numbers are those of the response."""
    result = response["result"]
    lines = [*response["errors"]]
    if kind := next((kind for kind in KINDS if kind in result), None):
        head, *rest = KINDS[kind](result)
        now = datetime.fromisoformat(response["timestamp"])
        lines += [f"{head} ({provenance(result['source'], datetime.fromisoformat(result['as_of']), now)}).", *rest]
    elif tell := next((tell for kind, tell in OF_THE_SYSTEM.items() if kind in result), None):
        lines += tell(result)
    lines += [f"Warning: {warning}" for warning in response["warnings"]]
    return "\n".join(lines)


def _opportunities(result: Json) -> Iterator[str]:
    found = result["opportunities"]
    yield f"{len(found)} of {result['considered']:,} contracts passed"
    for row in found[:SHOWN]:
        yield (
            f"{row['symbol']} {row['expiry']} {row['strike']:g} {row['type']}: bid {row['bid']:.2f}, "
            f"{row['annual_yield']:.1%} a year on ${row['capital']:,.0f}, delta {row['delta']:.2f}"
        )
    yield from _more(found)


def _quotes(result: Json) -> Iterator[str]:
    yield "Quotes"
    for row in result["quotes"]:
        yield (
            f"{row['symbol']} {_of(row['spot'], ',.2f')}, {_of(row['change'], '+.2%')} on the day, "
            f"IV {_of(row['iv'], '.1%')}, rank {_of(row['iv_rank'], '.0f')} of {row['iv_days']} days, "
            f"earnings {row['earnings'] or 'unknown'}"
        )


def _chain(result: Json) -> Iterator[str]:
    rows = result["chain"]
    yield f"{result['symbol']} {result['expiry']}: {len(rows)} contracts, share price {_of(result['spot'], ',.2f')}"
    near = sorted(rows, key=lambda row: abs(row["strike"] - (result["spot"] or row["strike"])))[:SHOWN]
    for row in near:
        yield (
            f"{row['strike']:g} {row['type']}: bid {_of(row['bid'], '.2f')}, ask {_of(row['ask'], '.2f')}, "
            f"IV {_of(row['iv'], '.1%')}, delta {_of(row['delta'], '.2f')}"
        )


def _iv_ranks(result: Json) -> Iterator[str]:
    yield "Implied volatility beside its last year"
    for row in result["iv_ranks"]:
        yield (
            f"{row['symbol']} IV {_of(row['iv'], '.1%')}, rank {_of(row['rank'], '.0f')}, percentile "
            f"{_of(row['percentile'], '.0f')} of {row['days']} days"
        )


def _history(result: Json) -> Iterator[str]:
    yield f"The last {result['days']} trading days"
    for row in result["history"]:
        yield (
            f"{row['symbol']} {_of(row['change'], '+.1%')}, from {_of(row['low'], ',.2f')} to "
            f"{_of(row['high'], ',.2f')}, realised volatility {_of(row['realised_vol'], '.1%')}"
        )


def _events(result: Json) -> Iterator[str]:
    yield "Dates"
    for row in result["events"]:
        yield (
            f"{row['symbol']}: next earnings {row['earnings'] or 'unknown'}, "
            f"next ex-dividend {row['ex_dividend'] or 'unknown'}"
        )


def _stocks(result: Json) -> Iterator[str]:
    found = result["stocks"]
    yield f"{len(found)} of {result['considered']:,} stocks passed"
    for row in found[:SHOWN]:
        yield f"{row['symbol']} {_of(row['spot'], ',.2f')}, IV rank {_of(row['iv_rank'], '.0f')}"
    yield from _more(found)


def _size(result: Json) -> Iterator[str]:
    yield f"{result['contracts']} contracts of {_contract(result['trade'])} fit"
    yield from (f"The next one is stopped by {sentence}" for sentence in result["stopped_by"])


def _trade(result: Json) -> Iterator[str]:
    trade = result["trade"]
    said = "within every limit" if result["valid"] else "not within the limits"
    yield f"Selling {trade['contracts']} {_contract(trade)}: {said}"
    yield from (row["sentence"] for row in result["violations"])


def _portfolio(result: Json) -> Iterator[str]:
    broken = [row for row in result["verdicts"] if not row["holds"]]
    kept = f"{len(broken)} of {len(result['verdicts'])} limits broken" if broken else "every limit kept"
    yield f"Account ${result['account_usd']:,.0f}, {len(result['positions'])} positions, {kept}"
    if scenario := result.get("scenario"):
        yield (
            f"Shares {scenario['spot_move']:+.0%}, volatility {scenario['vol_move']:+.0%}: "
            f"{scenario['pnl_usd']:+,.0f} dollars"
        )
    for row in broken[:SHOWN]:
        about = f" of {row['about']}" if row["about"] else ""
        yield f"{row['rule']}{about}: {_of(row['figure'], ',.6g')}"


def _contract(trade: Json) -> str:
    return f"{trade['symbol']} {trade['expiry']} {trade['strike']:g} {trade['type']}"


def _more(found: list[Json]) -> list[str]:
    return [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []


def _of(value: float | None, form: str) -> str:
    return "unknown" if value is None else format(value, form)


KINDS: dict[str, Callable[[Json], Iterator[str]]] = {
    "opportunities": _opportunities,
    "quotes": _quotes,
    "chain": _chain,
    "iv_ranks": _iv_ranks,
    "history": _history,
    "events": _events,
    "stocks": _stocks,
    "stopped_by": _size,
    "trade": _trade,
    "position": tell_rolls,
    "wheel": tell_cycle,
    "positions": _portfolio,
}
"""A result is told by the first of these that it holds."""

OF_THE_SYSTEM: dict[str, Callable[[Json], Iterator[str]]] = {
    "parts": tell_health,
    "tasks": tell_tasks,
    "deliveries": tell_changes,
    "stopped": tell_stop,
    "changes": tell_work,
}
"""The same for what is no market data, and says its time itself."""
