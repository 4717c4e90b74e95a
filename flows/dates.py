"""Dates: read from what publishers write, in UTC, and believed only where news can bear them."""

import re
import time
from calendar import timegm
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
"""Older dates in feeds are defaults of broken software, not news."""

AHEAD = timedelta(days=2)
"""How far a publisher's clock or time zone may run ahead of ours."""

CHINESE_DATE = re.compile(r"([12][0-9]{3})年([0-9]{1,2})月([0-9]{1,2})日")


def believable(date: datetime | None, now: datetime) -> datetime | None:
    """`date` if news can bear it: from 1995 to two days after `now`; both in UTC."""
    return date if date and EARLIEST <= date <= now + AHEAD else None


def utc(date: datetime) -> datetime:
    """`date` in UTC; one without a time zone is taken for UTC."""
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)


def stamp_date(stamp: time.struct_time | None) -> datetime | None:
    """The UTC `stamp` as a date; None for none, or for one that no calendar has."""
    try:
        return datetime.fromtimestamp(timegm(stamp), UTC) if stamp else None
    except (ValueError, OverflowError, OSError):
        return None


def zoneless(line: str) -> datetime | None:
    """The date of an RFC 822 `line`, which feedparser gives up on without a time zone, in UTC."""
    try:
        return utc(parsedate_to_datetime(line))
    except (ValueError, OverflowError):
        return None


def iso_date(value: str, now: datetime) -> datetime | None:
    """The ISO 8601 date `value` in UTC, where news can bear it (see `believable`)."""
    try:
        return believable(utc(datetime.fromisoformat(value.strip())), now)
    except (ValueError, OverflowError):
        return None


def inferred_date(value: str | None, now: datetime) -> datetime | None:
    """The date `value` that htmldate found, in UTC; None where it is only a year.

    htmldate makes the first of January of a bare year, that of a footer's copyright too.
    """
    date = iso_date(value or "", now)
    return None if date and (date.month, date.day) == (1, 1) else date


def chinese_date(markup: str) -> str | None:
    """The first date like 2025年10月31日 in `markup`, in ISO 8601: htmldate misses many."""
    found = CHINESE_DATE.search(markup)
    return f"{found[1]}-{found[2]:0>2}-{found[3]:0>2}" if found else None
