"""Polling a feed: what it says, the pages behind it, and what becomes of every entry."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from flows.addresses import ledger_name, shown
from flows.articles import NoText, article_from_entry, read_page
from flows.client import Client, Unreachable
from flows.feeds import NotAFeed, read_feed
from flows.ledger import Fetch, Reject
from flows.settings import Settings
from models.entities import Roster
from models.mentions import matcher
from models.records import Article, Entry, Feed


@dataclass(frozen=True, slots=True)
class Poll:
    """What one poll gave: its ledger row, the articles and the rejected entries."""

    fetch: Fetch
    articles: tuple[Article, ...] = ()
    rejects: tuple[Reject, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What the warehouse knows already: addresses, and each feed's ETag and Last-Modified."""

    urls: frozenset[str]
    validators: dict[str, tuple[str, str]]


def open_client(settings: Settings) -> Client:
    """A client with the limits that the settings name."""
    return Client(
        settings.contact,
        settings.connect_seconds,
        settings.total_seconds,
        settings.megabytes,
        private_allowed=settings.private_allowed,
    )


def poll(feed: Feed, client: Client, seen: Seen, roster: Roster, now: datetime) -> Poll:
    """Ask `feed` for its entries and fetch the page of each new one that names who we follow.

    Never raises for what the other side does: a dead feed, a page without text or an
    entry without a link is recorded, not fatal.
    """
    etag, last_modified = seen.validators.get(ledger_name(feed.url), ("", ""))
    ledger = Fetch(ledger_name(feed.url), now, feed.publisher, status=None)
    try:
        reply = client.get(feed.url, etag, last_modified)
    except Unreachable as error:
        return Poll(replace(ledger, error=str(error).removeprefix(f"{shown(feed.url)}: ")))
    ledger = replace(ledger, status=reply.status)
    if reply.status == 304:
        return Poll(replace(ledger, etag=etag, last_modified=last_modified))
    if reply.status >= 400:
        return Poll(replace(ledger, error=f"answered with status {reply.status}"))
    try:
        entries = read_feed(reply.body, feed, reply.content_type)
    except NotAFeed as error:
        return Poll(replace(ledger, error=str(error)))
    ledger = replace(ledger, etag=reply.etag, last_modified=reply.last_modified)
    return _settle(ledger, feed, entries, client, seen, roster)


def is_topical(entry: Entry, roster: Roster, language: str, day: date) -> bool:
    """Whether the title or summary of an entry names an actor or a target."""
    named = matcher(roster, language).mentions(f"{entry.title}\n{entry.summary}", day)
    return any(mention.entity.role in ("actor", "target") for mention in named)


def _settle(
    ledger: Fetch,
    feed: Feed,
    entries: Sequence[Entry],
    client: Client,
    seen: Seen,
    roster: Roster,
) -> Poll:
    """Give every entry its fate: stored, known, or rejected with a reason."""
    articles: dict[str, Article] = {}
    rejects: list[Reject] = []
    known = 0
    for entry in entries:
        if entry.url in seen.urls or entry.url in articles:
            known += 1
        elif reason := _refused(entry, feed, roster, ledger.fetched_at.date()):
            rejects.append(Reject(ledger_name(feed.url), entry.url, entry.title, reason))
        else:
            try:
                articles[entry.url] = _article(entry, feed, client, ledger.fetched_at)
            except NoText as error:
                rejects.append(Reject(ledger_name(feed.url), entry.url, entry.title, str(error)))
    ledger = replace(
        ledger, entries=len(entries), stored=len(articles), known=known, rejected=len(rejects)
    )
    return Poll(ledger, tuple(articles.values()), tuple(rejects))


def _refused(entry: Entry, feed: Feed, roster: Roster, day: date) -> str:
    if not entry.url:
        return "no_link"
    if not entry.title and not entry.summary:
        return "no_title"
    return "" if is_topical(entry, roster, feed.language, day) else "off_topic"


def _article(entry: Entry, feed: Feed, client: Client, now: datetime) -> Article:
    """The article behind an entry: its page, or the feed's summary where that cannot be had."""
    page = None
    missing = False
    try:
        reply = client.get(entry.url)
        missing = reply.status >= 500
        if reply.status == 200:
            page = read_page(reply.body, reply.url, reply.encoding)
    except Unreachable:
        missing = True
    except NoText:
        pass
    if missing and not entry.summary:
        raise NoText("no_page")
    return article_from_entry(entry, feed, page, now, source=ledger_name(feed.url))
