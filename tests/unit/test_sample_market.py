"""The sample market: the same every time, shaped like a real one, and free of static arbitrage."""

import hashlib
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sample_facts import LISTINGS, MARKET, surface_of

from trading.contracts import SECTORS
from trading.pricing import price
from trading.sample import SampleMarket
from trading.sample import expiries as calendar

ROOT = Path(__file__).parents[2]
PINNED = "5a9d8dbaf960511dc9a059ecf7801c412d927e32e12aa830394b5e9fdf03244c"


def whole(values, scale):
    return np.where(np.isnan(values), -1, np.round(values * scale)).astype("<i8").tobytes()


def digest(market, symbols):
    total = hashlib.sha256()
    for symbol in symbols:
        stock, chain = market.stock(symbol), market.chain(symbol)
        facts = (stock.symbol, stock.name, stock.sector, stock.is_etf, stock.ex_dividend, stock.earnings)
        total.update(repr((*facts, round(stock.spot, 2), round(stock.dividend_yield, 6))).encode())
        total.update(whole(stock.closes, 100) + whole(stock.atm_ivs, 10_000))
        total.update(chain.is_call.tobytes() + chain.expiry.astype("<i8").tobytes() + whole(chain.strike, 100))
        for quotes in (chain.bid, chain.ask, chain.last, chain.volume, chain.open_interest):
            total.update(whole(quotes, 100))
    return total.hexdigest()


def test_the_whole_market_is_the_same_every_time():
    assert digest(MARKET, MARKET.symbols()) == PINNED


def test_a_symbol_does_not_depend_on_what_was_asked_before_it():
    symbols = ["SPY", "KO", "AAL", "PLUG"]
    other = SampleMarket()
    for symbol in reversed(symbols):
        other.chain(symbol)
    assert digest(other, symbols) == digest(MARKET, symbols)


def test_it_stands_at_one_trading_days_close_in_new_york():
    assert MARKET.source == "sample"
    assert MARKET.as_of.astimezone(ZoneInfo("America/New_York")) == datetime(
        2026, 10, 30, 16, 0, tzinfo=ZoneInfo("America/New_York")
    )
    assert np.datetime64(MARKET.as_of.date()) == calendar.TODAY
    assert all(MARKET.chain(symbol).as_of == MARKET.as_of for symbol in ("SPY", "KO"))


def test_it_lists_every_sector_and_price_range_and_funds_among_companies():
    stocks = [MARKET.stock(symbol) for symbol in MARKET.symbols()]
    companies = [stock for stock in stocks if not stock.is_etf]
    assert len(stocks) >= 160
    assert len(stocks) - len(companies) >= 15
    assert {sector: sum(stock.sector == sector for stock in companies) >= 8 for sector in SECTORS} == dict.fromkeys(
        SECTORS, True
    )
    assert {stock.sector for stock in stocks if stock.is_etf} <= {*SECTORS, None}
    spots = np.array([stock.spot for stock in companies])
    assert 3 <= spots.min() < 4
    assert 850 < spots.max() <= 900
    assert (spots < 30).sum() >= 45
    assert len({stock.name for stock in stocks}) == len(stocks)


def test_an_unknown_symbol_is_a_key_error():
    with pytest.raises(KeyError):
        MARKET.stock("NOSUCH")
    with pytest.raises(KeyError):
        MARKET.chain("NOSUCH")


def test_nobody_can_write_into_what_is_shared():
    with pytest.raises(ValueError, match="read-only"):
        MARKET.chain("KO").bid[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        MARKET.stock("KO").closes[0] = 1.0


def test_naming_the_symbols_loads_no_heavy_package_and_a_chain_no_pandas():
    code = (
        "import sys; from trading.sample import sample_market; market = sample_market(); assert market.symbols();"
        "assert 'scipy' not in sys.modules; market.chain('KO');"
        "assert not {'pandas', 'exchange_calendars', 'scipy.stats'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.filterwarnings("ignore:Series.values returning")
def test_expiries_and_holidays_agree_with_the_exchange():
    import exchange_calendars
    import pandas as pd

    exchange = exchange_calendars.get_calendar("XNYS", start="2025-01-01", end="2028-12-31")
    sessions = exchange.sessions.values.astype("datetime64[D]")
    weekdays = np.arange(calendar.HOLIDAYS[0], calendar.HOLIDAYS[-1] + 1)
    weekdays = weekdays[np.is_busday(weekdays)]
    assert np.array_equal(calendar.HOLIDAYS, np.setdiff1d(weekdays, sessions))

    def last_session_until(days):
        return sessions[np.searchsorted(sessions, days, side="right") - 1]

    fridays = np.arange(np.datetime64("2026-11-06"), np.datetime64("2027-01-08"), 7)
    assert np.array_equal(calendar.WEEKLIES, last_session_until(fridays))
    months = np.arange("2026-11", "2027-11", dtype="datetime64[M]")
    third_fridays = np.busday_offset(months, 2, roll="forward", weekmask="Fri")
    assert np.array_equal(calendar.MONTHLIES, last_session_until(third_fridays))
    quarter_ends = np.array(["2026-12-31", "2027-03-31", "2027-06-30", "2027-09-30"], dtype="datetime64[D]")
    assert np.array_equal(calendar.QUARTERLIES, last_session_until(quarter_ends))
    assert np.array_equal(calendar.LEAPS, last_session_until(np.array(["2028-01-21"], dtype="datetime64[D]")))
    assert pd.Timestamp("2026-11-27") in exchange.early_closes
    assert np.array_equal(calendar.sessions_back(252), sessions[sessions <= calendar.TODAY][-252:])


def test_liquid_names_list_weeklies_on_holiday_thursdays_and_black_friday():
    listed = set(np.unique(MARKET.chain("SPY").expiry).astype(str))
    assert {"2026-11-06", "2026-11-27", "2026-12-24", "2026-12-31", "2027-06-17", "2028-01-21"} <= listed
    assert not {"2026-12-25", "2027-01-01", "2027-06-18"} & listed
    assert len(listed) > len(np.unique(MARKET.chain("VLY").expiry)) >= 4


def test_dates_ahead_are_sessions_within_the_coming_quarter():
    for stock in map(MARKET.stock, MARKET.symbols()):
        assert (stock.earnings is None) == stock.is_etf
        assert (stock.ex_dividend is None) == (stock.dividend_yield == 0)
        for day in filter(None, (stock.earnings, stock.ex_dividend)):
            assert date(2026, 10, 31) < day < date(2027, 2, 5)
            assert np.is_busday(np.datetime64(day), holidays=calendar.HOLIDAYS)
    reports = [stock.earnings for stock in map(MARKET.stock, MARKET.symbols()) if stock.earnings]
    months = {month: sum(day.month == month for day in reports) for month in (11, 12, 1)}
    assert min(months.values()) >= 10


def test_strikes_are_spaced_and_cover_what_exchanges_would_list():
    for symbol in ("F", "KO", "SPY", "LLY", "VLY"):
        chain = MARKET.chain(symbol)
        for expiry in np.unique(chain.expiry):
            strikes = np.unique(chain.strike[chain.expiry == expiry])
            steps = np.diff(strikes)
            assert {0.5, 1.0, 2.5, 5.0, 10.0, 20.0} >= set(np.round(steps[1:-1], 6)) - {1.5, 2.0, 3.0, 7.5, 15.0}
            assert strikes[0] < 0.9 * chain.spot
            assert strikes[-1] > 1.1 * chain.spot
        last = chain.strike[chain.expiry == chain.expiry.max()]
        assert last.max() / chain.spot > 1.25


def test_puts_are_richer_than_calls_as_far_out_of_the_money_most_of_all_on_an_index():
    skews = {}
    for symbol in MARKET.symbols():
        surface, days = surface_of(symbol), np.array([30.0])
        reach = float(surface.atm_vol(days)[0]) * np.sqrt(30 / 365)
        put, middle, call = (float(surface.vol(np.array([x * reach]), days)[0]) for x in (-1.0, 0.0, 1.0))
        assert put > middle
        assert put > call
        skews[symbol] = (put - call) / middle
    assert skews["SPY"] > 1.3 * np.median(list(skews.values()))


def test_some_term_structures_rise_and_some_fall():
    slopes = np.array([np.diff(surface_of(symbol).atm_vol(np.array([14.0, 300.0])))[0] for symbol in MARKET.symbols()])
    assert (slopes > 0.005).sum() >= 30
    assert (slopes < -0.005).sum() >= 30


def test_expiries_after_a_report_carry_its_move():
    for symbol in MARKET.symbols():
        stock, surface = MARKET.stock(symbol), surface_of(symbol)
        if stock.earnings is None:
            assert surface.earnings_move == 0
            continue
        ahead = (stock.earnings - MARKET.as_of.date()).days
        before, after = surface.atm_variance(np.array([ahead - 1.0, float(ahead)]))
        a_day = np.diff(surface.atm_variance(np.array([ahead - 2.0, ahead - 1.0])))[0]
        assert after - before > 2 * a_day


def test_history_ends_at_today_and_its_volatility_belongs_to_its_options():
    for symbol in MARKET.symbols():
        stock = MARKET.stock(symbol)
        assert len(stock.closes) == len(stock.atm_ivs) == 252
        assert stock.closes[-1] == stock.spot
        assert stock.atm_ivs[-1] == pytest.approx(float(surface_of(symbol).atm_vol(np.array([30.0]))[0]), abs=6e-5)
        realised = np.std(np.diff(np.log(stock.closes))) * np.sqrt(252)
        assert 0.5 < realised / stock.atm_ivs.mean() < 1.6


def test_iv_ranks_reach_from_low_to_high():
    ivs = np.array([MARKET.stock(symbol).atm_ivs for symbol in MARKET.symbols()])
    ranks = (ivs[:, -1] - ivs.min(axis=1)) / np.ptp(ivs, axis=1)
    assert [(ranks < 0.25).mean() > 0.15, (ranks > 0.5).mean() > 0.15, (ranks > 0.75).mean() > 0.05] == [True] * 3


def test_stocks_move_with_the_market_as_much_as_they_are_said_to():
    market = np.diff(np.log(MARKET.stock("SPY").closes))
    found = {s: np.corrcoef(market, np.diff(np.log(MARKET.stock(s).closes)))[0, 1] for s in ("QQQ", "JPM", "GLD")}
    assert found["QQQ"] > 0.85
    assert 0.45 < found["JPM"] < 0.8
    assert abs(found["GLD"]) < 0.25


def test_the_surface_is_free_of_static_arbitrage():
    days = np.array([7.0, 21.0, 45.0, 92.0, 200.0, 448.0])
    for symbol in MARKET.symbols():
        surface, listing = surface_of(symbol), LISTINGS[symbol]
        moneyness = np.linspace(-0.7, 0.6, 131)
        variance = surface.vol(moneyness, days[:, None]) ** 2 * days[:, None] / 365
        assert (np.diff(variance, axis=0) > 0).all()
        strike = listing.price * np.exp(moneyness)
        vols = surface.vol(moneyness, days[:, None])
        puts = price(False, listing.price, strike, days[:, None] / 365, 0.0, 0.0, vols)
        slopes = np.diff(puts, axis=1) / np.diff(strike)
        assert (slopes >= -1e-12).all()
        assert (np.diff(slopes, axis=1) >= -1e-9).all()
