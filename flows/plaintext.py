"""Plain text: made of bytes in any encoding and of markup, without what no reader sees."""

import codecs
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
LARGER = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "us-ascii": "cp1252"}
"""Encodings that are named while the larger one is used (browsers read them so, too)."""

MARKUP_LENGTH = 200_000
"""Characters of markup that are read; the longest articles have a tenth."""

TITLE_LENGTH = 200
SAMPLE = 4096
"""Characters at the start of a text by which we tell it from binary data."""

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


def is_binary(text: str) -> bool:
    """Whether `text` looks like data read as text: one strange character in twenty, or more."""
    sample = text[:SAMPLE]
    strange = sum(
        (letter < " " and letter not in "\t\n\r\f")
        or "\x7f" <= letter <= "\x9f"
        or "\ud800" <= letter <= "\udfff"
        or letter == "\ufffd"
        for letter in sample
    )
    return strange * 20 > len(sample)


def plain(markup: str) -> str:
    """The words of `markup`, without tags; one line per paragraph, "" for none.

    Read twice, because many feeds escape their markup twice.
    """
    once = html.unescape(_untagged(markup[:MARKUP_LENGTH]))
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


def one_line(text: str) -> str:
    """`text` on one line, with single spaces."""
    return " ".join(lines_of(text).split())


def first_line(text: str) -> str:
    """The first line of `text`, a long one cut between two words: always how `text` starts."""
    line = text.partition("\n")[0]
    if len(line) <= TITLE_LENGTH:
        return line
    start = line[: TITLE_LENGTH + 1]
    return start.rpartition(" ")[0] or start[:TITLE_LENGTH]


def is_seen(letter: str) -> bool:
    """Whether `letter` is part of a text and not of its transport."""
    return letter not in INVISIBLE and unicodedata.category(letter) not in ("Cc", "Cs")
