"""Opens the market a request asks for, and says how old its quotes are."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from checkpoints.database import Database
from graph.errors import BadInput
from trading.contracts import Market

NEW_YORK = ZoneInfo("America/New_York")


def open_market(source: str, database: Callable[[], Database], rate: float) -> Market:
    """The sample market, or the recorded chains; `rate` is the risk-free rate used with recorded quotes."""
    if source == "sample":
        from trading.sample import sample_market

        return sample_market()
    if source == "stored":
        from tools.feeds.stored import StoredMarket

        return StoredMarket(database, rate)
    raise BadInput(f"There are no {source} quotes in this version: use --data sample or --data stored.")


def provenance(source: str, as_of: datetime, now: datetime) -> str:
    """Where numbers come from and from when, for a person: `SAMPLE data, 2026-10-30 16:00 New York`."""
    moment = as_of.astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M New York")
    if source == "sample":
        return f"SAMPLE data, made up, frozen at the close of {moment}"
    return f"{source} quotes of {moment}, {_age(now - as_of)} old"


def _age(age: timedelta) -> str:
    if age.days >= 1:
        return f"{age.days:,} day{'s' if age.days > 1 else ''}"
    return f"{int(age.total_seconds() // 60)} minutes"
