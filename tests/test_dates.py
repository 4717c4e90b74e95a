"""Dates: which are believed, and which are none."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from flows.dates import believable, inferred_date, stamp_date

NOW = datetime(2025, 11, 3, 12, tzinfo=UTC)
DAY = datetime(2025, 10, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "is_believed"),
    [
        pytest.param(None, False, id="none"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), False, id="epoch"),
        pytest.param(datetime(1994, 12, 31, 23, 59, tzinfo=UTC), False, id="before 1995"),
        pytest.param(datetime(1995, 1, 1, tzinfo=UTC), True, id="1995"),
        pytest.param(NOW, True, id="now"),
        pytest.param(NOW + timedelta(days=2), True, id="two days ahead"),
        pytest.param(NOW + timedelta(days=2, seconds=1), False, id="later"),
    ],
)
def test_a_date_is_believed_where_news_can_bear_it(
    date: datetime | None, is_believed: bool
) -> None:
    assert believable(date, NOW) == (date if is_believed else None)


@pytest.mark.parametrize("year", [-1, 0, 10_000, 10**9])
def test_a_year_that_no_calendar_has_is_no_date(year: int) -> None:
    assert stamp_date(time.struct_time((year, 1, 1, 0, 0, 0, 0, 1, 0))) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-10-31T00:00:00", DAY),
        ("2025-10-31T03:00:00+0300", DAY),
        ("2025-01-01T00:00:00", None),
        ("1990-05-05T00:00:00", None),
        ("2026-05-05T00:00:00", None),
        ("0001-01-01T00:00:00+1400", None),
        ("friday", None),
        ("", None),
        (None, None),
    ],
)
def test_an_inferred_date_is_believable_and_more_than_a_year(
    value: str | None, expected: datetime | None
) -> None:
    assert inferred_date(value, NOW) == expected
