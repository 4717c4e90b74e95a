"""Feeds: the bytes that a publisher serves, read into entries."""

import io
import re
from datetime import UTC, datetime
from typing import Any

import feedparser

from flows.addresses import absolute, canonical
from flows.dates import believable, stamp_date, zoneless
from flows.plaintext import decoded, plain
from models.records import Entry, Feed

REFERENCE = re.compile(rb"&#(?:[xX](?P<hex>[0-9a-fA-F]+)|(?P<decimal>[0-9]+));")
COORDINATES = re.compile(rb"""\ssrsName\s*=\s*(?:"[^"<>]*"|'[^'<>]*')""")
CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
DECLARATION = re.compile(rb"""^\s*<\?xml[^<>]{1,200}?encoding\s*=\s*["']([\w.:-]{1,40})""")

LEGACY = {"ru": "cp1251", "uk": "cp1251", "bg": "cp1251", "zh": "gb18030", "ja": "cp932"}
"""What software used for a language before UTF-8; cp1252 for the others."""


class NotAFeed(Exception):
    """What was served cannot be read as a feed.

    `reason`: `empty`, `html`, `json`, `no_feed` (something else), `broken` (it breaks off
    before its first entry) or `unreadable` (the parser fails on it).
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_feed(body: bytes, feed: Feed, content_type: str = "") -> list[Entry]:
    """The entries of `feed` in the order of `body`; empty when the feed has none today.

    `content_type` is the HTTP header, which may name the encoding. Titles and summaries are
    plain text; a summary is the longest text that the feed gives, the whole article with
    some publishers. An entry without a link that can be followed has the url "".
    Raises NotAFeed.
    """
    named = CHARSET.search(content_type)
    declared = DECLARATION.search(body[:400])
    names = (named[1] if named else "", declared[1].decode("ascii", "ignore") if declared else "")
    legacy = LEGACY.get(feed.language, "cp1252")
    text = decoded(body, names, legacy)
    parsed = _parsed(possible(text.encode("utf-8", "ignore")), feed.url)
    if reason := why_no_feed(text, parsed):
        raise NotAFeed(reason)
    now = datetime.now(UTC)
    return [entry_of(raw, feed.url, now) for raw in parsed.entries]


def _parsed(body: bytes, url: str) -> Any:
    headers = {"content-location": url, "content-type": "application/xml; charset=utf-8"}
    try:
        return feedparser.parse(
            io.BytesIO(body),  # bytes alone would be taken for the name of a file
            response_headers=headers,
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    # feedparser is meant never to raise, and does: ValueError on GeoRSS numbers, encodings
    # and broken addresses, OverflowError and RecursionError on numbers and depth, the others
    # on elements that lack what it expects, AssertionError on declarations (open upstream
    # in 6.0.14).
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, RecursionError):
        raise NotAFeed("unreadable") from None
    except AssertionError:
        raise NotAFeed("unreadable") from None


def why_no_feed(text: str, parsed: Any) -> str:
    """The reason (see NotAFeed) why `parsed`, read from `text`, is no feed; "" if it is one."""
    if parsed.entries:
        return ""
    start = text.lstrip("\ufeff \t\r\n")[:2000].lower()
    if not start:
        return "empty"
    if start.startswith(("{", "[")):
        return "json"
    if not parsed.get("version"):
        return "html" if re.search(r"<!doctype html|<html|<head|<body", start) else "no_feed"
    is_cut = "SAXParseException" in type(parsed.get("bozo_exception")).__name__
    return "broken" if is_cut else ""


def possible(body: bytes) -> bytes:
    """`body` without references to characters that do not exist, and without GeoRSS systems.

    One of them would cost the whole feed: feedparser raises on it.
    """
    return COORDINATES.sub(b"", REFERENCE.sub(_reference, body))


def _reference(match: re.Match[bytes]) -> bytes:
    digits, base = (match["hex"], 16) if match["hex"] else (match["decimal"], 10)
    if len(digits.lstrip(b"0")) > 7:
        return b""
    code = int(digits, base)
    exists = 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return match[0] if exists else b""


def _link(link: str, feed_url: str) -> str:
    """The address of an entry; "" for a link that leads back to the feed itself."""
    url = canonical(absolute(link, feed_url))
    return "" if url == canonical(feed_url) else url


def entry_of(raw: Any, feed_url: str, now: datetime) -> Entry:
    """feedparser's entry `raw` as a record; `now` in UTC."""
    texts = [raw.get("summary"), *(content.get("value") for content in raw.get("content", ()))]
    return Entry(
        feed_url=feed_url,
        url=_link(raw.get("link") or "", feed_url),
        title=" ".join(plain(raw.get("title") or "").split()),
        summary=max((plain(text or "") for text in texts), key=len),
        published_at=published(raw, now),
    )


def published(raw: Any, now: datetime) -> datetime | None:
    """The first believable date of feedparser's entry `raw`, in UTC; `now` in UTC."""
    # "in" first: asked for a missing date of change, feedparser warns and gives another.
    stamps = (raw[key] for key in ("published_parsed", "updated_parsed") if key in raw)
    lines = (raw[key] for key in ("published", "updated") if key in raw)
    dates = (*map(stamp_date, stamps), *map(zoneless, lines))
    return next((date for date in dates if believable(date, now)), None)
