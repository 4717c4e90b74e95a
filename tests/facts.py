"""What a warehouse is filled with in tests, and another process to share it with."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from flows.ledger import Fetch
from flows.warehouse import Warehouse
from models.records import Article, Evidence, Stance

Judged = tuple[Article, Evidence, Stance]
WEDNESDAY = datetime(2025, 11, 12, 9, 30, tzinfo=UTC)
FETCH = Fetch("https://one.example/rss", WEDNESDAY, "One", 200, entries=2, stored=1, known=1)
STANCE = Stance(
    *("model-1", "favor", 0.7, {"favor": 0.8, "against": 0.1, "neutral": 0.05, "none": 0.05}),
    *("", "verbal", "diplomatic", "asserted", "actor"),
)


def article(text: str = "Moscow backs Maduro.", published_at: datetime = WEDNESDAY) -> Article:
    """An article whose address is made of its text."""
    url = f"https://one.example/{text.split()[-1]}"
    origin = ("One", "western", "https://one.example/rss")
    return Article(url, text, text, "en", *origin, published_at, "given", "page")


def evidence(of: Article, actor: str = "russia") -> Evidence:
    """The whole text of an article as one sentence, in which `actor` speaks of Maduro."""
    end = len(of.text)
    spans: tuple[tuple[int, int], ...] = ((0, 6), (7, 9))
    return Evidence(
        of.article_id, actor, "maduro", 0, end, of.text, "en", of.text, spans, ((end - 7, end - 1),)
    )


def judged(
    text: str, published_at: datetime = WEDNESDAY, actor: str = "russia", **codes: object
) -> Judged:
    """An article, its evidence, and the usual judgment but for `codes`."""
    told = article(text, published_at)
    return told, evidence(told, actor), replace(STANCE, **codes)  # type: ignore[arg-type]


def fill(path: Path, *facts: Judged) -> None:
    """Append `facts` to the warehouse at `path`, as one run does."""
    with Warehouse(path, run_id="run-1") as warehouse:
        for told, found, stance in facts:
            warehouse.append_articles([told])
            warehouse.append_evidence("roster-1", [told], [found])
            warehouse.append_stances([found], [stance])


@contextmanager
def elsewhere(program: str, path: Path) -> Iterator[Callable[[], str]]:
    """Another process that runs `program` on `path`; each call lets it go on by one input().

    The answer is the next line that it prints. Entered once it has printed a first line.
    """
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        sent, said = process.stdin, process.stdout
        first = said.readline()
        assert first, "the other process died"

        def go_on() -> str:
            sent.write("\n")
            sent.flush()
            return said.readline().strip()

        yield go_on
