"""Articles: the text of a page, of a feed's summary or of a file, with its date and language."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flows.addresses import shown
from flows.dates import chinese_date, inferred_date, iso_date, utc
from flows.plaintext import SAMPLE, decoded, first_line, is_binary, lines_of, one_line
from models.language import identify
from models.records import Article, Entry, Feed

SHORTEST = 40
"""Characters of the shortest text that we take for an article, and not for a menu."""

MAGIC = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"RIFF")
CHARSET = re.compile(rb"""(?i)<meta[^<>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""")
MARKUP = re.compile(r"(?i)<(?:!doctype html|html|head|body|article|div|p|h1|br|span)\b")
LANGUAGE = re.compile(r"""(?i)<html\b[^<>]{0,400}?\slang\s*=\s*["']?([A-Za-z]{2,3})\b""")

DATE_NAMES = frozenset(
    {
        *("article:published_time", "article:published", "og:published_time", "datepublished"),
        *("date", "pubdate", "publishdate", "publish_date", "publish-date", "publication_date"),
        *("dc.date", "dc.date.issued", "dcterms.date", "dcterms.issued", "dcterms.created"),
        *("parsely-pub-date", "sailthru.date", "mediator_published_time"),
    }
)
JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')


class NoText(Exception):
    """There is nothing to judge; `reason`: `no_text`, `not_html` or `binary`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Page:
    """What a web page says: its article, without menus and other pages' headlines.

    `published_at` is the date that the page declares for machines, `inferred_at` one found
    in its text or address; both in UTC, None where there is none that can be believed.
    `language` is the code that the page claims (ISO 639), "" for none.
    """

    title: str
    text: str
    published_at: datetime | None = None
    inferred_at: datetime | None = None
    language: str = ""


def read_page(html: bytes, url: str, encoding: str = "") -> Page:
    """The article on the page `html` that was served at `url`.

    `encoding` is the charset that the server names, "" for none.
    Raises NoText when the page is binary data, no HTML, or has no article.
    """
    named = CHARSET.search(html[:SAMPLE])
    names = (encoding, named[1].decode("ascii", "ignore") if named else "")
    markup = decoded(html, names, legacy="utf-8")
    if is_binary(markup) or html.startswith(MAGIC):
        raise NoText("binary")
    if not MARKUP.search(markup):
        raise NoText("not_html")
    tree = _tree(markup)
    title, text = _extracted(tree, url)
    if not text:
        raise NoText("no_text")
    now = datetime.now(UTC)
    given = declared_date(tree, now)
    found = () if given else (_found_date(tree, url), chinese_date(markup))
    inferred = next((date for value in found if (date := inferred_date(value, now))), None)
    return Page(title, text, given, inferred, claimed_language(markup))


def article_from_entry(
    entry: Entry, feed: Feed, page: Page | None, collected_at: datetime, source: str = ""
) -> Article:
    """The article behind a feed's `entry`: the page's text, or else the feed's own summary.

    `collected_at` (UTC) is the date of last resort. `source` is how the article came in,
    without one the feed's address. Raises NoText when there is neither text.
    """
    text, method = (page.text, "page") if page else (entry.summary, "summary")
    return _article(
        entry.title or (page.title if page else ""),
        text,
        dated(entry.published_at, page, collected_at),
        url=entry.url,
        publisher=feed.publisher,
        bloc=feed.bloc,
        source=source or shown(feed.url),
        text_method=method,
    )


def article_from_page(
    page: Page,
    url: str,
    publisher: str = "",
    bloc: str = "",
    *,
    collected_at: datetime,
    source: str = "add",
) -> Article:
    """The article on `page`, brought in by its address `url`; `collected_at` in UTC.

    Raises NoText when the page has no text.
    """
    return _article(
        page.title,
        page.text,
        dated(None, page, collected_at),
        url=url,
        publisher=publisher,
        bloc=bloc,
        source=source,
        text_method="page",
    )


def article_from_text(
    text: str,
    url: str = "",
    title: str = "",
    publisher: str = "",
    published_at: datetime | None = None,
    *,
    collected_at: datetime,
    source: str = "add",
) -> Article:
    """An article from its plain `text`; without a `title`, its first line is the title.

    Dates without a time zone are taken for UTC. Raises NoText for empty or binary text.
    """
    if text.startswith("%PDF-") or is_binary(text):
        raise NoText("binary")
    return _article(
        title,
        text,
        dated(published_at, None, collected_at),
        url=url,
        publisher=publisher,
        bloc="",
        source=source,
        text_method="seed" if source == "seeds" else "text",
    )


def _article(title: str, text: str, date: tuple[datetime, str], **origin: str) -> Article:
    title, text = one_line(title), lines_of(text)
    if not text:
        raise NoText("no_text")
    text = headed(title, text)
    return Article(
        title=title or first_line(text),
        text=text,
        language=identify(text),
        published_at=date[0],
        date_quality=date[1],
        **origin,
    )


def headed(title: str, text: str) -> str:
    """`text` with `title` in front, on a line of its own, unless it starts with it already."""
    return text if text.startswith(title) else f"{title}\n\n{text}"


def dated(
    given: datetime | None, page: Page | None, collected_at: datetime
) -> tuple[datetime, str]:
    """The best date (UTC) and its quality: `given`, `inferred` or `collected`."""
    if date := given or (page.published_at if page else None):
        return utc(date), "given"
    if page and page.inferred_at:
        return utc(page.inferred_at), "inferred"
    return utc(collected_at), "collected"


def claimed_language(markup: str) -> str:
    """The language code in a page's `<html lang>`, "" for none."""
    claim = LANGUAGE.search(markup[:SAMPLE])
    return claim[1].lower() if claim else ""


def declared_date(tree: Any, now: datetime) -> datetime | None:
    """The first believable date that the parsed page `tree` declares for machines, in UTC.

    Read are meta elements, JSON-LD (schema.org datePublished) and marked time elements,
    in ISO 8601 only.
    """
    dates = (iso_date(value, now) for value in _declarations(tree))
    return next((date for date in dates if date), None)


def _declarations(tree: Any) -> Iterator[str]:
    for meta in tree.iter("meta"):
        names = (meta.get(key, "").lower() for key in ("property", "name", "itemprop"))
        if any(name in DATE_NAMES for name in names):
            yield meta.get("content", "")
    for script in tree.iter("script"):
        if "ld+json" in script.get("type", ""):
            yield from JSON_DATE.findall(script.text or "")
    for mark in tree.iter("time"):
        if "pubdate" in mark.attrib or mark.get("itemprop", "").lower() in DATE_NAMES:
            yield mark.get("datetime", "")


def _tree(markup: str) -> Any:
    # Here and below: the extraction libraries take a second to import, and most commands
    # need none of them.
    from trafilatura.utils import load_html

    # They log every odd page as an error; we give each a reason instead.
    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # A parsed tree, because a text that looks like an address would be downloaded.
    tree = load_html(markup)
    if tree is None:
        raise NoText("not_html")
    return tree


def _extracted(tree: Any, url: str) -> tuple[str, str]:
    """Title and text of the page `tree`, the title taken off the start of the text."""
    from trafilatura import bare_extraction
    from trafilatura.metadata import extract_title

    title = one_line(extract_title(tree) or "")
    for with_tables in (False, True):
        document: Any = bare_extraction(
            tree, url=url, fast=True, include_comments=False, include_tables=with_tables
        )
        # Old sites lay whole pages out in tables, which come with "|" between the cells.
        text = lines_of((document.text or "").replace("|", "\n")) if document else ""
        line, _, rest = text.partition("\n")
        body = rest.strip() if line == title else text
        if len(body) >= SHORTEST:
            return title, body
    return title, ""


def _found_date(tree: Any, url: str) -> str | None:
    from htmldate import find_date

    return find_date(
        tree,
        original_date=True,
        outputformat="%Y-%m-%dT%H:%M:%S%z",
        url=url,
        deferred_url_extractor=True,
    )
