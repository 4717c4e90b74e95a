"""Articles: golden pairs `pages/NAME.html` and `pages/NAME.json`, and tables of cases."""

import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import Golden

from flows.articles import (
    NoText,
    Page,
    article_from_entry,
    article_from_page,
    article_from_text,
    read_page,
)
from models.records import Entry, Feed

PAGES = sorted((Path(__file__).parent / "pages").glob("*.html"))
URL = "https://harbour.example/world/caracas"
NOW = datetime(2025, 11, 3, 12, tzinfo=UTC)
DAY = datetime(2025, 10, 31, tzinfo=UTC)
FEED = Feed("Harbour Daily", "https://u:p@harbour.example/rss?key=1", "en", bloc="western")
BODY = "Moscow reaffirmed its support for the government in Caracas on Friday."


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_reads_as_written_down(path: Path, golden: Golden) -> None:
    golden(path.with_suffix(".json"), _read(path.read_bytes()))


def _read(html: bytes) -> Any:
    try:
        return asdict(read_page(html, URL))
    except NoText as error:
        return {"no text": error.reason}


def page_of(head: str = "", tail: str = "", attributes: str = "") -> bytes:
    paragraphs = f"<p>{BODY} {BODY}</p>" * 3
    markup = f"<html {attributes}><head><title>Head</title>{head}</head><body><article>"
    return (
        f"<!doctype html>{markup}<h1>Head</h1>{paragraphs}{tail}</article></body></html>".encode()
    )


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        pytest.param(b"", "not_html", id="nothing"),
        pytest.param(b"plain words, and no tags", "not_html", id="plain text"),
        pytest.param(b'{"title": "x"}', "not_html", id="JSON"),
        pytest.param(b"<rss><channel></channel></rss>", "not_html", id="a feed"),
        pytest.param(b"%PDF-1.7\n" + b"text " * 100, "binary", id="PDF"),
        pytest.param(b"\x89PNG\r\n\x1a\n<html>", "binary", id="PNG"),
        pytest.param(b"\x1f\x8b\x08\0\0\0\0", "binary", id="gzip"),
        pytest.param(bytes(range(256)) * 40, "binary", id="noise"),
        pytest.param(b"<html><body></body></html>", "no_text", id="empty page"),
        pytest.param(
            b"<html><body><p>Please enable cookies.</p></body></html>", "no_text", id="few"
        ),
        pytest.param(b"<html><body><h1>Only a title</h1></body></html>", "no_text", id="title"),
    ],
)
def test_a_page_without_text_is_named(html: bytes, reason: str) -> None:
    with pytest.raises(NoText) as caught:
        read_page(html, URL)
    assert (caught.value.reason, str(caught.value)) == (reason, reason)


def test_an_address_in_the_place_of_a_page_is_not_downloaded() -> None:
    with pytest.raises(NoText, match="not_html"):
        read_page(b"http://127.0.0.1:9/", URL)


def test_the_server_names_the_encoding() -> None:
    html = page_of().replace(b"Head", "Заголовок".encode("cp1251"))
    assert read_page(html, URL, "windows-1251").title == "Заголовок"


def test_comments_of_readers_are_left_out() -> None:
    comments = f'<div id="comments"><p>A reader writes something long. {BODY}</p></div>'
    assert "reader writes" not in read_page(page_of(tail=comments), URL).text


@pytest.mark.parametrize(
    ("head", "tail", "given", "inferred"),
    [
        pytest.param(
            '<meta property="article:published_time" content="2025-10-31T22:30:00-04:00">',
            "",
            datetime(2025, 11, 1, 2, 30, tzinfo=UTC),
            None,
            id="meta",
        ),
        pytest.param('<meta name="pubdate" content="2025-10-31">', "", DAY, None, id="day only"),
        pytest.param(
            '<script type="application/ld+json">{"datePublished": "2025-10-31T00:00Z"}</script>',
            "",
            DAY,
            None,
            id="JSON-LD",
        ),
        pytest.param(
            "", '<time pubdate datetime="2025-10-31">Friday</time>', DAY, None, id="time element"
        ),
        pytest.param("", "<p>Published: 31 October 2025</p>", None, DAY, id="in the text"),
        pytest.param("", "<p>来源：新华社 2025年10月31日</p>", None, DAY, id="Chinese"),
        pytest.param('<meta name="date" content="1970-01-01">', "", None, None, id="epoch"),
        pytest.param('<meta name="date" content="2100-01-01">', "", None, None, id="future"),
        pytest.param("", "<footer>&copy; 2024 Harbour</footer>", None, None, id="copyright"),
        pytest.param("", "", None, None, id="none"),
    ],
)
def test_the_date_of_a_page(
    head: str, tail: str, given: datetime | None, inferred: datetime | None
) -> None:
    page = read_page(page_of(head, tail), URL)
    assert (page.published_at, page.inferred_at) == (given, inferred)


def test_the_date_in_an_address_is_inferred() -> None:
    page = read_page(page_of(), "https://harbour.example/2025/10/31/caracas")
    assert (page.published_at, page.inferred_at) == (None, DAY)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('lang="en-GB"', "en"),
        ("lang=RU", "ru"),
        ('class="a" lang="zh-Hans-CN"', "zh"),
        ('data-lang="fr"', ""),
        ("", ""),
    ],
)
def test_a_page_claims_a_language(attributes: str, expected: str) -> None:
    assert read_page(page_of(attributes=attributes), URL).language == expected


def entry_of(
    title: str = "Support reaffirmed", summary: str = "", at: datetime | None = None
) -> Entry:
    return Entry(FEED.url, URL, title, summary, at)


def test_an_entry_and_its_page_make_an_article() -> None:
    article = article_from_entry(entry_of(at=DAY), FEED, Page("Other", BODY), NOW)
    assert article.title == "Support reaffirmed"
    assert article.text == f"Support reaffirmed\n\n{BODY}"
    assert (article.url, article.publisher, article.bloc) == (URL, "Harbour Daily", "western")
    assert (article.published_at, article.date_quality) == (DAY, "given")
    assert (article.text_method, article.language) == ("page", "en")
    assert article.source == "https://harbour.example/rss"


def test_an_entry_may_come_in_another_way() -> None:
    article = article_from_entry(entry_of(summary=BODY), FEED, None, NOW, source="add")
    assert article.source == "add"


def test_without_a_page_the_summary_is_the_text() -> None:
    article = article_from_entry(entry_of(summary=BODY), FEED, None, NOW)
    assert (article.text, article.text_method) == (f"Support reaffirmed\n\n{BODY}", "summary")


def test_an_entry_without_page_and_summary_is_no_article() -> None:
    with pytest.raises(NoText, match="no_text"):
        article_from_entry(entry_of(), FEED, None, NOW)


@pytest.mark.parametrize(
    ("entry_at", "page", "expected"),
    [
        pytest.param(DAY, Page("T", BODY, NOW, NOW), (DAY, "given"), id="the feed's first"),
        pytest.param(None, Page("T", BODY, DAY, NOW), (DAY, "given"), id="then the page's"),
        pytest.param(None, Page("T", BODY, None, DAY), (DAY, "inferred"), id="then inferred"),
        pytest.param(None, Page("T", BODY), (NOW, "collected"), id="then today"),
        pytest.param(None, None, (NOW, "collected"), id="no page"),
    ],
)
def test_the_best_date_is_taken(
    entry_at: datetime | None, page: Page | None, expected: tuple[datetime, str]
) -> None:
    article = article_from_entry(entry_of(summary=BODY, at=entry_at), FEED, page, NOW)
    assert (article.published_at, article.date_quality) == expected


@pytest.mark.parametrize(
    ("title", "body", "text"),
    [
        pytest.param("Head", "Body.", "Head\n\nBody.", id="put in front"),
        pytest.param("Head", "Head\n\nBody.", "Head\n\nBody.", id="there already"),
        pytest.param("Head", "Head: more. Body.", "Head: more. Body.", id="starts the text"),
        pytest.param(" A \n b ", "Body.", "A b\n\nBody.", id="on one line"),
        pytest.param("A\u00adB\0", "Body.", "AB\n\nBody.", id="invisible characters"),
        pytest.param("", "First.\nSecond.", "First.\nSecond.", id="no title"),
        pytest.param("Head", "a  b\t c\n\n\n\nd ", "Head\n\na b c\n\nd", id="white space"),
        pytest.param("Head", "a\0b\ud800 " + "c" * 60, f"Head\n\nab {'c' * 60}", id="no letters"),
    ],
)
def test_a_text_starts_with_its_title(title: str, body: str, text: str) -> None:
    article = article_from_text(body, title=title, collected_at=NOW)
    assert article.text == text
    assert article.title
    assert article.text.startswith(article.title)


def test_a_page_by_hand_makes_an_article() -> None:
    article = article_from_page(Page("Head", BODY, DAY), URL, "Harbour", collected_at=NOW)
    assert (article.title, article.text) == ("Head", f"Head\n\n{BODY}")
    assert (article.source, article.text_method, article.published_at) == ("add", "page", DAY)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "no_text", id="nothing"),
        pytest.param(" \n\t\u200b", "no_text", id="white space"),
        pytest.param("%PDF-1.7 words", "binary", id="PDF"),
        pytest.param("\0\x01\x02" * 50, "binary", id="control characters"),
        pytest.param("\ufffd\ufffda" * 50, "binary", id="undecodable"),
    ],
)
def test_a_text_without_words_is_no_article(text: str, reason: str) -> None:
    with pytest.raises(NoText, match=reason):
        article_from_text(text, title="T", collected_at=NOW)


def test_a_text_by_hand_has_its_date_and_source() -> None:
    seed = article_from_text(BODY, published_at=DAY, collected_at=NOW, source="seeds")
    assert (seed.published_at, seed.date_quality) == (DAY, "given")
    assert (seed.source, seed.text_method) == ("seeds", "seed")
    added = article_from_text(BODY, collected_at=NOW)
    assert (added.published_at, added.date_quality) == (NOW, "collected")
    assert (added.source, added.text_method) == ("add", "text")


@pytest.mark.parametrize(
    "date", [datetime(2025, 10, 31), datetime(2025, 10, 31, 3, tzinfo=timezone(timedelta(hours=3)))]
)
def test_a_date_becomes_utc(date: datetime) -> None:
    article = article_from_text(BODY, published_at=date, collected_at=NOW)
    assert (article.published_at, article.published_at.tzinfo) == (DAY, UTC)


def test_articles_are_light_to_import() -> None:
    code = "import sys, flows.articles; print({'trafilatura', 'htmldate', 'lxml'} & {*sys.modules})"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
