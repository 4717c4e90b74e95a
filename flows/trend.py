"""The trend in the terminal: where each actor stands, and week by week."""

from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from flows.database import query
from flows.ledger import Run

Row = dict[str, Any]

LATEST = (
    "SELECT actor, target, stance, level, change, n_evidence, n_articles, week, "
    "strongest_sentence, strongest_url FROM mart.latest_stance ORDER BY target DESC, actor DESC"
)
WEEKLY = (
    "SELECT week, actor, target, channel, level, n_evidence, n_articles, n_increase, n_decrease, "
    "n_stable FROM mart.stance_weekly WHERE channel <> 'all' ORDER BY target, actor, channel, week"
)
ARROWS = {"increase": "↗ increase", "decrease": "↘ decrease", "stable": "→ stable", "": "–"}


def rows(published: Path, sql: str) -> list[Row]:
    """Rows of a query on the published file, by column name."""
    columns, found = query(published, sql)
    return [dict(zip(columns, row, strict=True)) for row in found]


def latest_table(latest: list[Row], names: dict[str, str]) -> RenderableType:
    """Stance, level, change and the strongest sentence of each actor, with n beside them."""
    table = Table("actor", "toward", "stance", "level", "change", "sentences", "week of")
    for row in latest:
        table.add_row(
            names.get(row["actor"], row["actor"]),
            names.get(row["target"], row["target"]),
            row["stance"],
            f"{row['level']:+.2f}",
            ARROWS[row["change"]],
            f"{row['n_evidence']} in {row['n_articles']}",
            str(row["week"]),
        )
    sentences = [
        Text(f"{names.get(row['actor'], row['actor'])}: {row['strongest_sentence']}")
        for row in latest
    ]
    return Group(table, *sentences)


def weekly_table(weekly: list[Row], names: dict[str, str]) -> Table:
    """Level by week, words and deeds apart, with a bar from -1 to 1 and n beside it."""
    table = Table("actor", "toward", "channel", "week of", "level", "-1    0    +1", "n", "↗", "↘")
    for row in weekly:
        table.add_row(
            names.get(row["actor"], row["actor"]),
            names.get(row["target"], row["target"]),
            row["channel"],
            str(row["week"]),
            f"{row['level']:+.2f}",
            bar(row["level"]),
            f"{row['n_evidence']} in {row['n_articles']}",
            str(row["n_increase"] or ""),
            str(row["n_decrease"] or ""),
        )
    return table


def bar(level: float) -> str:
    """A level between -1 and 1 as a mark on a line of 13 characters."""
    line = ["·"] * 13
    line[6] = "│"
    line[round((level + 1) * 6)] = "●"
    return "".join(line)


def show(console: Console, published: Path, names: dict[str, str], weekly: bool = False) -> None:
    """Print where each actor stands, and with `weekly` the lines behind it."""
    latest = rows(published, LATEST)
    if not latest:
        console.print("No sentence yet in which an actor takes a stance toward a target.")
        return
    console.print(latest_table(latest, names))
    if weekly:
        console.print(weekly_table(rows(published, WEEKLY), names))


def told(run: Run) -> str:
    """What a run did, in one line."""
    return (
        f"{run.feeds_answered} of {run.feeds_total} feeds answered; {run.entries} entries, "
        f"{run.articles} new articles, {run.evidence} new sentences, {run.stances} judged."
    )
