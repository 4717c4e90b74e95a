"""The whole flow under Prefect, over a local web server: the main job from feed to trend."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.testing.utilities import prefect_test_harness
from server import Server

import flows.quiet  # noqa: F401  # before prefect is imported
from flows.database import query
from flows.run import run
from flows.settings import Settings
from models.errors import NothingFetched

PAGE = """<!doctype html><html lang="en"><head><title>{title}</title>
<meta property="article:published_time" content="2025-11-12T09:00:00Z"></head><body>
<nav><a href="/">Home</a></nav><article><h1>{title}</h1><p>{text}</p><p>{text}</p></article>
<footer>All rights reserved</footer></body></html>"""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>{base}</link>
<item><title>Moscow stands by Maduro</title><link>{base}/backs</link>
<description>Support.</description><pubDate>Wed, 12 Nov 2025 08:00:00 GMT</pubDate></item>
<item><title>Rain in Lisbon</title><link>{base}/rain</link><description>Wet.</description></item>
<item><title>China and Venezuela</title><description>No link.</description></item>
</channel></rss>"""
TEXT = (
    "The Kremlin condemned the new sanctions against the government of Maduro on Wednesday. "
    "Beijing called on all sides in Venezuela to show restraint and return to dialogue."
)
FACTS = ("articles", "evidence", "stances")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings with one live feed and one dead one."""
    folder = tmp_path_factory.mktemp("run")
    with Server() as server, prefect_test_harness():
        rss = FEED.format(base=server.url("")).encode()
        server.routes["/feed"] = (200, {"Content-Type": "application/rss+xml", "ETag": '"1"'}, rss)
        page = PAGE.format(title="Moscow stands by Maduro", text=TEXT).encode()
        server.routes["/backs"] = (200, {"Content-Type": "text/html"}, page)
        feeds = folder / "feeds.csv"
        feeds.write_text(
            "publisher,url,language,country,ownership,bloc,status\n"
            f"Live,{server.url('/feed')},en,,private,western,A\n"
            f"Dead,{server.url('/gone')},en,,private,western,A\n"
        )
        yield Settings(data=folder / "data", feeds=feeds, private_allowed=True)


def counts(settings: Settings) -> dict[str, int]:
    return {t: query(settings.published, f"SELECT count(*) FROM {t}")[1][0][0] for t in FACTS}


def test_the_main_job_from_feed_to_trend(settings: Settings) -> None:
    done = run(settings)
    assert (done.feeds_answered, done.feeds_total, done.entries) == (1, 2, 3)
    assert done.articles == 2  # the page and the seed article
    _, rows = query(
        settings.published,
        "SELECT actor, stance FROM mart.evidence WHERE publisher = 'Live' "
        "AND sentence LIKE '%Kremlin%'",
    )
    assert rows == [("russia", "favor")]
    _, rejects = query(settings.published, "SELECT reason FROM rejects ORDER BY ALL")
    assert rejects == [("no_link",), ("off_topic",)]
    _, health = query(
        settings.published,
        "SELECT publisher, is_alive, n_entries, n_stored, n_rejected FROM mart.feed_health "
        "ORDER BY ALL",
    )
    assert health == [("Dead", False, 0, 0, 0), ("Live", True, 3, 1, 2)]

    before = counts(settings)
    again = run(settings)
    assert (again.articles, again.evidence, again.stances) == (0, 0, 0)
    assert counts(settings) == before
    _, runs = query(settings.published, "SELECT state FROM runs")
    assert runs == [("done",), ("done",)]


def test_strict_fails_where_no_feed_answers_and_still_publishes(
    settings: Settings, tmp_path: Path
) -> None:
    dead = tmp_path / "feeds.csv"
    lines = settings.feeds_file.read_text().splitlines(keepends=True)
    dead.write_text(lines[0] + lines[2])
    alone = settings.model_copy(update={"data": tmp_path / "data", "feeds": dead})
    with pytest.raises(NothingFetched, match="0 of 1 feeds"):
        run(alone, strict=True)
    assert counts(alone)["articles"] == 1
    _, runs = query(alone.published, "SELECT state FROM runs")
    assert runs == [("failed",)]
