"""The labelled sentences: enough of them, sound, and split so that no pair is cut."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from flows.settings import Settings
from models.codes import FIELDS

FOLDER = Settings().seeds / "sentences"
PARTS = ("train", "dev", "test")


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict[str, Any]]]:
    return {part: read(FOLDER / f"{part}.jsonl") for part in PARTS}


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


def test_there_are_at_least_eight_thousand(rows: dict[str, list[dict[str, Any]]]) -> None:
    assert sum(map(len, rows.values())) >= 8000


def test_a_third_stands_in_minimal_pairs(rows: dict[str, list[dict[str, Any]]]) -> None:
    every = [row for part in rows.values() for row in part]
    texts = {group: set() for group in (row["group"] for row in every)}
    for row in every:
        texts[row["group"]].add(row["text"])
    paired = sum(len(texts[row["group"]]) > 1 for row in every)
    assert paired >= len(every) / 3


def test_no_group_and_no_text_is_in_two_parts(rows: dict[str, list[dict[str, Any]]]) -> None:
    for column in ("group", "text", "id"):
        found = Counter(value for part in PARTS for value in {row[column] for row in rows[part]})
        assert max(found.values()) == 1, column


def test_every_row_has_its_codes_and_its_places(rows: dict[str, list[dict[str, Any]]]) -> None:
    for row in (row for part in rows.values() for row in part):
        assert row["stance"] in FIELDS["stance"], row["id"]
        for field, codes in FIELDS.items():
            allowed = {*codes, None} if row["stance"] != "none" else {""}
            assert field == "stance" or row[field] in allowed, (row["id"], field)
        for party in ("actor", "target"):
            for start, end in row[f"{party}_spans"]:
                assert 0 <= start < end <= len(row["text"]), row["id"]
            first = row[f"{party}_spans"][:1]
            assert all(row["text"][a:b].startswith(row[party]) for a, b in first), row["id"]


def test_the_names_are_many(rows: dict[str, list[dict[str, Any]]]) -> None:
    pairs = {(row["actor"], row["target"]) for row in rows["train"]}
    assert len(pairs) > 1000


def test_two_readers_agreed_on_every_row_that_is_kept(
    rows: dict[str, list[dict[str, Any]]],
) -> None:
    with (FOLDER / "second_reading.csv").open(encoding="utf8", newline="") as lines:
        readings = {row["id"]: row for row in csv.DictReader(lines)}
    for row in (row for part in rows.values() for row in part):
        reading = readings[row["id"]]
        assert reading["first"] == reading["second"] == row["stance"], row["id"]
        assert reading["doubtful"] == "false", row["id"]
    agreed = sum(r["first"] == r["second"] for r in readings.values())
    assert agreed / len(readings) > 0.9
