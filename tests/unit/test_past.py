"""Which time in the past a question means, in days of New York."""

from datetime import UTC, datetime

import pytest

from tools.feeds.markets import NEW_YORK
from tools.past import period_in

FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
"""Ten in the morning in New York."""


@pytest.mark.parametrize(
    ("words", "since", "until"),
    [
        ("what failed yesterday", "2026-11-19T00:00", "2026-11-20T00:00"),
        ("what went wrong last night", "2026-11-19T18:00", "2026-11-20T09:00"),
        ("errors since midnight", "2026-11-20T00:00", "2026-11-20T10:00"),
        ("crashes in the last 24h", "2026-11-19T10:00", "2026-11-20T10:00"),
        ("the failures of the past seven days", "2026-11-13T10:00", "2026-11-20T10:00"),
        ("runs of the last hour", "2026-11-20T09:00", "2026-11-20T10:00"),
        ("runs of the last 90 minutes", "2026-11-20T08:30", "2026-11-20T10:00"),
        ("which runs failed this week", "2026-11-16T00:00", "2026-11-20T10:00"),
        ("numbers of last week", "2026-11-09T00:00", "2026-11-16T00:00"),
        ("how many this month", "2026-11-01T00:00", "2026-11-20T10:00"),
        ("insights of the last month", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("what happened over the weekend", "2026-11-14T00:00", "2026-11-16T00:00"),
        ("what failed since Monday", "2026-11-16T00:00", "2026-11-20T10:00"),
        ("what failed on Friday", "2026-11-13T00:00", "2026-11-14T00:00"),
        ("what failed since Friday", "2026-11-20T00:00", "2026-11-20T10:00"),
        ("errors since noon", "2026-11-19T12:00", "2026-11-20T10:00"),
        ("what failed on 2026-11-02", "2026-11-02T00:00", "2026-11-03T00:00"),
        ("what failed since 2026-11-02", "2026-11-02T00:00", "2026-11-20T10:00"),
    ],
)
def test_the_time_that_is_named_is_read_in_new_york(words: str, since: str, until: str) -> None:
    period = period_in(words, FRIDAY)
    assert period
    assert (f"{period.since:%Y-%m-%dT%H:%M}", f"{period.until:%Y-%m-%dT%H:%M}") == (since, until)
    assert period.since.tzinfo == NEW_YORK


@pytest.mark.parametrize(
    "words",
    ["status of the last tasks", "the last 5 runs", "is everything running", "in the last 0 days", "2026-13-40"],
)
def test_no_time_is_invented(words: str) -> None:
    assert period_in(words, FRIDAY) is None


def test_yesterday_is_a_day_of_new_york_even_when_it_is_tomorrow_in_london() -> None:
    late = period_in("yesterday", datetime(2026, 11, 20, 3, 0, tzinfo=UTC))
    assert late
    assert f"{late.since:%Y-%m-%d}" == "2026-11-18"


def test_a_day_back_is_24_hours_over_the_end_of_summer_time() -> None:
    period = period_in("last 24 hours", datetime(2026, 11, 1, 17, 0, tzinfo=UTC))
    assert period
    assert period.since.astimezone(UTC) == datetime(2026, 10, 31, 17, 0, tzinfo=UTC)
