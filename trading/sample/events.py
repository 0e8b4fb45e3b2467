"""When a sample company reports and pays, before the sample's date and after it."""

from datetime import date

import numpy as np

from trading.contracts import Floats
from trading.sample.expiries import TODAY, next_session, sessions_back

DAYS_A_QUARTER = 91
REPORTING = np.array([[0.00, 3], [0.35, 21], [0.36, 32], [0.45, 49], [0.46, 74], [1.00, 91]])
"""Share of companies (first column) whose next report is at most so many days away (second): three seasons."""
FIRST_EX_DIVIDEND, EX_DIVIDENDS_WITHIN = 4, 86


def next_earnings(share: float) -> date:
    """The next report of the company that `share` of all companies report before; at most a quarter away."""
    return _session_in(int(np.interp(share, REPORTING[:, 0], REPORTING[:, 1])))


def next_ex_dividend(share: float) -> date:
    """The next ex-dividend date, `share` of the way through the coming quarter."""
    return _session_in(FIRST_EX_DIVIDEND + int(share * EX_DIVIDENDS_WITHIN))


def days_to_report(earnings: date | None, sessions: int) -> Floats:
    """For each of the last sessions, calendar days to the first report after its close; infinite where none comes.

    Reports are 91 days apart, on the same weekday.
    """
    if earnings is None:
        return np.full(sessions, np.inf)
    ahead = (np.datetime64(earnings, "D") - sessions_back(sessions)).astype(np.float64)
    return np.asarray((ahead - 1) % DAYS_A_QUARTER + 1)


def _session_in(days: int) -> date:
    return date.fromisoformat(str(next_session(TODAY + np.timedelta64(days, "D"))))
