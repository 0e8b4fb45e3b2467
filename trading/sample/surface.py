"""The implied volatility of one underlying at every strike and expiry, without static arbitrage."""

from dataclasses import dataclass

import numpy as np

from trading.contracts import Floats
from trading.sample.events import DAYS_A_QUARTER
from trading.sample.expiries import DAYS_A_YEAR

MEAN_REVERSION = 5.0
"""How fast variance returns to its long-run level, per year: half of the way in 50 days."""


@dataclass(frozen=True)
class Surface:
    """At the money: variance that reverts to its long-run level, plus a jump for each earnings report before expiry.
    Away from it: the SSVI smile.

    `long_variance` and `spot_variance` are a year's; `earnings_move` is the standard deviation of the log return on
    a report; `days_to_earnings` counts calendar days to the next one (infinite: none ever), a quarter between two.
    `rho` (negative: puts richer) and `eta` are SSVI's; eta (1 + |rho|) <= 2 keeps butterflies and calendars from
    costing less than nothing. Source: Gatheral and Jacquier, Arbitrage-free SVI volatility surfaces (2014), section
    4, with the power law for phi at gamma = 1/2.
    """

    long_variance: float
    spot_variance: float
    earnings_move: float
    days_to_earnings: float
    rho: float
    eta: float

    def atm_variance(self, days: Floats) -> Floats:
        """Total variance at the forward after so many calendar days (not annual: it grows with time)."""
        years = np.asarray(days) / DAYS_A_YEAR
        return diffused(self.long_variance, self.spot_variance, years) + self._reports(days) * self.earnings_move**2

    def atm_vol(self, days: Floats) -> Floats:
        """Annual volatility at the forward, as a fraction.

        >>> flat = Surface(0.09, 0.09, 0.0, np.inf, -0.4, 0.8)
        >>> flat.atm_vol(np.array([7.0, 30.0, 365.0])).round(6)
        array([0.3, 0.3, 0.3])
        """
        return np.asarray(np.sqrt(self.atm_variance(days) * DAYS_A_YEAR / days))

    def vol(self, log_moneyness: Floats, days: Floats) -> Floats:
        """Annual volatility as a fraction; log_moneyness is ln(strike / forward).

        >>> smile = Surface(0.09, 0.09, 0.0, np.inf, -0.4, 0.8)
        >>> smile.vol(np.array([-0.2, 0.0, 0.2]), np.array([60.0, 60.0, 60.0])).round(3)
        array([0.395, 0.3  , 0.282])
        """
        theta = self.atm_variance(days)
        slope = self.eta / np.sqrt(theta * (1 + theta)) * log_moneyness
        wings = np.sqrt((slope + self.rho) ** 2 + 1 - self.rho**2)
        total = 0.5 * theta * (1 + self.rho * slope + wings)
        return np.asarray(np.sqrt(total * DAYS_A_YEAR / days))

    def _reports(self, days: Floats) -> Floats:
        reports = np.floor((days - self.days_to_earnings) / DAYS_A_QUARTER) + 1
        return np.asarray(np.maximum(reports, 0.0))


def diffused(long_variance: float, spot_variance: Floats | float, years: Floats | float) -> Floats:
    """Variance gathered over `years` on the way from the spot level to the long-run level."""
    share = -np.expm1(-MEAN_REVERSION * np.asarray(years)) / MEAN_REVERSION
    return np.asarray(long_variance * years + (spot_variance - long_variance) * share)
