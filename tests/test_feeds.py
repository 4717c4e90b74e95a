"""Feeds: golden pairs `feeds/NAME.xml` and `feeds/NAME.json`, and tables of cases.

A second suffix is the language of the feed: `NAME.ru.xml`.
"""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Golden

from flows.feeds import NotAFeed, possible, read_feed
from models.records import Feed

FEEDS = sorted((Path(__file__).parent / "feeds").glob("*.xml"))
FEED = Feed("Harbour Daily", "https://feeds.example/rss/all.xml", "en")


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
