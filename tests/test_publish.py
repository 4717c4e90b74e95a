"""The published file: its contract with dashboards, and the file that is put in place at once."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from facts import FETCH, WEDNESDAY, Judged, elsewhere, fill, judged

from flows.database import open_database, query
from flows.publish import MART, publish
from flows.warehouse import Warehouse
from models.codes import FIELDS
from models.errors import WarehouseUnusable

TYPES = {"DATE", "TIMESTAMP", "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN"}
EMPTY = dict.fromkeys(("change", "channel", "domain", "modality", "attribution"), "")
READ = (
    "import duckdb, sys; held = duckdb.connect(sys.argv[1], read_only=True)\n"
    "count = 'SELECT count(*) FROM mart.evidence'\n"
    "print(held.execute(count).fetchone()[0], flush=True); input()\n"
    "print(held.execute(count).fetchone()[0], flush=True)"
)


class Mart:
    """A warehouse and what is published from it."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = folder / "warehouse.duckdb"
        self.published = folder / "published.duckdb"

    def publish(self, *facts: Judged, model: str = "model-1") -> None:
        fill(self.warehouse, *facts)
        publish(self.warehouse, self.published, model)

    def __call__(self, sql: str) -> list[tuple[Any, ...]]:
        return query(self.published, sql)[1]


@pytest.fixture
def mart(tmp_path: Path) -> Mart:
    return Mart(tmp_path)


def p(favor: float, against: float, neutral: float = 0.0) -> dict[str, Any]:
    """Probabilities with their level, as codes of a judgment."""
    none = 1 - favor - against - neutral
    shares = {"favor": favor, "against": against, "neutral": neutral, "none": none}
    return {"level": favor - against, "p": shares}


def test_every_column_has_a_plain_type_and_a_comment(mart: Mart) -> None:
    mart.publish()
    columns = mart(
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() "
        "WHERE schema_name = 'mart'"
    )
    assert {view for view, *_ in columns} == set(MART)
    assert [column for column in columns if column[2] not in TYPES or not column[3]] == []
    views = mart("SELECT view_name, comment FROM duckdb_views() WHERE schema_name = 'mart'")
    assert [name for name, comment in views if not comment] == []


def test_evidence_is_what_was_appended(mart: Mart) -> None:
    mart.publish(judged("Moscow backs Maduro."))
    columns, rows = query(mart.published, "FROM mart.evidence")
    row = dict(zip(columns, rows[0], strict=True))
    told = {
        "day": date(2025, 11, 12),
        "week": date(2025, 11, 10),
        "date_quality": "given",
        "actor": "russia",
        "target": "maduro",
        "stance": "favor",
        "level": 0.7,
        "change": "",
        "channel": "verbal",
        "domain": "diplomatic",
        "modality": "asserted",
        "attribution": "actor",
        "is_joint": False,
        "p_favor": 0.8,
        "p_against": 0.1,
        "p_neutral": 0.05,
        "p_none": 0.05,
        "reason": "",
        "sentence": "Moscow backs Maduro.",
        "start_char": 0,
        "end_char": 20,
        "context": "Moscow backs Maduro.",
        "language": "en",
        "title": "Moscow backs Maduro.",
        "publisher": "One",
        "bloc": "western",
        "url": "https://one.example/Maduro.",
        "text_method": "page",
        "model": "model-1",
        "is_current": True,
        "run_id": "run-1",
    }
    assert row | told == row
    sure = {f"p_{field}" for field in FIELDS if field != "stance"}
    assert set(row) - set(told) - sure == {"evidence_id", "article_id", "judged_at"}
    assert all(row[column] is None for column in sure)


WEEKS = {
    "a Monday is its own week": (datetime(2025, 11, 10, tzinfo=UTC), date(2025, 11, 10)),
    "a Sunday ends the week": (datetime(2025, 11, 16, 23, 59, tzinfo=UTC), date(2025, 11, 10)),
    "a week may start in the old year": (datetime(2026, 1, 1, tzinfo=UTC), date(2025, 12, 29)),
}


@pytest.mark.parametrize(("published_at", "monday"), WEEKS.values(), ids=WEEKS)
def test_a_week_is_its_monday(mart: Mart, published_at: datetime, monday: date) -> None:
    mart.publish(judged("Moscow backs Maduro.", published_at))
    assert mart("SELECT week FROM mart.evidence") == [(monday,)]
    assert mart("SELECT DISTINCT week FROM mart.stance_weekly") == [(monday,)]


def test_weekly_level_and_counts_are_those_of_the_sentences(mart: Mart) -> None:
    mart.publish(
        judged("Moscow backs A.", **p(0.9, 0.1), change="increase"),
        judged("Moscow backs B.", **p(0.6, 0.2), change="stable"),
        judged("Moscow hits C.", **p(0.1, 0.7), stance="against", change="decrease"),
        judged("Moscow hears D.", **p(0.2, 0.2, 0.6), stance="neutral"),
    )
    assert mart(
        "SELECT round(level, 6), n_evidence, n_articles, n_favor, n_against, n_neutral, "
        "n_increase, n_decrease, n_stable FROM mart.stance_weekly WHERE channel = 'all'"
    ) == [(0.15, 4, 4, 2, 1, 1, 1, 1, 1)]


def test_words_and_deeds_are_apart_and_both_counts_in_each(mart: Mart) -> None:
    mart.publish(
        judged("Moscow backs A.", **p(0.8, 0.0)),
        judged("Moscow arms B.", **p(0.2, 0.6), stance="against", channel="material"),
        judged("Moscow backs and arms C.", **p(0.4, 0.0), channel="both"),
    )
    assert mart(
        "SELECT channel, round(level, 6), n_evidence FROM mart.stance_weekly ORDER BY channel"
    ) == [("all", round((0.8 - 0.4 + 0.4) / 3, 6), 3), ("material", 0.0, 2), ("verbal", 0.6, 2)]


APART = {
    "a forecast": {"modality": "forecast"},
    "a request": {"modality": "request"},
    "history": {"modality": "historical"},
    "no stance": {**EMPTY, "stance": "none"},
    "an unscored sentence": {**EMPTY, "stance": "unscored", "reason": "too long", "level": None},
}


@pytest.mark.parametrize("codes", APART.values(), ids=APART)
def test_only_asserted_stances_enter_the_trend(mart: Mart, codes: dict[str, Any]) -> None:
    mart.publish(judged("Moscow backs A."), judged("Moscow backs B.", **p(0.0, 1.0) | codes))
    assert mart("SELECT count(*) FROM mart.evidence") == [(2,)]
    for view in ("stance_weekly WHERE channel = 'all'", "latest_stance"):
        assert mart(f"SELECT round(level, 6), n_evidence FROM mart.{view}") == [(0.7, 1)]


def test_only_the_model_of_the_last_run_is_counted(mart: Mart) -> None:
    mart.publish(
        judged("Moscow backs Maduro.", **p(0.9, 0.0)),
        judged("Moscow backs Maduro.", **p(0.3, 0.2), model="model-2"),
        model="model-2",
    )
    assert mart("SELECT model, is_current FROM mart.evidence ORDER BY model") == [
        *(("model-1", False), ("model-2", True))
    ]
    for view in ("stance_weekly WHERE channel = 'all'", "latest_stance"):
        assert mart(f"SELECT round(level, 6), n_evidence FROM mart.{view}") == [(0.1, 1)]
    assert mart("SELECT model, n_articles, n_evidence, n_stances FROM mart.meta") == [
        ("model-2", 1, 1, 2)
    ]


def test_going_back_to_an_older_model_makes_its_judgments_current_again(mart: Mart) -> None:
    older, newer = (judged("Moscow backs Maduro.", model=f"model-{n}") for n in (1, 2))
    mart.publish(older, newer, model="model-2")
    mart.publish(model="model-1")
    assert mart("SELECT model FROM mart.evidence WHERE is_current") == [("model-1",)]


def test_latest_is_the_last_week_of_each_actor(mart: Mart) -> None:
    mart.publish(
        judged("Moscow backs A.", datetime(2025, 11, 3, tzinfo=UTC)),
        judged("Moscow hits B.", **p(0.1, 0.8), stance="against"),
        judged("Beijing backs C.", datetime(2025, 10, 1, tzinfo=UTC), "china"),
    )
    assert mart(
        "SELECT actor, week, stance, round(level, 6), n_evidence, n_articles "
        "FROM mart.latest_stance ORDER BY actor"
    ) == [
        ("china", date(2025, 9, 29), "favor", 0.7, 1, 1),
        ("russia", date(2025, 11, 10), "against", -0.7, 1, 1),
    ]


STRONGEST = {
    "the surest of those that agree": (
        {"A": p(0.6, 0.0), "B": p(0.95, 0.0), "C": p(0.7, 0.0)},
        *("B", "favor", ""),
    ),
    "not a surer one of another stance": (
        {"A": p(0.6, 0.0), "B": p(0.6, 0.0), "C": p(0.0, 1.0) | {"stance": "against"}},
        *("A", "favor", ""),
    ),
    "one that shows the change": (
        {"A": p(0.99, 0.0), "B": p(0.7, 0.0) | {"change": "decrease"}},
        *("B", "favor", "decrease"),
    ),
    "no change where they are at odds": (
        {
            "A": p(0.9, 0.0) | {"change": "increase"},
            "B": p(0.8, 0.0) | {"change": "decrease"},
            "C": p(0.7, 0.0),
        },
        *("C", "favor", ""),
    ),
}


@pytest.mark.parametrize(("told", "name", "stance", "change"), STRONGEST.values(), ids=STRONGEST)
def test_the_strongest_sentence_shows_what_the_row_says(
    mart: Mart, told: dict[str, dict[str, Any]], name: str, stance: str, change: str
) -> None:
    mart.publish(*(judged(f"Moscow acts {end}", **codes) for end, codes in told.items()))
    [(said, url, found, *row)] = mart(
        "SELECT strongest_sentence, strongest_url, strongest_evidence_id, stance, change "
        "FROM mart.latest_stance"
    )
    assert row == [stance, change]
    assert mart(f"SELECT sentence, url FROM mart.evidence WHERE evidence_id = '{found}'") == [
        (said, url)
    ]
    agree = [end for end in told if said == f"Moscow acts {end}"]
    assert agree == [name] or told[agree[0]] == told[name]


def test_feed_health_tells_silence_from_failure(mart: Mart) -> None:
    later = WEDNESDAY.replace(hour=10)
    nothing: dict[str, Any] = {"fetched_at": later, "entries": 0, "stored": 0, "known": 0}
    unanswered = nothing | {"status": None, "error": "no answer in time"}
    with Warehouse(mart.warehouse) as warehouse:
        for fetch in (
            FETCH,
            replace(FETCH, **nothing, status=304),
            replace(FETCH, feed_url="https://two.example/rss"),
            replace(FETCH, feed_url="https://two.example/rss", **unanswered),
        ):
            warehouse.append_articles([], [], fetch)
    publish(mart.warehouse, mart.published, "model-1")
    assert mart(
        "SELECT feed_url, is_alive, last_status, last_error, n_fetches, n_failures, n_entries, "
        "n_stored, n_known, last_success_at FROM mart.feed_health ORDER BY feed_url"
    ) == [
        ("https://one.example/rss", True, 304, "", 2, 0, 2, 1, 1, later.replace(tzinfo=None)),
        (
            *("https://two.example/rss", False, None, "no answer in time", 2, 1, 2, 1, 1),
            WEDNESDAY.replace(tzinfo=None),
        ),
    ]


BROKEN = {
    "entries are accounted for": "INSERT INTO fetches VALUES "
    "('https://one.example/rss', now()::TIMESTAMP, 'r', 'One', 200, '', '', 9, 1, 1, 1, '')",
    "evidence is in its article": "UPDATE evidence SET end_char = 1000",
    "stances have their codes": "UPDATE stances SET stance = 'fond'",
}
ALSO_BROKEN = {
    "evidence without its article": "DELETE FROM articles",
    "evidence that ends before it starts": "UPDATE evidence SET end_char = 0",
    "a level beyond one": "UPDATE stances SET level = 1.5",
    "unscored without a reason": "UPDATE stances SET stance = 'unscored', change = '', "
    "channel = '', domain = '', modality = '', attribution = ''",
    "codes without a stance": "UPDATE stances SET stance = 'none'",
}


def spoil(mart: Mart, sql: str) -> bytes:
    """Publish, then break the warehouse by `sql`; the bytes that were published."""
    mart.publish(judged("Moscow backs Maduro."))
    with open_database(mart.warehouse) as connection:
        connection.execute(sql)
    return mart.published.read_bytes()


@pytest.mark.parametrize(("check", "sql"), BROKEN.items(), ids=BROKEN)
def test_a_broken_invariant_is_named_and_keeps_the_file_before(
    mart: Mart, check: str, sql: str
) -> None:
    before = spoil(mart, sql)
    with pytest.raises(WarehouseUnusable) as stopped:
        publish(mart.warehouse, mart.published, "model-1")
    assert str(stopped.value).startswith(f"{mart.warehouse}: {check}: not so in 1 rows")
    assert mart.published.read_bytes() == before
    assert {file.name for file in mart.published.parent.iterdir()} == {
        *("warehouse.duckdb", "published.duckdb")
    }


@pytest.mark.parametrize("sql", ALSO_BROKEN.values(), ids=ALSO_BROKEN)
def test_what_is_wrong_is_not_published(mart: Mart, sql: str) -> None:
    before = spoil(mart, sql)
    with pytest.raises(WarehouseUnusable, match="not so in 1 rows"):
        publish(mart.warehouse, mart.published, "model-1")
    assert mart.published.read_bytes() == before


def test_a_missing_warehouse_keeps_the_file_before(mart: Mart) -> None:
    mart.publish(judged("Moscow backs Maduro."))
    before = mart.published.read_bytes()
    mart.warehouse.unlink()
    with pytest.raises(WarehouseUnusable, match="still in place"):
        publish(mart.warehouse, mart.published, "model-1")
    assert mart.published.read_bytes() == before


def test_a_reader_keeps_the_old_file_and_a_new_one_sees_the_new(mart: Mart) -> None:
    mart.publish(judged("Moscow backs A."))
    before = mart.published.read_bytes()
    with elsewhere(READ, mart.published) as go_on, mart.published.open("rb") as held:
        mart.publish(judged("Moscow backs B."))
        assert mart("SELECT count(*) FROM mart.evidence") == [(2,)]
        assert go_on() == "1"
        assert held.read() == before


def test_publishing_leaves_the_warehouse_as_it_was(mart: Mart) -> None:
    fill(mart.warehouse, judged("Moscow backs Maduro."))
    before = mart.warehouse.read_bytes()
    publish(mart.warehouse, mart.published, "model-1")
    assert mart.warehouse.read_bytes() == before
    assert mart("SELECT count(*) FROM mart.meta WHERE schema_version > 0") == [(1,)]
