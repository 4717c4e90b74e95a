"""Seeds: ours are sound, and a broken one stops with file, line and what is allowed."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.seeds import read_articles, read_feeds
from models.entities import read_roster
from models.errors import BadInput

OURS = Path(__file__).parent.parent / "seeds"
SOUND = {
    "feeds.csv": (
        "publisher,url,language,country,ownership,bloc,status\n"
        "One,https://one.example/rss,en,GBR,public,western,A\n"
    ),
    "entities.csv": (
        "entity,name,kind,role,stands_for,from,until,wikidata\n"
        "russia,Russia,state,actor,russia,,,Q159\n"
        "maduro,Nicolás Maduro,person,target,maduro,2013-03-05,,\n"
    ),
    "aliases.csv": "alias,entity,language,match\nMoscow,russia,en,word\n",
    "articles.csv": (
        "file,title,publisher,bloc,url,language,published_at,date_quality\n"
        "a.txt,Title,One,western,https://one.example/a,en,2025-10-31,given\n"
    ),
}
READERS: dict[str, Callable[[Path], object]] = {
    "feeds.csv": lambda folder: read_feeds(folder / "feeds.csv"),
    "entities.csv": read_roster,
    "aliases.csv": read_roster,
    "articles.csv": lambda folder: list(read_articles(folder)),
}


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A folder of small, sound seeds."""
    for name, text in SOUND.items():
        (tmp_path / name).write_text(text, encoding="utf8")
    (tmp_path / "a.txt").write_text("Title\n\nMoscow backs Maduro.")
    return tmp_path


def test_our_feeds_are_sound() -> None:
    assert len(read_feeds(OURS / "feeds.csv")) > 50


def test_our_roster_follows_russia_and_china_toward_maduro() -> None:
    roster = read_roster(OURS)
    assert {"russia", "china", "maduro"} <= roster.names.keys()
    assert [roster.find(name) for name in ("Putin", "Beijing", "Мадуро")] == [
        *("russia", "china", "maduro")
    ]


def test_every_name_of_our_roster_is_a_party_or_none() -> None:
    roster = read_roster(OURS)
    parties = {roster.find(alias.alias) for alias in roster.aliases}
    # "argentina" is an alias of the entity "argentina", which is no party: it was sought for ever.
    assert parties - {None} <= set(roster.names)
    assert [roster.find(name) for name in ("argentina", "OPEC", "Trump")] == [None] * 3


def test_our_articles_are_sound_and_start_with_their_title() -> None:
    articles = list(read_articles(OURS / "articles"))
    assert articles
    assert [a.title for a in articles if not a.text.startswith(a.title)] == []


@pytest.mark.parametrize("name", SOUND)
def test_sound_seeds_are_read(seeds: Path, name: str) -> None:
    assert READERS[name](seeds)


TWICE = "maduro,Nicolás Maduro,person,other,maduro,2020-01-01,2021-01-01,\n"
BROKEN = {
    "a feed column is unknown": ("feeds.csv", "bloc,status", "bloc,state", 1, "bloc,status"),
    "a feed lacks a value": ("feeds.csv", ",western,A", ",western", 2, "7 columns"),
    "a feed has no web address": ("feeds.csv", "https://", "ftp://", 2, "http:// or https://"),
    "a feed's language is unknown": ("feeds.csv", ",en,", ",fr,", 2, "en, es, pt, ru, zh"),
    "a feed's owner is unknown": ("feeds.csv", "public", "royal", 2, "state, government, public"),
    "a feed's bloc is unknown": ("feeds.csv", "western", "eastern", 2, "russian, chinese"),
    "a feed's status is unknown": ("feeds.csv", ",A\n", ",D\n", 2, "A, B, C"),
    "a role column is unknown": ("entities.csv", "wikidata", "wiki", 1, "until,wikidata"),
    "a role is unknown": ("entities.csv", ",actor,", ",hero,", 2, "actor, target, third, other"),
    "a kind is unknown": ("entities.csv", "state", "realm", 2, "state, person, ministry"),
    "a role stands for nobody known": (
        *("entities.csv", "actor,russia", "actor,ussr", 2, "no such entity in entities.csv"),
    ),
    "a role starts on no date": ("entities.csv", "2013-03-05", "5.3.2013", 3, "like 2013-03-05"),
    "a role ends on no date": ("entities.csv", ",,Q159", ",never,Q159", 2, "like 2013-03-05"),
    "a role ends before it starts": (
        *("entities.csv", "2013-03-05,,", "2013-03-05,2001-01-01,", 3, "until"),
    ),
    "two roles of one overlap": (
        *("entities.csv", "2013-03-05,,\n", "2013-03-05,,\n" + TWICE, 4, "at the same time"),
    ),
    "an alias column is unknown": ("aliases.csv", "match", "mode", 1, "alias,entity,language"),
    "an alias is of nobody known": (
        *("aliases.csv", "russia", "ussr", 2, "no such entity in entities.csv"),
    ),
    "an alias's language is unknown": ("aliases.csv", ",en,", ",xx,", 2, "en, es, pt, ru, zh, und"),
    "an alias's match mode is unknown": (
        *("aliases.csv", "word", "regex", 2, "word, prefix, substring"),
    ),
    "an alias is empty": ("aliases.csv", "Moscow", " ", 2, "alias is empty"),
    "an alias is of two entities": (
        *("aliases.csv", "word\n", "word\nMoscow,maduro,en,word\n", 3, "alias of 'russia' already"),
    ),
    "an article column is unknown": ("articles.csv", "file,", "path,", 1, "file,title,publisher"),
    "an article's bloc is unknown": ("articles.csv", "western", "eastern", 2, "russian, chinese"),
    "an article's language is unknown": ("articles.csv", ",en,", ",xx,", 2, "en, es, pt, ru, zh"),
    "an article's date is none": ("articles.csv", "2025-10-31", "soon", 2, "like 2025-10-31"),
    "an article's date quality is unknown": (
        *("articles.csv", "given", "sure", 2, "given, inferred, collected"),
    ),
    "an article's text is missing": ("articles.csv", "a.txt", "b.txt", 2, "b.txt cannot be read"),
}


@pytest.mark.parametrize(("name", "old", "new", "line", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_row_is_named_by_file_and_line(
    seeds: Path, name: str, old: str, new: str, line: int, said: str
) -> None:
    assert old in SOUND[name]
    (seeds / name).write_text(SOUND[name].replace(old, new, 1), encoding="utf8")
    with pytest.raises(BadInput) as stopped:
        READERS[name](seeds)
    assert str(stopped.value).startswith(f"{seeds / name}:{line}: ")
    assert said in str(stopped.value)


def test_a_doubled_feed_is_named_by_its_second_line(seeds: Path) -> None:
    text = SOUND["feeds.csv"]
    (seeds / "feeds.csv").write_text(text + text.splitlines()[1] + "\n")
    with pytest.raises(BadInput, match=r"feeds\.csv:3: url https://one.example/rss .* twice"):
        read_feeds(seeds / "feeds.csv")


@pytest.mark.parametrize("name", SOUND)
def test_a_missing_file_is_named(seeds: Path, name: str) -> None:
    (seeds / name).unlink()
    with pytest.raises(BadInput) as stopped:
        READERS[name](seeds)
    assert str(stopped.value).startswith(f"{seeds / name}: no such file")


@pytest.mark.parametrize("name", SOUND)
def test_a_file_that_is_not_utf_8_is_named(seeds: Path, name: str) -> None:
    (seeds / name).write_bytes(SOUND[name].encode() + "Россия\n".encode("cp1251"))
    with pytest.raises(BadInput) as stopped:
        READERS[name](seeds)
    assert str(stopped.value).startswith(f"{seeds / name}: ")
    assert "UTF-8" in str(stopped.value)


DATES = {
    "a day is its first moment in UTC": ("2025-10-31", datetime(2025, 10, 31, tzinfo=UTC)),
    "a moment with a zone is turned into UTC": (
        *("2025-10-31T01:00:00+03:00", datetime(2025, 10, 30, 22, tzinfo=UTC)),
    ),
}


@pytest.mark.parametrize(("written", "meant"), DATES.values(), ids=DATES)
def test_an_article_has_the_date_of_its_row(seeds: Path, written: str, meant: datetime) -> None:
    text = SOUND["articles.csv"].replace("2025-10-31", written)
    (seeds / "articles.csv").write_text(text)
    assert [article.published_at for article in read_articles(seeds)] == [meant]
