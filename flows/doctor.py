"""`doctor`: is everything in its place, and what to do where it is not."""

from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

from flows.database import query
from flows.seeds import read_articles, read_feeds
from flows.settings import Settings
from flows.warehouse import Warehouse
from flows.weights import locate, open_model
from models.entities import read_roster
from models.errors import Failure

UNHEALTHY = (
    "SELECT publisher, feed_url, last_error, n_failures FROM mart.feed_health "
    "WHERE NOT is_alive ORDER BY n_failures DESC, publisher LIMIT 20"
)


def examine(settings: Settings) -> int:
    """Print a line on each part; 0, or the exit code of the first failure."""
    code = 0
    for part, check in _checks(settings):
        try:
            print(f"ok   {part}: {check()}")
        except Failure as failure:
            print(f"FAIL {part}: {failure}")
            code = code or failure.code
    return code


def _checks(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "installation", lambda: f"fairweather {version('fairweather')}"
    yield "seeds", lambda: _seeds(settings)
    yield "weights", lambda: _weights(settings)
    yield "warehouse", lambda: _warehouse(settings)
    yield "published file", lambda: _published(settings)
    yield "feeds", lambda: _feeds(settings)


def _seeds(settings: Settings) -> str:
    roster = read_roster(settings.seeds)
    feeds = read_feeds(settings.feeds_file)
    articles = tuple(read_articles(settings.seeds / "articles"))
    return (
        f"{len(feeds)} feeds, {len(articles)} articles, {len(roster.entities)} roles, "
        f"{len(roster.aliases)} aliases"
    )


def _weights(settings: Settings) -> str:
    model = open_model(settings)
    said = f"{model.name}, reads {', '.join(model.languages) or 'any language'}"
    if isinstance(settings.weights, Path) or "@" in settings.weights:
        return said
    return f"{said}; {settings.weights}@{locate(settings.weights).name} pins it"


def _warehouse(settings: Settings) -> str:
    if not settings.warehouse.exists():
        return f"{settings.warehouse}: none yet; `fairweather run` makes it"
    with Warehouse(settings.warehouse) as warehouse:
        return ", ".join(f"{n} {table}" for table, n in warehouse.counts().items())


def _published(settings: Settings) -> str:
    if not settings.published.exists():
        return f"{settings.published}: none yet; `fairweather run` makes it"
    _, rows = query(settings.published, "SELECT published_at, model FROM mart.meta")
    return f"{settings.published} of {rows[0][0]:%Y-%m-%d %H:%M} UTC, judged by {rows[0][1]}"


def _feeds(settings: Settings) -> str:
    if not settings.published.exists():
        return "not polled yet"
    _, rows = query(settings.published, UNHEALTHY)
    silent = [f"\n     {name} {url}: {error} ({n} times)" for name, url, error, n in rows]
    return f"{len(rows)} in trouble (at most 20 shown){''.join(silent)}" if rows else "all answer"
