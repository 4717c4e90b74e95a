"""Articles brought in by hand: a file or an address, whatever kind it is."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flows.addresses import canonical, shown
from flows.articles import (
    NoText,
    article_from_entry,
    article_from_page,
    article_from_text,
    read_page,
)
from flows.client import Client, Unreachable
from flows.dates import iso_date
from flows.feeds import CHARSET, NotAFeed, read_feed
from flows.ledger import Reject
from models.errors import BadInput
from models.records import Article, Feed

NEEDED = "a text, an HTML page, a feed or JSONL is needed"
UNREADABLE = (ValueError, OverflowError, RecursionError, TypeError, KeyError, AttributeError)
"""What a row that is no article raises: no JSON, no text, a date that does not exist."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a file or an address gave: articles, and what was rejected of it."""

    articles: tuple[Article, ...]
    rejects: tuple[Reject, ...] = ()


def bring(origin: str, body: bytes, content_type: str, now: datetime) -> Brought:
    """Read `body` as what it is: JSONL, a feed, an HTML page or plain text.

    Raises BadInput where it is none of these or has no text at all.
    """
    if not body.strip():
        raise BadInput(f"{named(origin)}: empty; {NEEDED}")
    if b"\0" in body[:4096]:
        raise BadInput(f"{named(origin)}: a binary file; {NEEDED}")
    head = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:500].lower()
    if origin.endswith((".jsonl", ".ndjson")) or head.startswith(b"{"):
        return _jsonl(origin, body, now)
    if head.startswith(b"<") and b"<html" not in head and b"<!doctype html" not in head:
        return _feed(origin, body, content_type, now)
    try:
        if head.startswith(b"<"):
            page = read_page(body, _address(origin), _charset(content_type))
            return Brought((article_from_page(page, _address(origin), collected_at=now),))
        text = body.decode("utf8")
        return Brought((article_from_text(text, _address(origin), collected_at=now),))
    except UnicodeDecodeError as error:
        why = f"{error.reason} at byte {error.start}"
        raise BadInput(f"{named(origin)}: no UTF-8 text ({why}); {NEEDED}") from None
    except NoText as error:
        raise BadInput(
            f"{named(origin)}: no text of an article in it ({error}); "
            "give the page that holds the article, or its text"
        ) from None


def read_file(path: Path) -> bytes:
    """The bytes of the file at `path`; raises BadInput where it is none or cannot be read."""
    if path.is_dir():
        raise BadInput(f"{path}: a directory; name a file in it")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; name a file or an http(s) address") from None
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from None


def fetch(url: str, client: Client) -> tuple[bytes, str]:
    """Body and content type of the page at `url`; raises BadInput where nothing good answers."""
    try:
        reply = client.get(url)
    except Unreachable as error:
        raise BadInput(f"{error}; check the address and the network") from None
    if reply.status >= 400:
        raise BadInput(f"{shown(url)}: answered with status {reply.status}; check the address")
    return reply.body, reply.content_type


def named(origin: str) -> str:
    """An origin as messages and tables may carry it: a file's name, an address without secrets."""
    return shown(origin) if origin.startswith(("http://", "https://")) else origin


def _address(origin: str) -> str:
    return canonical(origin) if origin.startswith(("http://", "https://")) else ""


def _charset(content_type: str) -> str:
    found = CHARSET.search(content_type)
    return found[1] if found else ""


def _feed(origin: str, body: bytes, content_type: str, now: datetime) -> Brought:
    feed = Feed(publisher=Path(named(origin)).stem, url=origin, language="und", bloc="other")
    try:
        entries = read_feed(body, feed, content_type)
    except NotAFeed as error:
        raise BadInput(f"{named(origin)}: neither a feed nor a page ({error})") from None
    articles, rejects = [], []
    for entry in entries:
        try:
            articles.append(article_from_entry(entry, feed, None, now, source="add"))
        except NoText as error:
            rejects.append(Reject(named(origin), entry.url, entry.title, str(error)))
    return Brought(tuple(articles), tuple(rejects))


def _jsonl(origin: str, body: bytes, now: datetime) -> Brought:
    articles, rejects = [], []
    for place, line in _lines(origin, body):
        try:
            articles.append(_article(json.loads(line), now))
        except (*UNREADABLE, NoText) as error:
            rejects.append(Reject(named(origin), place, line[:80], _why(error)))
    if rejects and not articles:
        raise BadInput(
            f"{rejects[0].url}: {rejects[0].reason}; each line is an object with "
            '"text" and if known "title", "url", "publisher", "published_at"'
        )
    return Brought(tuple(articles), tuple(rejects))


def _lines(origin: str, body: bytes) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(body.decode("utf-8-sig", "replace").split("\n"), 1):
        if line.strip():
            yield f"{named(origin)}:{number}", line


def _article(row: Mapping[str, Any], now: datetime) -> Article:
    published = row.get("published_at") or row.get("date")
    return article_from_text(
        _string(row["text"]),
        url=canonical(str(row.get("url") or "")),
        title=str(row.get("title") or ""),
        publisher=str(row.get("publisher") or ""),
        published_at=_date(str(published), now) if published else None,
        collected_at=now,
    )


def _why(error: Exception) -> str:
    return f"no {error.args[0]!r} in it" if isinstance(error, KeyError) else str(error)[:80]


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError('"text" is no string')
    return value


def _date(value: str, now: datetime) -> datetime:
    date = iso_date(value, now)
    if date is None:
        raise ValueError(f"published_at {value[:30]!r} is no date that news can bear")
    return date
