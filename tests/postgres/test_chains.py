"""Recorded chains: read one by one or all at once, and scanned alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from small_market import FAIR_PUT, NOON, RICH, SOON, Row, SmallMarket, counts_hold

from checkpoints.chains import load_newest, newest_chains, save_chain
from checkpoints.database import Database
from graph.errors import BadInput
from tools.feeds.recorded import Recording
from tools.feeds.stored import StoredMarket, stored_form
from trading.board import WholeMarket
from trading.criteria import Criteria
from trading.wheel import scan

NOW = datetime(2026, 11, 3, 15, tzinfo=UTC)
CALL = Row(105.0, 1.40, 1.48, is_call=True)
PUTS = [Row(95.0 - step, 1.30 - step / 10, 1.36 - step / 10, open_interest=1e5 * step + 500) for step in range(5)]


def recorded() -> SmallMarket:
    """Three stocks whose chains are packed in different forms, one of them with prices in thirds of a cent."""
    market = SmallMarket(source="stored")
    market.add("PEP", *PUTS, CALL, sector="Consumer Staples", dividend_yield=0.03, ex_dividend=SOON)
    market.add("KO", FAIR_PUT, CALL, earnings=SOON, as_of=NOON - timedelta(days=3))
    return market.add("AMD", *PUTS[:2], CALL, is_etf=True)


def store(database: Database, market: SmallMarket) -> StoredMarket:
    for symbol in market.symbols():
        chain = market.chain(symbol)
        recording = Recording(market.stock(symbol), chain, len(chain), {}, {}, [], "given")
        save_chain(database, stored_form(recording, "by hand", NOW))
    return StoredMarket(lambda: database, market.rate)


def scanned(market: Any, **slots: Any) -> dict[str, Any]:
    return scan(market, Criteria.from_slots(slots), RICH)


@pytest.mark.parametrize("slots", [{}, {"option_type": "call"}, {"symbols": ["KO", "PEP", "XYZ"]}, {"limit": 2}])
def test_a_scan_of_stored_chains_is_a_scan_of_the_chains_that_were_stored(
    database: Database, slots: dict[str, Any]
) -> None:
    market = recorded()
    stored, loose = scanned(store(database, market), **slots), scanned(market, **slots)
    assert isinstance(StoredMarket(lambda: database, 0.05), WholeMarket)
    assert not isinstance(market, WholeMarket)
    assert stored == loose
    assert stored["opportunities"]
    assert counts_hold(stored)


def test_151_symbols_are_read_as_often_as_one(database: Database) -> None:
    """One question a symbol is how a sync once came to last 45 minutes."""
    readings: list[Database] = []

    def counted() -> Database:
        readings.append(database)
        return database

    store(database, recorded())
    few = scanned(StoredMarket(counted, 0.05))
    asked = len(readings)
    many = SmallMarket(source="stored")
    for number in range(151):
        many.add(f"S{number:03}", *PUTS, CALL)
    store(database, many)
    assert scanned(StoredMarket(counted, 0.05))["considered"] - few["considered"] == 151 * (len(PUTS) + 1)
    assert len(readings) == 2 * asked
    assert asked <= 2


def test_only_the_newest_chain_of_a_symbol_is_read(database: Database) -> None:
    market = recorded()
    store(database, market)
    newer = SmallMarket(source="stored", as_of=NOON + timedelta(hours=1))
    newer.add("KO", replace(FAIR_PUT, bid=1.29), as_of=NOON + timedelta(hours=1))
    stored = store(database, newer)
    assert [row.symbol for row in load_newest(database, ["KO"])] == ["KO"]
    assert newest_chains(database)["KO"] == load_newest(database, ["KO"])[0].as_of == NOON + timedelta(hours=1)
    assert stored.chain("KO").bid.tolist() == [1.29]
    assert scanned(stored, symbols=["KO"])["opportunities"][0]["bid"] == 1.29
    assert stored.as_of == NOON + timedelta(hours=1)


def test_one_chain_comes_back_as_it_was_stored(database: Database) -> None:
    market = recorded()
    stored = store(database, market)
    for symbol in market.symbols():
        there, here = market.chain(symbol), stored.chain(symbol)
        assert (here.symbol, here.as_of, here.spot) == (there.symbol, there.as_of, there.spot)
        for name in ("is_call", "strike", "expiry", "bid", "ask", "last", "volume", "open_interest"):
            np.testing.assert_array_equal(getattr(here, name), getattr(there, name))
        facts = ("symbol", "sector", "is_etf", "dividend_yield", "ex_dividend", "earnings")
        assert [getattr(stored.stock(symbol), name) for name in facts] == [
            getattr(market.stock(symbol), name) for name in facts
        ]


def test_a_symbol_that_is_not_stored_is_not_found_and_an_empty_market_says_so(database: Database) -> None:
    empty = StoredMarket(lambda: database, 0.05)
    with pytest.raises(BadInput, match="No chain is stored yet"):
        scanned(empty)
    stored = store(database, recorded())
    with pytest.raises(KeyError):
        stored.chain("XYZ")
