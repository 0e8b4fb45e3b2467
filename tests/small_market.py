"""A market of a few hand-made contracts, and recorded ones read from beside the checkout."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from trading.contracts import Chain, Stock
from trading.criteria import Criteria
from trading.risk import RiskLimits
from trading.wheel import scan

DATA = Path(__file__).parents[1].parent / "shared" / "data"
NOON = datetime(2026, 11, 2, 17, 0, tzinfo=UTC)
TODAY = date(2026, 11, 2)
SOON = date(2026, 11, 10)
NAN = float("nan")
RICH = RiskLimits(account_usd=1e9)


@dataclass(frozen=True)
class Row:
    """One contract; by default a put 30 days out that everybody trades."""

    strike: float = 95.0
    bid: float = 1.30
    ask: float = 1.36
    days: int = 30
    is_call: bool = False
    open_interest: float = 1000.0
    volume: float = 500.0
    last: float = NAN


FAIR_PUT = Row(95.0, 1.26, 1.3635437865522186)
"""Its mid of 1.3117719 is the value at 30 % volatility: spot 100, 30 days of 365, rate 5 %, no dividend."""


def chain_of(symbol: str, rows: Sequence[Row], spot: float = 100.0, as_of: datetime = NOON) -> Chain:
    """The rows as a chain; days count from TODAY."""
    column = {name: np.array([getattr(row, name) for row in rows]) for name in Row.__dataclass_fields__}
    expiry = np.array([TODAY + timedelta(days=row.days) for row in rows], dtype="datetime64[D]")
    names = ("is_call", "strike", "bid", "ask", "last", "volume", "open_interest")
    return Chain(symbol=symbol, as_of=as_of, spot=spot, expiry=expiry, **{name: column[name] for name in names})


@dataclass
class SmallMarket:
    """Satisfies Market; `add` puts a stock and its rows in."""

    source: Literal["sample", "stored", "live"] = "sample"
    as_of: datetime = NOON
    rate: float = 0.05
    stocks: dict[str, Stock] = field(default_factory=dict)
    chains: dict[str, Chain] = field(default_factory=dict)

    def add(self, symbol: str, *rows: Row, spot: float = 100.0, as_of: datetime = NOON, **about: Any) -> "SmallMarket":
        self.stocks[symbol] = Stock(symbol, f"{symbol} Inc.", spot, **about)
        self.chains[symbol] = chain_of(symbol, rows, spot, as_of)
        return self

    def symbols(self) -> Sequence[str]:
        return list(self.stocks)

    def stock(self, symbol: str) -> Stock:
        return self.stocks[symbol]

    def chain(self, symbol: str) -> Chain:
        return self.chains[symbol]

    def with_chain(self, symbol: str, **columns: Any) -> "SmallMarket":
        """The same market with some columns of one chain exchanged."""
        chains = self.chains | {symbol: replace(self.chains[symbol], **columns)}
        return replace(self, chains=chains)


def found(market: SmallMarket, limits: RiskLimits = RICH, **slots: Any) -> list[dict[str, Any]]:
    """What a scan lists."""
    return scan(market, Criteria.from_slots(slots), limits)["opportunities"]


def counts_hold(result: dict[str, Any]) -> bool:
    """Whether every contract is listed or rejected, and none twice."""
    return result["considered"] == sum(result["rejected"].values()) + len(result["opportunities"])


def amzn_of_2023() -> SmallMarket:
    """The recorded AMZN chain, five minutes after an open; the share price is what its parity gives."""
    file = DATA / "chains" / "options_chain_AMZN_20231109.csv"
    if not file.exists():
        pytest.skip("the recorded AMZN chain is not beside this checkout")
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    numbers = {
        name: np.array([float(row[name] or "nan") for row in rows])
        for name in ("strike", "bid", "ask", "volume", "open_interest")
    }
    as_of = datetime(2023, 11, 9, 14, 35, tzinfo=UTC)
    chain = Chain(
        symbol="AMZN",
        as_of=as_of,
        spot=142.2,
        is_call=np.array([row["option_type"] == "CALLS" for row in rows]),
        expiry=np.array([row["expire_date"] for row in rows], dtype="datetime64[D]"),
        last=np.array([float(row["last_price"] or "nan") for row in rows]),
        **numbers,
    )
    stock = Stock("AMZN", "Amazon.com", 142.2, "Consumer Discretionary", earnings=date(2024, 2, 1))
    return SmallMarket("stored", as_of, 0.053, {"AMZN": stock}, {"AMZN": chain})


def before_the_open_of_2025() -> SmallMarket:
    """The thirteen recorded Yahoo bodies of a morning without live quotes; a bid of 0 is a missing one."""
    folder = DATA / "yahoo_options_2025"
    if not folder.exists():
        pytest.skip("the recorded Yahoo bodies are not beside this checkout")
    market = SmallMarket("stored", datetime(2025, 2, 24, 9, 24, tzinfo=UTC), 0.043)
    for file in sorted(folder.glob("*.json")):
        body = json.loads(file.read_text(encoding="utf-8"))["optionChain"]["result"][0]
        symbol, spot = body["underlyingSymbol"], float(body["quote"]["regularMarketPrice"])
        market.stocks[symbol] = Stock(symbol, symbol, spot)
        market.chains[symbol] = _yahoo_chain(symbol, spot, market.as_of, body["options"])
    return market


def _yahoo_chain(symbol: str, spot: float, as_of: datetime, pages: Iterable[dict[str, Any]]) -> Chain:
    rows = [(kind == "calls", row) for page in pages for kind in ("calls", "puts") for row in page[kind]]

    def column(name: str) -> Any:
        return np.array([row.get(name) or NAN for _, row in rows], dtype=float)

    return Chain(
        symbol=symbol,
        as_of=as_of,
        spot=spot,
        is_call=np.array([is_call for is_call, _ in rows]),
        strike=column("strike"),
        expiry=np.array([row["expiration"] for _, row in rows], dtype="datetime64[s]").astype("datetime64[D]"),
        bid=column("bid"),
        ask=column("ask"),
        last=column("lastPrice"),
        volume=column("volume"),
        open_interest=column("openInterest"),
    )
