"""What `--since` may say, and the narrow columns of the overview."""

from datetime import UTC, datetime

import pytest

from apps.cli.metrics_tables import brief, dollars, many, named
from graph.errors import BadInput
from tools.metrics import since_in

NOW = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)
"""A Wednesday, noon in New York."""


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("24h", "2026-11-17T17:00"),
        ("7d", "2026-11-11T17:00"),
        ("2w", "2026-11-04T17:00"),
        ("3 days", "2026-11-15T17:00"),
        ("1 week", "2026-11-11T17:00"),
        ("2026-11-02", "2026-11-02T05:00"),
        ("yesterday", "2026-11-17T05:00"),
        ("Monday", "2026-11-16T05:00"),
        ("wednesday", "2026-11-18T05:00"),
    ],
)
def test_a_time_is_understood_in_days_of_new_york(said: str, meant: str) -> None:
    assert since_in(said, NOW).astimezone(UTC).isoformat()[:16] == meant


@pytest.mark.parametrize("said", ["", "7", "0d", "-5d", "7d; drop", "tomorrow", "10000d", "2026-13-01", "2026-11-02x"])
def test_what_is_no_time_is_refused_in_one_sentence(said: str) -> None:
    with pytest.raises(BadInput, match="is no time: say 24h"):
        since_in(said, NOW)


def test_a_day_to_come_is_refused() -> None:
    with pytest.raises(BadInput, match="in the future"):
        since_in("2026-11-19", NOW)


def test_times_and_dollars_fit_a_narrow_column() -> None:
    assert [brief(seconds) for seconds in (None, 0, 59.94, 90, 5400, 172800)] == [
        "-", "0.0 s", "59.9 s", "1.5 min", "1.5 h", "2.0 d"
    ]  # fmt: skip
    assert (named("performance_engineer"), named("a" * 25)) == ("performance_engineer", f"{'a' * 23}…")
    assert (many(9_999_999), many(12_345_678)) == ("9,999,999", "12.3 M")
    assert [dollars(usd) for usd in (0, 0.0042, 1234.5)] == ["$0.00", "$0.0042", "$1,234.50"]
