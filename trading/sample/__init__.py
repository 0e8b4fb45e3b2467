"""The sample market: real names, invented numbers, the same every time.

It stands for one trading day's close, Friday 2026-10-30 at 16:00 in New York. Tickers, companies and sectors are
real; every price, volatility, yield, date, quote and count is made by a seeded generator and is no record of
anything. What it is good for is what it has the shape of: skew, term structure, earnings, spreads, missing bids.

An exchange-traded fund on one sector bears that sector, so that a sector cap counts it; any other fund has none.
"""

from trading.sample.market import SampleMarket, sample_market

__all__ = ["SampleMarket", "sample_market"]
