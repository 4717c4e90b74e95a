"""Plain text: tables of markup, lines and data, and what they become."""

import time

import pytest

from flows.plaintext import first_line, is_binary, lines_of, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", False),
        ("words\twith\nlines\r\n", False),
        ("中文与русский", False),
        ("one stray \0 in a text that is longer than twenty letters", False),
        ("\0\0", True),
        ("a\ufffd" * 9, True),
    ],
)
def test_binary_data_is_known(text: str, expected: bool) -> None:
    assert is_binary(text) is expected


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
    ("text", "expected"),
    [
        pytest.param("One.\nTwo.", "One.", id="first of two"),
        pytest.param("word " * 100, ("word " * 40).strip(), id="cut between words"),
        pytest.param("中" * 300, "中" * 200, id="cut without spaces"),
    ],
)
def test_a_title_is_a_short_first_line(text: str, expected: str) -> None:
    assert first_line(text) == expected
