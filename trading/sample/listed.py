"""The contracts that are listed on one sample stock."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trading.contracts import Days, Floats
from trading.sample.expiries import LEAPS, MONTHLIES, expiries_of, years_until
from trading.sample.strikes import strikes_of
from trading.sample.universe import Listing


@dataclass(frozen=True)
class Contracts:
    """One entry a contract: by expiry, then puts before calls, then by strike. `years` is calendar days over 365."""

    is_call: NDArray[np.bool_]
    strike: Floats
    expiry: Days
    years: Floats
    is_monthly: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.strike)


def contracts_of(listing: Listing) -> Contracts:
    """Every contract listed on the stock; a LEAPS counts as a monthly."""
    expiries = expiries_of(listing)
    years = years_until(expiries)
    is_monthly = np.isin(expiries, np.append(MONTHLIES, LEAPS))
    ladders = [strikes_of(listing, *when) for when in zip(years.tolist(), is_monthly.tolist(), strict=True)]
    lengths = [len(ladder) for ladder in ladders]
    twice = 2 * np.array(lengths)
    return Contracts(
        is_call=np.concatenate([np.arange(2 * length) >= length for length in lengths]),
        strike=np.concatenate([strikes for ladder in ladders for strikes in (ladder, ladder)]),
        expiry=np.repeat(expiries, twice),
        years=np.repeat(years, twice),
        is_monthly=np.repeat(is_monthly, twice),
    )
