"""Feeds: golden pairs `feeds/NAME.xml` and `feeds/NAME.json`, and tables of cases.

A second suffix is the language of the feed: `NAME.ru.xml`.
"""

import time
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Golden

from flows.feeds import (
    NotAFeed,
    absolute,
    believable,
    canonical,
    lines_of,
    moment,
    plain,
    possible,
    read_feed,
)
from models.records import Feed

FEEDS = sorted((Path(__file__).parent / "feeds").glob("*.xml"))
FEED = Feed("Harbour Daily", "https://feeds.example/rss/all.xml", "en")
NOW = datetime(2025, 11, 3, 12, tzinfo=UTC)


@pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.stem)
def test_a_feed_reads_as_written_down(path: Path, golden: Golden) -> None:
    language = path.suffixes[0][1:] if len(path.suffixes) > 1 else "en"
    golden(path.with_suffix(".json"), _read(path.read_bytes(), replace(FEED, language=language)))


def _read(body: bytes, feed: Feed) -> Any:
    try:
        return [asdict(entry) for entry in read_feed(body, feed)]
    except NotAFeed as error:
        return {"not a feed": error.reason}


def rss(inner: str) -> bytes:
    return f'<rss version="2.0"><channel>{inner}</channel></rss>'.encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"\xef\xbb\xbf \n", "empty", id="white space"),
        pytest.param(b"<html><body>hi</body></html>", "html", id="HTML"),
        pytest.param(b'{"items": []}', "json", id="JSON"),
        pytest.param(b"&#0;", "no_feed", id="nothing possible"),
        pytest.param(b"not a feed", "no_feed", id="plain text"),
        pytest.param(b"<sitemap><loc>x</loc></sitemap>", "no_feed", id="other XML"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0", "no_feed", id="image"),
        pytest.param(rss("")[:30], "broken", id="cut before the first entry"),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(NotAFeed) as caught:
        read_feed(body, FEED)
    assert (caught.value.reason, str(caught.value)) == (reason, reason)


def test_a_feed_that_the_parser_fails_on_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OverflowError

    monkeypatch.setattr("feedparser.parse", fail)
    with pytest.raises(NotAFeed, match="unreadable"):
        read_feed(rss(""), FEED)


def test_a_feed_without_news_is_a_feed() -> None:
    assert read_feed(rss("<title>quiet</title>"), FEED) == []


def test_a_body_is_never_taken_for_a_file(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(rss("<item><title>A</title></item>"))
    with pytest.raises(NotAFeed):
        read_feed(str(file).encode(), FEED)


def test_an_entity_does_not_read_files(tmp_path: Path) -> None:
    file = tmp_path / "secret.txt"
    file.write_text("hush")
    head = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{file.as_uri()}">]>'.encode()
    (entry,) = read_feed(head + rss("<item><title>A &x;</title></item>"), FEED)
    assert "hush" not in entry.title


XML = '<?xml version="1.0"{}?><rss version="2.0"><channel><item><title>{}</title></item>{}'


@pytest.mark.parametrize(
    ("declared", "content_type", "language", "title", "codec"),
    [
        pytest.param("", "", "ru", "Москва", "utf-8", id="UTF-8 by default"),
        pytest.param("", "", "ru", "Москва", "utf-16", id="UTF-16 with a mark"),
        pytest.param("", "", "ru", "Москва", "utf-16-be", id="UTF-16 without a mark"),
        pytest.param("windows-1251", "", "en", "Москва", "cp1251", id="declared"),
        pytest.param("", "a/xml; charset=windows-1251", "en", "Москва", "cp1251", id="in header"),
        pytest.param("iso-8859-1", "", "ru", "Москва", "utf-8", id="UTF-8 declared as Latin"),
        pytest.param("", "a/b; charset=latin-1", "ru", "Москва", "utf-8", id="Latin in header"),
        pytest.param("utf-8", "", "ru", "Москва", "cp1251", id="Cyrillic declared as UTF-8"),
        pytest.param("utf-8", "", "zh", "北京表示", "gb18030", id="Chinese declared as UTF-8"),
        pytest.param("gb2312", "", "zh", "镕", "gbk", id="larger than declared"),
        pytest.param(
            "utf-8", "", "es", "Rusia reiteró “sí”", "cp1252", id="Latin declared as UTF-8"
        ),
        pytest.param("rot13", "a/b; charset=hex", "ru", "Москва", "utf-8", id="no encodings"),
    ],
)
def test_a_title_survives_its_encoding(
    declared: str, content_type: str, language: str, title: str, codec: str
) -> None:
    attribute = f' encoding="{declared}"' if declared else ""
    body = XML.format(attribute, title, "</channel></rss>").encode(codec)
    (entry,) = read_feed(body, Feed("P", "https://e.org/", language), content_type)
    assert entry.title == title


def test_a_byte_cut_off_does_not_garble_the_rest() -> None:
    body = XML.format("", "Москва подтвердила поддержку", "</channel></rss>").encode()
    body = body.replace("у</title>".encode(), b"\xd1</title>")
    (entry,) = read_feed(body, Feed("P", "https://e.org/", "ru"))
    assert entry.title == "Москва подтвердила поддержк\ufffd"


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "x", "a; charset=\0"])
def test_an_odd_content_type_does_not_lose_the_feed(content_type: str) -> None:
    assert len(read_feed(rss("<item><title>A</title></item>"), FEED, content_type)) == 1


def test_the_longest_text_is_the_summary() -> None:
    item = "<item><description>Short.</description><description>x</description></item>"
    (entry,) = read_feed(rss(item), FEED)
    assert entry.summary == "Short."


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("https://e.org/a", "https://e.org/a", id="nothing to do"),
        pytest.param("https://e.org/a#top", "https://e.org/a", id="fragment"),
        pytest.param("https://e.org/a?utm_source=x&id=1", "https://e.org/a?id=1", id="utm"),
        pytest.param("https://e.org/a?fbclid=x", "https://e.org/a", id="fbclid"),
        pytest.param("https://e.org/a?b=2&gclid=x&a=1", "https://e.org/a?b=2&a=1", id="order kept"),
        pytest.param("https://e.org/a?UTM_Medium=x", "https://e.org/a", id="upper case"),
        pytest.param("https://e.org/a?at_medium=RSS&at_campaign=r", "https://e.org/a", id="at_"),
        pytest.param("https://e.org/a?b=%D0%B4+x", "https://e.org/a?b=%D0%B4+x", id="escapes kept"),
        pytest.param("https://e.org/a?utmost=1", "https://e.org/a?utmost=1", id="only like utm"),
        pytest.param("https://e.org/a?id", "https://e.org/a?id", id="name without value"),
        pytest.param("https://e.org/a?&&b=1&", "https://e.org/a?b=1", id="empty pairs"),
        pytest.param("HTTPS://E.org/A", "https://e.org/A", id="case of scheme and host"),
        pytest.param("http://e.org:80/", "http://e.org/", id="default port"),
        pytest.param("http://e.org:/a", "http://e.org/a", id="empty port"),
        pytest.param("https://e.org:8443/", "https://e.org:8443/", id="other port"),
        pytest.param("http://[::1]/a", "http://[::1]/a", id="IPv6"),
        pytest.param("https://e.org", "https://e.org/", id="no path"),
        pytest.param(" https://e.org/a\n", "https://e.org/a", id="white space around"),
        pytest.param("https://e.org/a b?c=d e", "https://e.org/a%20b?c=d%20e", id="spaces inside"),
        pytest.param("https://e.org/новости", "https://e.org/новости", id="letters kept"),
        pytest.param("mailto:a@e.org", "", id="mail"),
        pytest.param("javascript:alert(1)", "", id="script"),
        pytest.param("/a", "", id="relative"),
        pytest.param("https:///a", "", id="no host"),
        pytest.param("http://[e.org/", "", id="open bracket"),
        pytest.param("http://e.org:x/", "", id="impossible port"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_an_address_has_one_form(url: str, expected: str) -> None:
    assert canonical(url) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/b", "https://e.org/b"),
        ("b", "https://e.org/a/b"),
        ("//f.org/b", "https://f.org/b"),
        ("http://f.org/", "http://f.org/"),
        ("", ""),
        ("  ", ""),
        ("http://[", ""),
    ],
)
def test_a_link_is_absolute(link: str, expected: str) -> None:
    assert absolute(link, "https://e.org/a/feed.xml") == expected


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
    assert moment(time.struct_time((year, 1, 1, 0, 0, 0, 0, 1, 0))) is None


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        pytest.param("Fri, 31 Oct 2025 22:30:00 -0400", "2025-11-01T02:30:00+00:00", id="RFC 822"),
        pytest.param("31 Oct 2025 22:30 EST", "2025-11-01T03:30:00+00:00", id="named zone"),
        pytest.param("2025-11-01T09:15:00+08:00", "2025-11-01T01:15:00+00:00", id="ISO 8601"),
        pytest.param("2025-11-01", "2025-11-01T00:00:00+00:00", id="day"),
        pytest.param("Sat, 01 Nov 2025 07:00:00", "2025-11-01T07:00:00+00:00", id="no zone"),
        pytest.param("9999-12-31T23:59:59-12:00", None, id="year 10000"),
        pytest.param("0001-01-01T00:00:00+14:00", None, id="year 0"),
        pytest.param("Mon, 99 Foo 20255 99:99:99 ZZZ", None, id="nonsense"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_feed_date_is_in_utc(date: str, expected: str | None) -> None:
    (entry,) = read_feed(rss(f"<item><pubDate>{date}</pubDate></item>"), FEED)
    assert (entry.published_at and entry.published_at.isoformat()) == expected


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<p>One.</p><p>Two.</p>", "One.\n\nTwo.", id="paragraphs"),
        pytest.param("one<br>two", "one\ntwo", id="line break"),
        pytest.param("a <b>bold</b> <i>word</i>", "a bold word", id="inline tags"),
        pytest.param("&lt;p&gt;twice&lt;/p&gt;", "twice", id="escaped twice"),
        pytest.param("Tom &amp;amp; Jerry", "Tom & Jerry", id="ampersand"),
        pytest.param("5 < 6 and 7 > 3", "5 < 6 and 7 > 3", id="no tags"),
        pytest.param("x<script>if (a<b) '<p>'</script>y", "xy", id="script"),
        pytest.param("x<style>p{}", "x", id="unclosed style"),
        pytest.param("a<!-- note -->b", "ab", id="comment"),
        pytest.param("Ма\u00adдуро\ufeff \u200bnow", "Мадуро now", id="invisible"),
        pytest.param("a\0b\ud800c\x1b", "abc", id="impossible characters"),
        pytest.param(" a\t\u00a0 b ", "a b", id="white space"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_markup_becomes_plain_text(markup: str, expected: str) -> None:
    assert plain(markup) == expected


@pytest.mark.parametrize("markup", ["<", "<b", "<script>", "&#", "<!--", "<p>", "</", "&lt;"])
def test_hostile_markup_is_read_in_linear_time(markup: str) -> None:
    start = time.process_time()
    plain(markup * 200_000)
    assert time.process_time() - start < 2


def test_empty_lines_are_kept_one_at_a_time() -> None:
    assert lines_of("\n a \r\n\n \n\n b\nc\n") == "a\n\nb\nc"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"&#65;&#x41;", b"&#65;&#x41;"),
        (b"a&#xD800;b", b"ab"),
        (b"a&#55296;b", b"ab"),
        (b"a&#x110000;b", b"ab"),
        (b"a&#99999999999999999999;b", b"ab"),
        (b"a&#0;b", b"ab"),
        (b"&#x1F600;", b"&#x1F600;"),
        (b'<gml:Point srsName="EPSG:abc">', b"<gml:Point>"),
    ],
)
def test_what_the_parser_dies_of_is_dropped(body: bytes, expected: bytes) -> None:
    assert possible(body) == expected
