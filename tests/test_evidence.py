"""Which sentences are evidence, for whom, toward whom."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from roster import small_roster

from models.evidence import find_evidence
from models.records import Article, Evidence

NAMED = "Russia spoke. "


def article(text: str, day: str = "2025-11-01") -> Article:
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return Article("", "", text, "en", "", "", "test", moment, "given", "text")


def found(tmp_path: Path, text: str, day: str = "2025-11-01") -> list[Evidence]:
    return find_evidence(article(text, day), small_roster(tmp_path))


CASES = {
    "actor and target in one sentence": (
        "Russia backs Maduro.",
        [("russia", "maduro", "Russia backs Maduro.", False)],
    ),
    "no actor, no evidence": ("Maduro spoke.", []),
    "no target anywhere, no evidence": ("Russia spoke.", []),
    "two actors of whom one thing is said": (
        "Russia and China back Maduro.",
        [
            ("russia", "maduro", "Russia and China back Maduro.", True),
            ("china", "maduro", "Russia and China back Maduro.", True),
        ],
    ),
    "two actors of whom two things are said": (
        "Russia backs Maduro while China waits.",
        [
            ("russia", "maduro", "Russia backs Maduro while China waits.", False),
            ("china", "maduro", "Russia backs Maduro while China waits.", False),
        ],
    ),
    "both nations are the pair last named": (
        "Russia and China met. Both nations back Maduro.",
        [
            ("russia", "maduro", "Both nations back Maduro.", True),
            ("china", "maduro", "Both nations back Maduro.", True),
        ],
    ),
    "both nations without a pair are nobody": ("Both nations back Maduro.", []),
    "the sentence before lends its target": (
        "Maduro is weak. Russia will not help.",
        [("russia", "maduro", "Russia will not help.", False)],
    ),
    "the sentence before the last lends nothing": (
        "Maduro is weak. It rains. Russia will not help.",
        [],
    ),
    "the title lends its target to what opens a paragraph": (
        "Maduro alone\n\nRussia will not help.",
        [("russia", "maduro", "Russia will not help.", False)],
    ),
    "who speaks of another target is lent none": (
        "Maduro rules. Russia once armed Chávez.",
        [],
    ),
    "a third government is no other target": (
        "Maduro rules. Russia condemned the U.S. strikes.",
        [("russia", "maduro", "Russia condemned the U.S. strikes.", False)],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_evidence(tmp_path: Path, text: str, expected: list[tuple]) -> None:
    evidence = found(tmp_path, text)
    assert [(e.actor, e.target, e.sentence, e.is_joint) for e in evidence] == expected


@pytest.mark.parametrize("text", [text for text, _ in CASES.values()])
def test_offsets_are_exact(tmp_path: Path, text: str) -> None:
    for e in found(tmp_path, text):
        assert text[e.start : e.end] == e.sentence
        assert e.context.endswith(e.sentence)
        for start, end in (*e.actor_spans, *e.target_spans):
            assert e.context[start:end].strip() == e.context[start:end] != ""


def test_after_the_capture_the_person_and_the_state_are_two_targets(tmp_path: Path) -> None:
    text = "Russia spoke of Maduro in Caracas."
    before, after = (
        {e.target for e in found(tmp_path, text, day)} for day in ("2026-01-02", "2026-01-03")
    )
    assert before == {"maduro"}
    assert after == {"maduro", "acting_government"}


def test_the_same_evidence_has_the_same_identity(tmp_path: Path) -> None:
    text = "Russia and China back Maduro."
    assert [e.evidence_id for e in found(tmp_path, text)] == [
        e.evidence_id for e in found(tmp_path, text)
    ]
    assert len({e.evidence_id for e in found(tmp_path, text)}) == 2
