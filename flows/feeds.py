"""Feeds: the bytes that a publisher serves, read into entries."""

import codecs
import html
import io
import re
import time
import unicodedata
from calendar import timegm
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import feedparser

from models.records import Entry, Feed

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
"""Older dates in feeds are defaults of broken software, not news."""

AHEAD = timedelta(days=2)
"""How far a publisher's clock or time zone may run ahead of ours."""

SUMMARY_LENGTH = 200_000
"""Characters of markup read of one entry; the longest articles have a tenth."""

TRACKING_PREFIXES = ("utm_", "at_", "pk_", "mtm_", "hsa_")
TRACKING = frozenset(
    {
        *("fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid", "twclid"),
        *("ttclid", "li_fat_id", "igshid", "igsh", "mc_cid", "mc_eid", "mkt_tok", "_ga", "_gl"),
        *("_openstat", "__twitter_impression", "cmpid", "ocid", "smid", "xtor", "ftag", "srnd"),
        *("spm", "wt_mc", "wt_zmc", "ns_mchannel", "ns_source", "ns_campaign", "ns_linkname"),
    }
)
DEFAULT_PORTS = {"http": 80, "https": 443}

TAG = re.compile(r"<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9:]*)[^<>]*>|<[!?][^<>]*>")
BLOCKS = frozenset(
    {
        *("p", "br", "hr", "div", "section", "article", "blockquote", "pre", "figure"),
        *("figcaption", "table", "tr", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6"),
    }
)
UNSEEN = frozenset({"script", "style"})
INVISIBLE = frozenset("\u00ad\u200b\u2060\ufeff")
"""Characters without width that split words, names among them: soft hyphen, word joiners."""

REFERENCE = re.compile(rb"&#(?:[xX](?P<hex>[0-9a-fA-F]+)|(?P<decimal>[0-9]+));")
COORDINATES = re.compile(rb"""\ssrsName\s*=\s*(?:"[^"<>]*"|'[^'<>]*')""")
CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
DECLARATION = re.compile(rb"""^\s*<\?xml[^<>]{1,200}?encoding\s*=\s*["']([\w.:-]{1,40})""")

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
LARGER = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "us-ascii": "cp1252"}
"""Encodings that are named while the larger one is used (browsers read them so, too)."""
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


def decoded(body: bytes, names: Iterable[str], legacy: str) -> str:
    """`body` as text: by its byte order mark, as UTF-8, in an encoding of `names`, or `legacy`.

    UTF-8 goes before every name: other encodings are never valid UTF-8 by chance, and names
    are often wrong. Text that is UTF-8 but for a few bytes stays UTF-8, with U+FFFD in it.
    """
    for mark, codec in MARKS:
        if body.startswith(mark):
            return body.decode(codec, "replace")
    for name in ("utf-8", *names):
        try:
            return body.decode(LARGER.get(name.lower(), name))
        # LookupError: no such encoding, or one that is none (hex); ValueError: not its bytes.
        except (LookupError, ValueError):
            continue
    text = body.decode("utf-8", "replace")
    foreign = sum(letter > "\x7f" for letter in text)
    is_damaged = text.count("\ufffd") * 2 < foreign
    return text if is_damaged else body.decode(legacy, "replace")


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


def plain(markup: str) -> str:
    """The words of `markup`, without tags; one line per paragraph, "" for none.

    Read twice, because many feeds escape their markup twice.
    """
    once = html.unescape(_untagged(markup[:SUMMARY_LENGTH]))
    return lines_of(html.unescape(_untagged(once)))


def _untagged(markup: str) -> str:
    return "".join(_pieces(markup))


def _pieces(markup: str) -> Iterator[str]:
    at, unseen = 0, ""
    for tag in TAG.finditer(markup):
        name, is_end = (tag["name"] or "").lower(), bool(tag["close"])
        if unseen and not (is_end and name == unseen):
            continue
        if not unseen:
            yield markup[at : tag.start()]
            yield "\n" if name in BLOCKS else ""
        unseen = name if name in UNSEEN and not is_end else ""
        at = tag.end()
    if not unseen:
        yield markup[at:]


def lines_of(text: str) -> str:
    """`text` with single spaces in its lines, at most one empty line between them.

    Without what no reader sees: control characters, lone surrogates, soft hyphens.
    """
    seen = "".join(letter for letter in text if letter in "\n\t\r" or is_seen(letter))
    lines = (" ".join(line.split()) for line in seen.splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def is_seen(letter: str) -> bool:
    """Whether `letter` is part of a text and not of its transport."""
    return letter not in INVISIBLE and unicodedata.category(letter) not in ("Cc", "Cs")


def absolute(link: str, base: str) -> str:
    """`link` as found at the address `base`; "" for none, or for one that is malformed."""
    try:
        return urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return ""


def canonical(url: str) -> str:
    """The same address for the same article: no fragment, no tracking parameters.

    Scheme and host in lower case, no default port; the rest as the publisher writes it.
    "" for what is not an http(s) address.
    """
    try:
        parts = urlsplit(url.strip())
        place = _place(parts.scheme, parts.netloc, parts.port)
    except ValueError:
        return ""
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        return ""
    query = "&".join(pair for pair in parts.query.split("&") if pair and not is_tracking(pair))
    path = parts.path.replace(" ", "%20") or "/"
    return urlunsplit((parts.scheme, place, path, query.replace(" ", "%20"), ""))


def _place(scheme: str, netloc: str, port: int | None) -> str:
    host = netloc.rpartition("@")[2]
    if port is None or port == DEFAULT_PORTS.get(scheme):
        host = re.sub(r":\d*$", "", host)
    return host.lower()


def is_tracking(pair: str) -> bool:
    """Whether `pair` (`name=value`) tells who clicked where, and not which article."""
    name = pair.partition("=")[0].lower()
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)


def published(raw: Any, now: datetime) -> datetime | None:
    """The first believable date of feedparser's entry `raw`, in UTC; `now` in UTC."""
    # "in" first: asked for a missing date of change, feedparser warns and gives another.
    stamps = (raw[key] for key in ("published_parsed", "updated_parsed") if key in raw)
    lines = (raw[key] for key in ("published", "updated") if key in raw)
    dates = (*map(moment, stamps), *map(zoneless, lines))
    return next((date for date in dates if believable(date, now)), None)


def zoneless(line: str) -> datetime | None:
    """The date of an RFC 822 `line`, which feedparser gives up on without a time zone, in UTC."""
    try:
        date = parsedate_to_datetime(line)
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def moment(stamp: time.struct_time | None) -> datetime | None:
    """The UTC `stamp` as a date; None for none, or for one that no calendar has."""
    try:
        return datetime.fromtimestamp(timegm(stamp), UTC) if stamp else None
    except (ValueError, OverflowError, OSError):
        return None


def believable(date: datetime | None, now: datetime) -> datetime | None:
    """`date` if news can bear it: from 1995 to two days after `now`; both in UTC."""
    return date if date and EARLIEST <= date <= now + AHEAD else None
