"""A response in a few plain lines, for the conversation and for Studio."""

from datetime import datetime
from typing import Any

from tools.feeds.markets import provenance

SHOWN = 5


def summarise(response: dict[str, Any]) -> str:
    """What a person reads in the thread; the numbers are those of the response."""
    result = response["result"]
    lines = [*response["errors"]]
    if "opportunities" in result:
        lines += _opportunities(result, datetime.fromisoformat(response["timestamp"]))
    lines += [f"Warning: {warning}" for warning in response["warnings"]]
    return "\n".join(lines)


def _opportunities(result: dict[str, Any], now: datetime) -> list[str]:
    found = result["opportunities"]
    head = f"{len(found)} of {result['considered']:,} contracts passed"
    source = provenance(result["source"], datetime.fromisoformat(result["as_of"]), now)
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return [f"{head} ({source}).", *(_line(opportunity) for opportunity in found[:SHOWN]), *more]


def _line(found: dict[str, Any]) -> str:
    return (
        f"{found['symbol']} {found['expiry']} {found['strike']:g} {found['type']}: bid {found['bid']:.2f}, "
        f"{found['annual_yield']:.1%} a year on ${found['capital']:,.0f}, delta {found['delta']:.2f}"
    )
