"""The warehouse: nothing twice, nothing half, nothing lost, and what is still to do."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from facts import FETCH, STANCE, WEDNESDAY, article, elsewhere, evidence, fill, judged

from flows.database import DatabaseError, open_database
from flows.ledger import Reject, Run
from flows.warehouse import Warehouse, migrations
from models.errors import WarehouseUnusable

ONE, TWO = article("Moscow backs Maduro."), article("Beijing warns Caracas.")
REJECT = Reject("https://one.example/rss", "https://one.example/rain", "Rain", "off_topic")
HOLD = (
    "import sys; from pathlib import Path; from flows.warehouse import Warehouse\n"
    "held = Warehouse(Path(sys.argv[1])); print('held', flush=True); input()\n"
    "held.close(); print('let go', flush=True)"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "warehouse.duckdb"


@pytest.fixture
def warehouse(path: Path) -> Iterator[Warehouse]:
    with Warehouse(path, run_id="run-1") as opened:
        yield opened


def rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with open_database(path) as connection:
        return connection.execute(sql).fetchall()


def test_a_second_append_changes_nothing(warehouse: Warehouse) -> None:
    found = [evidence(ONE, "russia"), evidence(ONE, "china")]
    appended = [
        (
            warehouse.append_articles([ONE, TWO], [REJECT], FETCH),
            warehouse.append_evidence("roster-1", [ONE, TWO], found),
            warehouse.append_stances(found, [STANCE, STANCE]),
            warehouse.counts(),
        )
        for _ in range(2)
    ]
    assert [counts[:3] for counts in appended] == [(2, 2, 2), (0, 0, 0)]
    assert appended[0][3] == appended[1][3]
    assert appended[0][3] | {"runs": 0} == {
        "articles": 2,
        "evidence": 2,
        "stances": 2,
        "fetches": 1,
        "rejects": 1,
        "searches": 2,
        "runs": 0,
    }


def test_an_article_twice_in_one_append_is_stored_once(warehouse: Warehouse) -> None:
    assert warehouse.append_articles([ONE, ONE]) == 1
    assert warehouse.counts()["articles"] == 1


def test_an_article_that_another_feed_brought_counts_as_known(path: Path) -> None:
    other = replace(FETCH, feed_url="https://two.example/rss")
    with Warehouse(path, run_id="run-1") as warehouse:
        warehouse.append_articles([ONE], [], FETCH)
        warehouse.append_articles([ONE], [], other)
    assert rows(path, "SELECT stored, known FROM fetches ORDER BY feed_url") == [(1, 1), (0, 2)]


def test_a_changed_text_is_a_new_version_beside_the_old(warehouse: Warehouse) -> None:
    changed = replace(ONE, text=f"{ONE.text} Updated.")
    assert warehouse.append_articles([ONE]) == 1
    assert warehouse.append_articles([changed]) == 1
    assert warehouse.counts()["articles"] == 2


HALVES = {
    "the ledger row has no publisher": ([REJECT], replace(FETCH, publisher=None)),
    "a reject has no reason": ([REJECT, replace(REJECT, reason=None)], FETCH),
}


@pytest.mark.parametrize(("rejects", "fetch"), HALVES.values(), ids=HALVES)
def test_a_failed_append_leaves_nothing_half(
    path: Path, rejects: list[Reject], fetch: object
) -> None:
    with Warehouse(path) as warehouse:
        with pytest.raises(DatabaseError):
            warehouse.append_articles([ONE, TWO], rejects, fetch)  # type: ignore[arg-type]
        assert set(warehouse.counts().values()) == {0}
        assert warehouse.append_articles([ONE], [REJECT], FETCH) == 1
    with Warehouse(path) as again:
        assert again.counts()["articles"] == 1


def test_a_failed_append_says_what_is_wrong(warehouse: Warehouse) -> None:
    nameless = replace(FETCH, publisher=None)  # type: ignore[arg-type]
    with pytest.raises(DatabaseError, match=r"NOT NULL.*publisher"):
        warehouse.append_articles([ONE], [], nameless)


def test_unsearched_is_what_lacks_a_search_with_these_names(warehouse: Warehouse) -> None:
    warehouse.append_articles([ONE, TWO])
    warehouse.append_evidence("roster-1", [ONE], [])
    assert list(_drained(warehouse, "roster-1")) == [TWO]
    assert list(_drained(warehouse, "roster-1")) == []
    assert sorted(_drained(warehouse, "roster-2"), key=str) == sorted([ONE, TWO], key=str)


def _drained(warehouse: Warehouse, roster: str) -> Iterator[object]:
    """The articles not yet searched, one to a batch, each noted as searched."""
    for batch in warehouse.unsearched(roster, size=1):
        warehouse.append_evidence(roster, batch, [])
        yield from batch


def test_unjudged_is_what_lacks_a_judgment_by_this_model(warehouse: Warehouse) -> None:
    old, new = evidence(ONE, "russia"), evidence(ONE, "china")
    warehouse.append_articles([ONE])
    warehouse.append_evidence("roster-1", [ONE], [old, new])
    warehouse.append_stances([old], [STANCE])
    assert next(warehouse.unjudged("model-1")) == [new]
    assert sorted(next(warehouse.unjudged("model-2")), key=str) == sorted([old, new], key=str)
    warehouse.append_stances([new], [STANCE])
    assert list(warehouse.unjudged("model-1")) == []


def test_another_model_judges_beside_the_first(path: Path) -> None:
    fill(path, judged("Moscow backs Maduro."), judged("Moscow backs Maduro.", model="model-2"))
    assert rows(path, "SELECT model FROM stances ORDER BY model") == [("model-1",), ("model-2",)]
    assert rows(path, "SELECT count(*) FROM evidence") == [(1,)]


def test_an_unscored_judgment_is_kept_with_its_reason(path: Path) -> None:
    nothing = dict.fromkeys(("change", "channel", "domain", "modality", "attribution"), "")
    unscored = {"stance": "unscored", "level": None, "p": {}, "reason": "no text"}
    fill(path, judged("Moscow backs Maduro.", **unscored, **nothing))
    assert rows(path, "SELECT stance, level, p_favor, reason FROM stances") == [
        ("unscored", None, None, "no text")
    ]


LATER = WEDNESDAY + timedelta(hours=1)
GOOD = replace(FETCH, etag='"1"', last_modified="Wed")
ANSWERS = {
    "the last good answer counts": (
        [GOOD, replace(GOOD, fetched_at=LATER, etag='"2"')],
        ('"2"', "Wed"),
    ),
    "a good answer without an ETag takes it back": (
        [GOOD, replace(GOOD, fetched_at=LATER, etag="")],
        ("", "Wed"),
    ),
    "an older answer appended later does not count": (
        [replace(GOOD, fetched_at=LATER, etag='"2"'), GOOD],
        ('"2"', "Wed"),
    ),
    "not modified changes nothing": (
        [GOOD, replace(FETCH, fetched_at=LATER, status=304)],
        ('"1"', "Wed"),
    ),
    "an error page does not count": (
        [GOOD, replace(GOOD, fetched_at=LATER, etag='"2"', error="html")],
        ('"1"', "Wed"),
    ),
    "a status of 500 does not count": (
        [GOOD, replace(GOOD, fetched_at=LATER, etag='"2"', status=500, error="500")],
        ('"1"', "Wed"),
    ),
    "a feed that never answered has none": (
        [replace(FETCH, status=None, error="no answer")],
        None,
    ),
}


@pytest.mark.parametrize(("fetches", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_validators_are_those_of_the_last_good_answer(
    warehouse: Warehouse, fetches: list[object], expected: tuple[str, str] | None
) -> None:
    for fetch in fetches:
        warehouse.append_articles([], [], fetch)  # type: ignore[arg-type]
    assert warehouse.validators().get(FETCH.feed_url) == expected


def test_known_are_the_addresses_of_articles_and_rejects(warehouse: Warehouse) -> None:
    linkless = replace(REJECT, url="", reason="no_link")
    warehouse.append_articles([ONE, replace(TWO, url="")], [REJECT, linkless])
    assert warehouse.known() == {ONE.url, REJECT.url}


def test_a_run_that_never_ended_is_marked_at_the_next_start(path: Path) -> None:
    for run_id in ("first", "second", "third"):
        with Warehouse(path, run_id=run_id) as warehouse:
            warehouse.start()
            if run_id == "second":
                warehouse.finish(Run(run_id, "done", articles=3))
    assert rows(path, "SELECT run_id, state, articles FROM runs ORDER BY started_at") == [
        *(("first", "died", None), ("second", "done", 3), ("third", "running", None))
    ]


def test_a_warehouse_held_by_another_process_is_left_as_it_is(path: Path) -> None:
    fill(path, judged("Moscow backs Maduro."))
    with elsewhere(HOLD, path) as go_on:
        before = path.read_bytes()
        with pytest.raises(WarehouseUnusable) as stopped:
            Warehouse(path)
        assert path.read_bytes() == before
        assert go_on() == "let go"
    assert str(stopped.value).startswith(f"{path}: held by another process")
    assert "published.duckdb" in str(stopped.value)
    with Warehouse(path) as free:
        assert free.counts()["articles"] == 1


BLOCK = 262_144
"""Bytes of a block of a DuckDB file, which starts with three heads of 4096."""

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "random bytes": lambda sound: os.urandom(len(sound)),
    "cut off after its head": lambda sound: sound[:20_000],
    "a damaged head": lambda sound: b"?" * 4096 + sound[4096:],
    "empty": lambda sound: b"",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_refused_and_keeps_its_bytes(
    path: Path, damage: Callable[[bytes], bytes]
) -> None:
    fill(path, judged("Moscow backs Maduro."))
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    with pytest.raises(WarehouseUnusable) as stopped:
        Warehouse(path)
    assert str(stopped.value).startswith(f"{path}: cannot be used")
    assert "\n" not in str(stopped.value)
    assert path.read_bytes() == damaged


def test_damage_that_shows_only_when_a_text_is_read_says_so_as_well(path: Path) -> None:
    fill(path, judged("Moscow backs Maduro." * 50))
    sound = path.read_bytes()
    told = []
    for place in range(3 * 4096 + 1000, len(sound), BLOCK):
        damaged = path.with_name(f"{place}.duckdb")
        damaged.write_bytes(sound[:place] + os.urandom(5000) + sound[place + 5000 :])
        try:
            with Warehouse(damaged) as warehouse:
                next(warehouse.unsearched("roster-2"))
        except WarehouseUnusable as stopped:
            told.append(str(stopped).startswith(f"{damaged}: cannot be used"))
    assert len(told) > 1
    assert all(told)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(WarehouseUnusable, match="cannot be made"):
        Warehouse(tmp_path / "data" / "warehouse.duckdb")


def test_a_schema_newer_than_the_program_is_refused(path: Path) -> None:
    newer = len(migrations()) + 1
    fill(path, judged("Moscow backs Maduro."))
    rows(path, f"INSERT INTO schema_version VALUES ({newer})")
    before = path.read_bytes()
    with pytest.raises(WarehouseUnusable, match=f"schema {newer} is newer.*update fairweather"):
        Warehouse(path)
    assert path.read_bytes() == before


ZONES = {
    "UTC": WEDNESDAY,
    "a zone ahead of UTC": WEDNESDAY.astimezone(timezone(timedelta(hours=8))),
    "a zone behind UTC": datetime(2025, 11, 12, 23, 30, tzinfo=timezone(timedelta(hours=-4))),
}


@pytest.mark.parametrize("published_at", ZONES.values(), ids=ZONES)
def test_a_date_comes_back_as_the_same_moment_in_utc(
    warehouse: Warehouse, published_at: datetime
) -> None:
    warehouse.append_articles([replace(ONE, published_at=published_at)])
    [[read]] = [next(warehouse.unsearched("roster-1"))]
    assert read.published_at == published_at
    assert read.published_at.tzinfo is UTC


def test_records_come_back_as_they_went_in(warehouse: Warehouse) -> None:
    told = article("Москва “поддерживает”\n\n马杜罗 🙂 'Maduro'.")
    found = replace(evidence(told), is_joint=True)
    warehouse.append_articles([told])
    warehouse.append_evidence("roster-1", [told], [found])
    assert next(warehouse.unsearched("roster-2")) == [told]
    assert next(warehouse.unjudged("model-1")) == [found]
