"""Reads a recorded option chain from a file: what it says, what of it makes no sense, and what the share cost."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import BadInput
from tools.feeds.columns import WELCOME, Row, read_rows
from tools.feeds.files import read_text
from tools.feeds.leftovers import impossible_at_spot, off_parity, outdated
from tools.feeds.rows import Contract, Listing, Nonsense, read_contract, read_listing
from tools.feeds.spot import FIGURES, SpotFrom, Times, choose_spot, take
from tools.feeds.yahoo import NEW_YORK, Quote, quoted_spot, read_body, stock_from
from trading.contracts import Chain, Stock

LAST_CLOSE = time(16, 15)
"""When options on funds stop trading on the day they expire, in New York; those on shares stop at 16:00."""

FIRST_YEAR = 2000
"""Contract symbols have two digits for the year, and have had them since 2010."""

RATE = 0.04


@dataclass(frozen=True)
class Recording:
    """A chain that was read, and what became of its rows: `dropped` counts those that make no sense, by reason.

    `missing` counts the kept contracts that have no bid, no ask and so on; `notes` are sentences for the person.
    """

    stock: Stock
    chain: Chain
    rows: int
    dropped: dict[str, int]
    missing: dict[str, int]
    notes: list[str]
    spot_from: SpotFrom

    def to_json(self) -> dict[str, Any]:
        """The report of an import, without the contracts themselves."""
        return {
            "symbol": self.chain.symbol,
            "as_of": self.chain.as_of.isoformat(),
            "spot": self.chain.spot,
            "spot_from": self.spot_from,
            "rows": self.rows,
            "contracts": len(self.chain),
            "dropped": self.dropped,
            "missing": self.missing,
            "notes": self.notes,
        }


def read_chain(path: Path, symbol: str, spot: float | None, as_of: datetime | None, rate: float = RATE) -> Recording:
    """The chain in a CSV with yfinance's columns or in a raw Yahoo options body; raises BadInput with one sentence.

    Without `as_of` (aware) it is the newest last trade. Without `spot` it is the file's, else put-call parity's with
    `rate`, continuous. Type, expiry and strike are the contract symbol's.
    """
    quote, rows = _read(path)
    dropped: Counter[str] = Counter()
    contracts = _sensible(rows, _root(symbol), dropped)
    if not contracts:
        raise _nothing_left(path.name, symbol, rows, dropped)
    moment = _moment(contracts, as_of, path.name)
    contracts = [contract for contract in contracts if not _is_expired(contract, moment, dropped)]
    if not contracts:
        raise _nothing_left(path.name, symbol, rows, dropped)
    chain, last_trade = _columns(contracts, symbol.strip().upper(), moment)
    price = choose_spot(chain, last_trade, rate, spot, quoted_spot(quote))
    chain = _without_leftovers(replace(chain, spot=price.usd), last_trade, rate, dropped)
    if not len(chain):
        raise _nothing_left(path.name, symbol, rows, dropped)
    missing = {name: int(np.isnan(getattr(chain, name)).sum()) for name in FIGURES}
    return Recording(
        stock=stock_from(quote, chain.symbol, price.usd, chain.as_of),
        chain=chain,
        rows=len(rows),
        dropped=dict(dropped.most_common()),
        missing=missing,
        notes=[*price.notes, *_quoting(chain), *_doubts(contracts, chain.as_of), *_absent(rows)],
        spot_from=price.source,
    )


def _read(path: Path) -> tuple[Quote, list[Row]]:
    text = read_text(path)
    if text.lstrip()[:1] in ("{", "["):
        return read_body(text, path.name)
    return {}, list(read_rows(text, path.name))


def _root(symbol: str) -> str:
    """What contract symbols begin with: BRKB for BRK-B."""
    if root := re.sub(r"[^A-Z0-9]", "", symbol.upper()):
        return root
    raise BadInput(f"The symbol {symbol!r} has no letters: give the underlying, such as --symbol AMZN.")


def _sensible(rows: Iterable[Row], root: str, dropped: Counter[str]) -> list[Contract]:
    kept: dict[Listing, Contract] = {}
    for row in rows:
        try:
            contract = read_contract(row, root)
        except Nonsense as why:
            dropped[str(why)] += 1
            continue
        if earlier := kept.get(contract.listing):
            dropped["same contract again"] += 1
            contract = max(earlier, contract, key=lambda one: one.last_trade or datetime.min.replace(tzinfo=UTC))
        kept[contract.listing] = contract
    return list(kept.values())


def _moment(contracts: Sequence[Contract], given: datetime | None, name: str) -> datetime:
    if given is not None:
        if given.tzinfo is None:
            raise BadInput(f"The time {given:%Y-%m-%d %H:%M} has no time zone: give one, such as +00:00.")
        if given.year < FIRST_YEAR:
            raise BadInput(f"The time {given:%Y-%m-%d} is before any of these contracts existed: check --as-of.")
        return given.astimezone(UTC)
    if trades := [contract.last_trade for contract in contracts if contract.last_trade]:
        return max(trades)
    raise BadInput(f"{name} does not say when it was recorded, for no contract has a last trade: give --as-of TIME.")


def _is_expired(contract: Contract, as_of: datetime, dropped: Counter[str]) -> bool:
    last_close = datetime.combine(contract.listing.expiry, LAST_CLOSE, NEW_YORK)
    if is_expired := last_close < as_of:
        dropped["expired by then"] += 1
    return is_expired


def _columns(contracts: Sequence[Contract], symbol: str, as_of: datetime) -> tuple[Chain, Times]:
    """The contracts by expiry, type and strike, still without a spot, and when each last traded."""
    ordered = sorted(contracts, key=lambda one: (one.listing.expiry, one.listing.is_call, one.listing.strike))
    listings = [contract.listing for contract in ordered]
    chain = Chain(
        symbol=symbol,
        as_of=as_of,
        spot=np.nan,
        is_call=np.array([listing.is_call for listing in listings]),
        strike=np.array([listing.strike for listing in listings]),
        expiry=np.array([listing.expiry for listing in listings], "datetime64[D]"),
        **{name: np.array([getattr(contract, name) for contract in ordered]) for name in FIGURES},
    )
    trades = [contract.last_trade and contract.last_trade.replace(tzinfo=None) for contract in ordered]
    return chain, np.array(trades, "datetime64[s]")


def _without_leftovers(chain: Chain, last_trade: Times, rate: float, dropped: Counter[str]) -> Chain:
    tests: Sequence[tuple[str, Callable[[Chain, Times], NDArray[np.bool_]]]] = (
        ("quote impossible at this share price", lambda chain, _: impossible_at_spot(chain)),
        ("quote contradicted by a contract traded later", outdated),
        ("quote off put-call parity and traded before its twin", lambda chain, times: off_parity(chain, times, rate)),
    )
    for reason, test in tests:
        is_left_over = test(chain, last_trade)
        if count := int(is_left_over.sum()):
            dropped[reason] += count
        chain, last_trade = take(chain, ~is_left_over), last_trade[~is_left_over]
    return chain


def _nothing_left(name: str, symbol: str, rows: Sequence[Row], dropped: Counter[str]) -> BadInput:
    if not rows:
        return BadInput(f"{name} holds no contract: export or download the chain again.")
    if set(dropped) == {"contract of another symbol"}:
        roots = Counter(listing.root for row in rows if (listing := read_listing(row.get("contract_symbol"))))
        return BadInput(f"{name} holds contracts of {roots.most_common(1)[0][0]}, not of {symbol}: check --symbol.")
    reasons = ", ".join(f"{reason}: {count:,}" for reason, count in dropped.most_common(5))
    return BadInput(f"None of the {len(rows):,} rows of {name} can be used ({reasons}): check the file and --symbol.")


def _quoting(chain: Chain) -> list[str]:
    both = int((np.isfinite(chain.bid) & np.isfinite(chain.ask)).sum())
    if both == len(chain):
        return []
    return [f"Contracts with both a bid and an ask: {both:,} of {len(chain):,}."]


def _doubts(contracts: Sequence[Contract], as_of: datetime) -> list[str]:
    counts = Counter(doubt for contract in contracts for doubt in contract.doubts)
    if later := sum(bool(contract.last_trade and contract.last_trade > as_of) for contract in contracts):
        counts["traded after the given time"] = later
    return [f"{count:,} contract{'s' if count > 1 else ''}: {doubt}." for doubt, count in counts.items()]


def _absent(rows: Sequence[Row]) -> list[str]:
    absent = [theirs for ours, theirs in WELCOME.items() if not any(ours in row for row in rows)]
    return [f"The file has no {', '.join(absent)}: that stays unknown."] if absent else []
