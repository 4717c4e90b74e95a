"""Articles brought in by hand: every kind of file, and what is said of one that is none."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from server import Server

from flows.client import Client
from flows.intake import bring, fetch, read_file
from models.errors import BadInput

NOW = datetime(2025, 11, 12, 9, 30, tzinfo=UTC)
MONDAY = datetime(2025, 11, 10, 8, tzinfo=UTC)
TEXT = "Moscow condemned the new sanctions against the government of Maduro on Wednesday."
RUSSIAN = "Москва осудила новые санкции против правительства Николаса Мадуро в среду утром."
PAGE = """<!doctype html><html lang="en"><head><title>Moscow backs Maduro</title>
<meta property="article:published_time" content="2025-11-10T08:00:00Z"></head>
<body><article><h1>Moscow backs Maduro</h1><p>{text}</p><p>{text}</p></article></body></html>"""
RSS = f"""<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>
<item><title>One</title><link>https://one.example/1</link><description>{TEXT}</description>
<pubDate>Mon, 10 Nov 2025 08:00:00 GMT</pubDate></item>
<item><title>Two</title><link>https://one.example/2</link></item></channel></rss>"""
LINES = [
    '{"text": "Moscow backs Maduro.", "title": "T", "url": "https://one.example/a?utm_source=x", '
    '"publisher": "One", "published_at": "2025-11-10T10:00:00+02:00"}',
    '{"title": "only"}',
    "",
    '{"text": "Beijing backs Maduro."}',
]
BOM = b"\xef\xbb\xbf"


def jsonl(*rows: object) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


KINDS = {
    "plain text": ("a.txt", TEXT.encode(), "text", "collected"),
    "plain text with a byte order mark": ("a.txt", BOM + TEXT.encode(), "text", "collected"),
    "an HTML page": ("a.html", PAGE.format(text=TEXT).encode(), "page", "given"),
    "an HTML page without a name": ("-", b"\n" + PAGE.format(text=TEXT).encode(), "page", "given"),
    "a feed": ("a.xml", RSS.encode(), "summary", "given"),
    "JSONL": ("a.jsonl", jsonl({"text": TEXT}), "text", "collected"),
    "JSONL from standard input": ("standard input", jsonl({"text": TEXT}), "text", "collected"),
    "JSONL with a byte order mark": (
        *("a.jsonl", BOM + jsonl({"text": TEXT}), "text", "collected"),
    ),
    "a web page": ("https://one.example/a", PAGE.format(text=TEXT).encode(), "page", "given"),
}


@pytest.mark.parametrize(("origin", "body", "method", "quality"), KINDS.values(), ids=KINDS)
def test_an_article_is_read_whatever_its_kind(
    origin: str, body: bytes, method: str, quality: str
) -> None:
    [article] = bring(origin, body, "", NOW).articles
    assert TEXT in article.text
    assert (article.text_method, article.date_quality) == (method, quality)
    assert article.published_at == (
        NOW if quality == "collected" else datetime(2025, 11, 10, 8, tzinfo=UTC)
    )
    assert article.language == "en"


def test_a_page_and_a_text_from_the_web_keep_their_address() -> None:
    for body in (PAGE.format(text=TEXT).encode(), TEXT.encode()):
        [article] = bring("https://One.example/a?utm_source=x#top", body, "", NOW).articles
        assert article.url == "https://one.example/a"
    assert bring("a.txt", TEXT.encode(), "", NOW).articles[0].url == ""


def test_a_page_is_read_in_the_encoding_that_the_server_names() -> None:
    body = PAGE.format(text=RUSSIAN).encode("cp1251")
    [article] = bring(
        "https://one.example/a", body, "text/html; charset=windows-1251", NOW
    ).articles
    assert RUSSIAN in article.text


def test_one_bad_line_of_jsonl_costs_no_other() -> None:
    gave = bring("a.jsonl", "\n".join(LINES).encode(), "", NOW)
    first, second = gave.articles
    assert (first.title, first.url, first.publisher) == ("T", "https://one.example/a", "One")
    assert first.text == "T\n\nMoscow backs Maduro."
    assert (first.published_at, first.date_quality) == (MONDAY, "given")
    assert second.text == "Beijing backs Maduro."
    [reject] = gave.rejects
    assert (reject.url, reject.title) == ("a.jsonl:2", LINES[1])
    assert "text" in reject.reason


BAD_ROWS = {
    "no JSON": "nonsense",
    "a list": "[1]",
    "a number": "1",
    "no text": "{}",
    "an empty text": '{"text": " "}',
    "a text that is null": '{"text": null}',
    "a text that is a list": '{"text": ["Moscow"]}',
    "a date that is none": '{"text": "Moscow backs Maduro.", "published_at": "soon"}',
    "a date before the first": '{"text": "Moscow", "published_at": "0001-01-01T00:00:00+05:00"}',
    "brackets without end": "[" * 100_000,
}


@pytest.mark.parametrize("line", BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_line_that_is_no_article_is_rejected_with_a_reason(line: str) -> None:
    gave = bring("a.jsonl", f"{LINES[0]}\n{line}\n".encode(), "", NOW)
    assert len(gave.articles) == 1
    assert [bool(reject.reason) for reject in gave.rejects] == [True]


@pytest.mark.parametrize("end", ["\u2028", "\x85", "\x0b"], ids=["U+2028", "U+0085", "U+000B"])
def test_only_a_newline_ends_a_line_of_jsonl(end: str) -> None:
    row = jsonl({"text": f"Moscow backs Maduro.{end}Beijing does not."})
    gave = bring("a.jsonl", row, "", NOW)
    assert (len(gave.articles), gave.rejects) == (1, ())


def test_an_entry_of_a_feed_without_text_is_rejected_by_name() -> None:
    gave = bring("a.xml", RSS.encode(), "", NOW)
    assert [article.url for article in gave.articles] == ["https://one.example/1"]
    assert [(r.source, r.title, r.reason) for r in gave.rejects] == [("a.xml", "Two", "no_text")]


NONE = {
    "an empty file": ("a.txt", b" \n", "a.txt: empty; a text, an HTML page, a feed or JSONL"),
    "a binary file": ("a.bin", bytes(range(256)), "a.bin: a binary file; a text, an HTML page"),
    "a PDF": ("a.pdf", b"%PDF-1.7 " + b"x" * 50, "a.pdf: no text of an article in it (binary)"),
    "a page without text": (
        *("a.html", b"<!doctype html><html><body></body></html>"),
        "a.html: no text of an article in it (no_text)",
    ),
    "text that is not UTF-8": (
        *(
            "a.txt",
            RUSSIAN.encode("cp1251"),
            "a.txt: no UTF-8 text (invalid continuation byte at byte 0)",
        ),
    ),
    "XML that is no feed": ("a.xml", b"<a><b/></a>", "a.xml: neither a feed nor a page (no_feed)"),
    "JSONL without an article": ("a.jsonl", b'\n{"title": "only"}', "a.jsonl:2: no 'text' in it; "),
}


@pytest.mark.parametrize(("origin", "body", "said"), NONE.values(), ids=NONE)
def test_what_holds_no_article_is_named_with_what_to_do(
    origin: str, body: bytes, said: str
) -> None:
    with pytest.raises(BadInput) as stopped:
        bring(origin, body, "", NOW)
    assert str(stopped.value).startswith(said)


BODIES = {
    "nothing": b"",
    "binary data": bytes(256),
    "no UTF-8": b"\xff",
    "a page without text": b"<!doctype html><html><body></body></html>",
    "no feed": b"<a/>",
    "bad JSONL": b'{"title": 1}',
    "an article": TEXT.encode(),
    "a page": PAGE.format(text=TEXT).encode(),
    "a feed": RSS.encode(),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_password_in_an_address_is_never_told(body: bytes) -> None:
    origin = "https://user:pa55@one.example/feed?key=s3cret"
    try:
        gave = bring(origin, body, "", NOW)
        # An article keeps its query: it may be what tells it from another.
        told = repr(gave.rejects) + repr([(a.publisher, a.source) for a in gave.articles])
    except BadInput as error:
        told = str(error)
    assert [secret for secret in ("pa55", "s3cret") if secret in told] == []


def test_a_file_is_read_as_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"Moscow\r\n")
    assert read_file(tmp_path / "a.txt") == b"Moscow\r\n"


UNREADABLE = {
    "a missing file": ("missing.txt", "no such file; name a file or an http(s) address"),
    "a directory": (".", "a directory; name a file in it"),
    "a file taken for a directory": ("a.txt/b", "cannot be read (Not a directory)"),
}


@pytest.mark.parametrize(("name", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_path_that_cannot_be_read_is_named(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(BadInput) as stopped:
        read_file(tmp_path / name)
    assert str(stopped.value) == f"{tmp_path / name}: {said}"


def test_an_address_is_fetched_with_its_content_type(server: Server) -> None:
    server.routes["/a"] = (200, {"Content-Type": "text/plain"}, b"Moscow")
    with Client("", 2, 5, 1, private_allowed=True) as client:
        assert fetch(server.url("/a"), client) == (b"Moscow", "text/plain")


def test_an_address_that_gives_nothing_is_named_without_its_secrets(server: Server) -> None:
    secret = server.url("/gone?key=s3cret").replace("//", "//user:pa55@")
    with (
        Client("", 2, 5, 1, private_allowed=True) as client,
        pytest.raises(BadInput) as stopped,
    ):
        fetch(secret, client)
    assert str(stopped.value) == (
        f"{server.url('/gone')}: answered with status 404; check the address"
    )
