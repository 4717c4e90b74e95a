"""Polling a feed: what becomes of every entry, and of a feed that does not answer."""

import socket
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from roster import small_roster
from server import Server

from flows.client import Client
from flows.collect import Poll, Seen, poll
from flows.warehouse import Warehouse
from models.entities import Roster
from models.records import Feed

NOW = datetime(2025, 11, 12, 9, 30, tzinfo=UTC)
NOTHING = Seen(frozenset(), {})
TEXT = "Moscow condemned the new sanctions against the government of Maduro on Wednesday."
PAGE = f"<!doctype html><html><body><article><p>{TEXT}</p></article></body></html>"
BARE = "<!doctype html><html><body></body></html>"


def item(title: str, link: str = "", summary: str = "") -> str:
    link = f"<link>{link}</link>" if link else ""
    return f"<item><title>{title}</title>{link}<description>{summary}</description></item>"


class Newsroom:
    """A feed on a local server, and the one who polls it."""

    def __init__(self, server: Server, roster: Roster) -> None:
        self.server = server
        self.roster = roster
        self.feed = Feed("One", server.url("/feed"), "en", bloc="western")

    def serve(self, path: str, body: str, status: int = 200, **fields: str) -> None:
        self.server.routes[path] = (status, {"Content-Type": "text/html", **fields}, body.encode())

    def offer(self, *items: str, **fields: str) -> None:
        """Serve a feed with `items`."""
        rss = f'<rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'
        self.serve("/feed", rss, **fields)

    def poll(self, seen: Seen = NOTHING, url: str = "") -> Poll:
        feed = replace(self.feed, url=url or self.feed.url)
        with Client("", 2, 5, 1, private_allowed=True) as client:
            gave = poll(feed, client, seen, self.roster, NOW)
        fetch = gave.fetch
        assert fetch.entries == fetch.stored + fetch.known + fetch.rejected
        assert (fetch.stored, fetch.rejected) == (len(gave.articles), len(gave.rejects))
        assert (fetch.publisher, fetch.fetched_at) == ("One", NOW)
        return gave


@pytest.fixture
def newsroom(server: Server, tmp_path: Path) -> Newsroom:
    return Newsroom(server, small_roster(tmp_path))


def test_every_entry_has_its_fate(newsroom: Newsroom) -> None:
    at = newsroom.server.url
    newsroom.offer(
        item("Moscow stands by Maduro", at("/backs")),
        item("Moscow stands by Maduro", at("/backs")),
        item("Beijing warns Caracas", at("/gone"), "In a statement on Monday."),
        item("Beijing is silent", at("/gone-too")),
        item("Beijing on Maduro", at("/old")),
        item("Rain in Lisbon", at("/rain"), "Wet."),
        item("China and Venezuela"),
        item("", at("/untitled")),
        ETag='"1"',
        **{"Last-Modified": "Wed"},
    )
    newsroom.serve("/backs", PAGE)
    gave = newsroom.poll(Seen(frozenset({at("/old")}), {}))
    assert [(a.url, a.title, a.text_method) for a in gave.articles] == [
        (at("/backs"), "Moscow stands by Maduro", "page"),
        (at("/gone"), "Beijing warns Caracas", "summary"),
    ]
    assert [a.text for a in gave.articles] == [
        f"Moscow stands by Maduro\n\n{TEXT}",
        "Beijing warns Caracas\n\nIn a statement on Monday.",
    ]
    assert {(a.publisher, a.bloc, a.source) for a in gave.articles} == {
        ("One", "western", newsroom.feed.url)
    }
    assert [(r.source, r.url, r.title, r.reason) for r in gave.rejects] == [
        (newsroom.feed.url, at("/gone-too"), "Beijing is silent", "no_text"),
        (newsroom.feed.url, at("/rain"), "Rain in Lisbon", "off_topic"),
        (newsroom.feed.url, "", "China and Venezuela", "no_link"),
        (newsroom.feed.url, at("/untitled"), "", "no_title"),
    ]
    fetch = gave.fetch
    assert (fetch.entries, fetch.stored, fetch.known, fetch.rejected) == (8, 2, 2, 4)
    assert (fetch.status, fetch.etag, fetch.last_modified, fetch.error) == (200, '"1"', "Wed", "")


def test_only_pages_of_new_entries_on_topic_are_fetched(newsroom: Newsroom) -> None:
    at = newsroom.server.url
    newsroom.offer(
        item("Beijing on Maduro", at("/old")),
        item("Rain in Lisbon", at("/rain")),
        item("Moscow stands by Maduro", at("/backs")),
    )
    newsroom.poll(Seen(frozenset({at("/old")}), {}))
    assert [asked.path for asked in newsroom.server.asked] == ["/feed", "/backs"]


TOPICS = {
    "an actor in the title": ("Moscow speaks", "", True),
    "a target in the summary": ("News", "On Maduro.", True),
    "an actor in another word": ("Moscowite dances", "", False),
    "another target": ("Chávez remembered", "", False),
    "a third party": ("U.S. speaks", "", False),
}


@pytest.mark.parametrize(("title", "summary", "is_on_topic"), TOPICS.values(), ids=TOPICS)
def test_an_entry_is_on_topic_where_it_names_whom_we_follow(
    newsroom: Newsroom, title: str, summary: str, is_on_topic: bool
) -> None:
    newsroom.offer(item(title, newsroom.server.url("/backs"), summary))
    newsroom.serve("/backs", PAGE)
    gave = newsroom.poll()
    assert [reject.reason for reject in gave.rejects] == ([] if is_on_topic else ["off_topic"])


PAGES = {
    "is missing": ("", 404),
    "is out of order": (PAGE, 500),
    "has no text": (BARE, 200),
    "is no HTML": ("Moscow", 200),
    "is binary": ("\0\1\2" * 100, 200),
    "leads nowhere": ("", 302),
}


@pytest.mark.parametrize(("body", "status"), PAGES.values(), ids=PAGES)
def test_the_summary_stands_in_for_a_page_that(newsroom: Newsroom, body: str, status: int) -> None:
    newsroom.offer(item("Moscow stands by Maduro", newsroom.server.url("/page"), "It says so."))
    newsroom.serve("/page", body, status, Location="gopher://one.example/")
    [article] = newsroom.poll().articles
    assert article.text == "Moscow stands by Maduro\n\nIt says so."
    assert article.text_method == "summary"


def test_an_entry_whose_page_was_out_of_order_is_asked_again(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    newsroom.offer(item("Moscow stands by Maduro", newsroom.server.url("/page")))
    newsroom.serve("/page", PAGE, 500)
    with Warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        gave = newsroom.poll()
        warehouse.append_articles(gave.articles, gave.rejects, gave.fetch)
        newsroom.serve("/page", PAGE)
        again = newsroom.poll(Seen(frozenset(warehouse.known()), warehouse.validators()))
    assert len(again.articles) == 1


def test_what_did_not_change_keeps_its_validators(newsroom: Newsroom) -> None:
    newsroom.serve("/feed", "", 304)
    seen = Seen(frozenset(), {newsroom.feed.url: ('"1"', "Wed")})
    gave = newsroom.poll(seen)
    assert (gave.fetch.status, gave.fetch.entries, gave.fetch.error) == (304, 0, "")
    assert (gave.fetch.etag, gave.fetch.last_modified) == ('"1"', "Wed")
    sent = {name.lower(): value for name, value in newsroom.server.asked[0].headers.items()}
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('"1"', "Wed")


def test_a_feed_that_says_nothing_today_is_no_error(newsroom: Newsroom) -> None:
    newsroom.offer()
    gave = newsroom.poll()
    assert (gave.fetch.status, gave.fetch.entries, gave.fetch.error) == (200, 0, "")


DEAD = {
    "it is gone": (404, "", "answered with status 404"),
    "it is out of order": (500, "", "answered with status 500"),
    "it is a page": (200, PAGE, "html"),
    "it is empty": (200, "", "empty"),
    "it is JSON": (200, '{"items": []}', "json"),
}


@pytest.mark.parametrize(("status", "body", "error"), DEAD.values(), ids=DEAD)
def test_a_feed_is_recorded_with_its_error_where(
    newsroom: Newsroom, status: int, body: str, error: str
) -> None:
    newsroom.serve("/feed", body, status, ETag='"1"')
    gave = newsroom.poll(Seen(frozenset(), {newsroom.feed.url: ('"0"', "")}))
    assert (gave.fetch.status, gave.fetch.error, gave.fetch.entries) == (status, error, 0)
    assert gave.fetch.etag == ""


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_refused_connection_is_recorded_without_a_status(newsroom: Newsroom) -> None:
    url = f"http://127.0.0.1:{free_port()}/feed"
    gave = newsroom.poll(url=url)
    assert gave.fetch.status is None
    assert gave.fetch.error
    assert url not in gave.fetch.error
    assert (gave.fetch.feed_url, gave.fetch.entries) == (url, 0)


SECRET = {
    "the feed answers": (200, "{at}/backs", PAGE),
    "a page leads elsewhere": (200, "{at}/gone", ""),
    "a link is relative": (200, "/backs", PAGE),
    "a link is relative and off topic": (200, "/rain", ""),
    "a link is only a fragment": (200, "#top", ""),
    "the feed is gone": (404, "", ""),
    "the feed leads nowhere": (302, "", ""),
}


@pytest.mark.parametrize(("status", "link", "page"), SECRET.values(), ids=SECRET)
def test_secrets_of_an_address_are_not_told_where(
    newsroom: Newsroom, status: int, link: str, page: str
) -> None:
    at = newsroom.server.url("")
    title = "Rain in Lisbon" if link == "/rain" else "Moscow stands by Maduro"
    newsroom.offer(item(title, link.format(at=at)), item("Rain", f"{at}/wet"))
    _, fields, body = newsroom.server.routes["/feed"]  # type: ignore[misc]
    headers = {**fields, "Location": "gopher://user:pa55@one.example/?key=s3cret"}
    newsroom.server.routes["/feed"] = (status, headers, body)
    newsroom.serve("/backs", page)
    gave = newsroom.poll(url=newsroom.feed.url.replace("//", "//user:pa55@") + "?key=s3cret")
    told = repr(gave.fetch) + repr(gave.rejects) + repr(gave.articles)
    assert [secret for secret in ("user", "pa55", "s3cret") if secret in told] == []
