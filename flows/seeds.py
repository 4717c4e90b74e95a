"""What the pipeline starts from: the feeds and the articles in `seeds/`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from models.entities import one_of, read_rows
from models.errors import BadInput
from models.records import Article, Feed

FEED_COLUMNS = ("publisher", "url", "language", "country", "ownership", "bloc", "status")
ARTICLE_COLUMNS = (
    *("file", "title", "publisher", "bloc", "url", "language", "published_at", "date_quality"),
)
LANGUAGES = ("en", "es", "pt", "ru", "zh")
OWNERSHIPS = ("state", "government", "public", "private", "independent", "thinktank", "igo")
BLOCS = ("russian", "chinese", "venezuelan", "western", "latin_american", "other")
STATUSES = ("A", "B", "C")
"""A: seen alive in a dated check; B: in use elsewhere; C: a guess."""
DATE_QUALITIES = ("given", "inferred", "collected")


def read_feeds(path: Path) -> list[Feed]:
    """The feeds in the CSV file at `path`; raises BadInput with file and line of a wrong one."""
    feeds: dict[str, Feed] = {}
    for place, row in read_rows(path, FEED_COLUMNS):
        if not row["url"].startswith(("http://", "https://")):
            raise BadInput(f"{place}: url is {row['url']!r}; an address with http:// or https://")
        if row["url"] in feeds:
            raise BadInput(f"{place}: url {row['url']} stands there twice")
        one_of(place, "language", row["language"], LANGUAGES)
        one_of(place, "ownership", row["ownership"], OWNERSHIPS)
        one_of(place, "bloc", row["bloc"], BLOCS)
        one_of(place, "status", row["status"], STATUSES)
        feeds[row["url"]] = Feed(**row)
    return list(feeds.values())


def read_articles(folder: Path) -> Iterator[Article]:
    """The articles that `articles.csv` in `folder` lists, each a text file beside it.

    Raises BadInput with file and line where a row is wrong or its file cannot be read.
    """
    for place, row in read_rows(folder / "articles.csv", ARTICLE_COLUMNS):
        one_of(place, "bloc", row["bloc"], BLOCS)
        one_of(place, "date_quality", row["date_quality"], DATE_QUALITIES)
        yield Article(
            url=row["url"],
            title=row["title"],
            text=_text(place, folder / row["file"]),
            language=one_of(place, "language", row["language"], LANGUAGES),
            publisher=row["publisher"],
            bloc=row["bloc"],
            source="seeds",
            published_at=_moment(place, row["published_at"]),
            date_quality=row["date_quality"],
            text_method="seed",
        )


def _text(place: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf8")
    except (OSError, UnicodeError) as error:
        raise BadInput(f"{place}: {path} cannot be read as UTF-8 text ({error})") from None


def _moment(place: str, value: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"{place}: published_at is {value!r}; a date like 2025-10-31") from None
