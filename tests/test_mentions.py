"""Where entities are named."""

from datetime import date
from pathlib import Path

import pytest
from roster import small_roster

from models.mentions import matcher

IN_OFFICE = date(2025, 11, 1)
CASES = {
    "a whole word": ("en", "Russia spoke", [("Russia", "russia")]),
    "a possessive": ("en", "Russia's word", [("Russia", "russia")]),
    "no part of a word": ("en", "Russianness, Prussia", []),
    "another case is another word": ("en", "the china shop", []),
    "the longest alias wins": ("en", "Russian", [("Russian", "russia")]),
    "a Russian case ending": (
        "ru",
        "в Россию и России",
        [("Россию", "russia"), ("России", "russia")],
    ),
    "a Russian name": ("ru", "поддержка Мадуро.", [("Мадуро", "maduro")]),
    "Chinese without blanks": (
        "zh",
        "中国支持马杜罗政府",
        [("中国", "china"), ("马杜罗", "maduro")],
    ),
    "a name for any language": (
        "ru",
        "Putin и Chávez",
        [("Putin", "russia"), ("Chávez", "chavez")],
    ),
    "a name for any language, in Spanish": ("es", "Maduro habló", [("Maduro", "maduro")]),
    "an abbreviation with dots": ("en", "the U.S. struck", [("U.S.", "united_states")]),
    "nothing": ("en", "", []),
}


@pytest.mark.parametrize(("language", "text", "named"), CASES.values(), ids=CASES)
def test_mentions(tmp_path: Path, language: str, text: str, named: list[tuple[str, str]]) -> None:
    found = matcher(small_roster(tmp_path), language).mentions(text, IN_OFFICE)
    assert [(text[m.start : m.end], m.entity.stands_for) for m in found] == named


@pytest.mark.parametrize(
    ("day", "stands_for"),
    [
        (date(2012, 1, 1), "chavez"),
        (date(2013, 3, 5), "maduro"),
        (date(2026, 1, 2), "maduro"),
        (date(2026, 1, 3), "acting_government"),
    ],
)
def test_a_capital_stands_for_who_governs_that_day(
    tmp_path: Path, day: date, stands_for: str
) -> None:
    (mention,) = matcher(small_roster(tmp_path), "en").mentions("Caracas said", day)
    assert mention.entity.stands_for == stands_for
