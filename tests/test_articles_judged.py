"""Whole articles from text to trend: what the seed article says, and what others say."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows import backlog
from flows.database import query
from flows.publish import publish
from flows.seeds import read_articles
from flows.settings import Settings
from flows.warehouse import Warehouse
from models.entities import read_roster
from models.records import Article
from models.stance import StanceModel

SETTINGS = Settings()
STORIES = Path(__file__).parent / "articles"


def published(folder: Path, article: Article) -> Path:
    """A published file that holds this one article."""
    model = StanceModel(SETTINGS.weights)
    with Warehouse(folder / "warehouse.duckdb", "test") as warehouse:
        warehouse.append_articles([article])
        backlog.search(warehouse, read_roster(SETTINGS.seeds))
        backlog.judge(warehouse, model)
    publish(folder / "warehouse.duckdb", folder / "published.duckdb", model.name)
    return folder / "published.duckdb"


@pytest.fixture(scope="module")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (article,) = read_articles(SETTINGS.seeds / "articles")
    return published(tmp_path_factory.mktemp("seed"), article)


def latest(published: Path) -> dict[str, tuple[str, str]]:
    _, rows = query(published, "SELECT actor, stance, change FROM mart.latest_stance")
    return {actor: (stance, change) for actor, stance, change in rows}


@pytest.mark.parametrize("actor", ["russia", "china"])
def test_the_seed_article_reports_dwindling_support(seed: Path, actor: str) -> None:
    stance, change = latest(seed)[actor]
    assert stance in ("favor", "neutral")
    assert change == "decrease"


def test_what_the_seed_article_counts_is_material(seed: Path) -> None:
    _, rows = query(
        seed,
        "SELECT channel, count(*) AS n FROM mart.evidence "
        "WHERE change = 'decrease' GROUP BY channel ORDER BY n DESC",
    )
    assert rows[0][0] == "material"


NO_SUPPORT = {
    "a request for radars": "requested defensive radars",
    "a request for cooperation": "sought enhanced military cooperation",
    "another target": "passive in their support for Tehran",
    "another target, long ago": "Hugo Chavez utilized",
    "another actor's sanctions": "exacerbated by U.S. sanctions",
    "another pair": "tense diplomatic relationships with the Trump administration",
    "exposure": "amount to more than $30 billion",
}


@pytest.mark.parametrize("part", NO_SUPPORT.values(), ids=NO_SUPPORT)
def test_no_support_where_there_is_none(seed: Path, part: str) -> None:
    (article,) = read_articles(SETTINGS.seeds / "articles")
    assert part in article.text
    _, rows = query(
        seed,
        "SELECT actor FROM mart.evidence WHERE stance = 'favor' "
        f"AND modality = 'asserted' AND contains(sentence, '{part}')",
    )
    assert rows == []


RIGHT = {
    "a reduction, of Russia's": (
        "significant reduction in support",
        "russia",
        {"change": "decrease", "modality": "asserted", "is_joint": True},
    ),
    "a reduction, of China's": (
        "significant reduction in support",
        "china",
        {"change": "decrease", "modality": "asserted", "is_joint": True},
    ),
    "nothing substantial of late": (
        "has not extended substantial assistance",
        "russia",
        {"change": "decrease", "channel": "material", "is_joint": False},
    ),
    "two tankers": (
        "only sent two oil tankers",
        "russia",
        {"stance": "favor", "channel": "material", "domain": "energy"},
    ),
    "no more than now": (
        "going to help Maduro beyond",
        "russia",
        {"modality": "forecast", "attribution": "analyst"},
    ),
}


@pytest.mark.parametrize(("part", "actor", "codes"), RIGHT.values(), ids=RIGHT)
def test_the_right_sentences_have_their_codes(
    seed: Path, part: str, actor: str, codes: dict[str, object]
) -> None:
    columns, rows = query(
        seed,
        f"SELECT {', '.join(codes)} FROM mart.evidence "
        f"WHERE actor = '{actor}' AND contains(sentence, '{part}')",
    )
    assert [dict(zip(columns, row, strict=True)) for row in rows] == [codes]


OTHERS = {
    "the same in other words": ("dwindling", ("favor", "neutral"), "decrease"),
    "the opposite": ("growing", ("favor",), "increase"),
    "hostility": ("turning", ("against",), None),
}


@pytest.mark.parametrize(("name", "stances", "change"), OTHERS.values(), ids=OTHERS)
def test_other_articles_say_other_things(
    tmp_path: Path, name: str, stances: tuple[str, ...], change: str | None
) -> None:
    text = (STORIES / f"{name}.txt").read_text(encoding="utf8")
    day = datetime(2025, 11, 12, tzinfo=UTC)
    title = text.partition("\n")[0]
    origin = ("en", "Test", "other", "test", day, "given", "text")
    found = latest(published(tmp_path, Article("", title, text, *origin)))
    assert found.keys() == {"russia", "china"}
    for stance, changed in found.values():
        assert stance in stances
        assert change is None or changed == change
