"""The text as the stance model reads it: actor and target replaced by role tokens.

The names themselves are hidden from the model, so it cannot learn who is
friendly with whom: what counts is what the text reports.
"""

import re
from collections.abc import Iterable

from models.records import Span

ACTOR = "[ACTOR]"
TARGET = "[TARGET]"
UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts without spaces between words: a letter beside a name belongs to another word."""
BESIDE = re.compile(r"(['’]s?)?\s*")


def mark(text: str, actor: Iterable[Span], target: Iterable[Span]) -> str:
    """Replace every actor span and target span of `text` by its role token.

    A span that cuts a word is widened to the whole word. A party without a span is
    put in front, so that both tokens always stand in the result. Where spans overlap, the
    earlier and longer one wins; what stands side by side ("Venezuela's Maduro") is one party
    named once.
    """
    roles = [(*whole_words(text, s), ACTOR) for s in actor]
    roles += [(*whole_words(text, s), TARGET) for s in target]
    pieces: list[str] = []
    done = 0
    for start, end, token in sorted(roles, key=lambda r: (r[0], -r[1])):
        if start < done:
            continue
        if pieces[-1:] != [f" {token} "] or not BESIDE.fullmatch(text[done:start]):
            pieces += [text[done:start], f" {token} "]
        done = end
    marked = "".join([*pieces, text[done:]])
    absent = [token for token in (ACTOR, TARGET) if token not in marked]
    return " ".join([*absent, ":", marked]) if absent else marked


def whole_words(text: str, span: Span) -> Span:
    """`span`, widened where it cuts a word of `text`: an alias may be the beginning of one."""
    start, end = span
    while 0 < start < len(text) and _are_one_word(text[start - 1], text[start]):
        start -= 1
    while 0 < end < len(text) and _are_one_word(text[end - 1], text[end]):
        end += 1
    return start, end


def _are_one_word(before: str, after: str) -> bool:
    return all(c.isalpha() and not UNSPACED.match(c) for c in (before, after))


def window(text: str, spans: Iterable[Span], size: int) -> Span:
    """The part of `text`, at most `size` characters, that keeps most of what is around `spans`.

    Without spans, or where they lie further apart than `size`, it starts at the
    first of them. Cuts fall between words.
    """
    if len(text) <= size:
        return 0, len(text)
    inside = sorted(spans) or [(0, 0)]
    first, last = inside[0][0], min(inside[-1][1], inside[0][0] + size)
    start = max(0, min(first - (size - (last - first)) // 2, len(text) - size))
    end = start + size
    if start > 0 and (gap := text.find(" ", start, first)) >= 0:
        start = gap + 1
    if end < len(text) and (gap := text.rfind(" ", last, end)) >= 0:
        end = gap
    return start, end


def cut(ids: list[int], most: int) -> list[int]:
    """Token ids, at most `most` of them, with the closing token kept."""
    return ids if len(ids) <= most else [*ids[: most - 1], ids[-1]]
