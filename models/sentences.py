"""Sentences with their exact place in a text."""

import warnings
from functools import cache
from typing import Any

from models.records import Span

PARAGRAPH = 5000
"""Characters of a paragraph that the splitter reads at once: its cost grows faster than length."""

SPLIT_LIKE = {"pt": "es"}
"""Languages that the splitter lacks, with one whose rules serve."""


@cache
def _segmenter(language: str) -> Any:
    with warnings.catch_warnings():
        # pysbd's source has escapes that newer Pythons warn about.
        warnings.simplefilter("ignore")
        from pysbd import Segmenter
        from pysbd.languages import LANGUAGE_CODES
    known = SPLIT_LIKE.get(language, language)
    return Segmenter(language=known if known in LANGUAGE_CODES else "en", clean=False)


def split(text: str, language: str) -> list[list[Span]]:
    """The sentences of each paragraph of `text`: offsets without surrounding blanks.

    A paragraph is a line. A sentence never crosses a line.
    """
    paragraphs = []
    start = 0
    for line in text.splitlines(keepends=True):
        paragraphs.append(_sentences(text, start, start + len(line), language))
        start += len(line)
    return [sentences for sentences in paragraphs if sentences]


def _sentences(text: str, start: int, end: int, language: str) -> list[Span]:
    spans: list[Span] = []
    while start < end:
        stop = min(end, start + PARAGRAPH)
        for sentence in _segmenter(language).segment(text[start:stop]):
            at = text.find(sentence.strip(), start, stop)
            if sentence.strip() and at >= 0:
                start = at + len(sentence.strip())
                spans.append((at, start))
        start = stop
    return spans
