"""`judge-again`: all stored evidence by the model of the setting, and what that moved."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.table import Table

from flows import backlog
from flows.progress import showing, step
from flows.publish import publish
from flows.settings import Settings
from flows.trend import Row, rows
from flows.warehouse import SQL, Run, Warehouse
from flows.weights import open_model
from models.errors import BadInput

MODELS = "SELECT model_before FROM mart.rejudged LIMIT 1"
COUNTS = (
    "SELECT count(*) AS compared, count(*) FILTER (stance_before <> stance_after) AS changed "
    "FROM mart.rejudged"
)
SENTENCES = (
    "SELECT evidence_id, actor, target, sentence, stance_before, stance_after, level_before, "
    "level_after, change_before, change_after FROM mart.rejudged "
    "WHERE stance_before <> stance_after "
    "ORDER BY abs(coalesce(level_after, 0) - coalesce(level_before, 0)) DESC, evidence_id LIMIT 20"
)
LEAST = 0.005
"""A level that moved by less looks the same in two digits."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What another model changed: `model` beside `before`, the one that judged last before it.

    `judged` new judgments; `compared` sentences that both judged, `changed` of them with
    another stance; `points` are the pairs of actor and target whose stance or level moved
    (rows of `sql/points.sql`), `sentences` the at most 20 that moved furthest.
    """

    model: str
    before: str
    judged: int
    compared: int
    changed: int
    points: list[Row]
    sentences: list[Row]


def judge_again(settings: Settings) -> Moved:
    """Judge all evidence that the model of the setting has not judged, publish, and compare.

    The old judgments stay beside the new. Raises BadInput where nothing is stored yet.
    """
    if not settings.warehouse.exists():
        raise BadInput(f"{settings.warehouse}: none yet; `fairweather run` or `add` makes it")
    model = open_model(settings.weights, settings.hypotheses)
    with showing(), Warehouse(settings.warehouse, run_id=uuid4().hex) as warehouse:
        warehouse.start()
        judged = backlog.judge(warehouse, model, step("judging"))
        warehouse.finish(Run(warehouse.run_id, "done", stances=judged))
    publish(settings.warehouse, settings.published, model.name)
    return _moved(settings, model.name, judged)


def show(console: Console, moved: Moved, names: dict[str, str]) -> None:
    """Print what moved, for people."""
    _line(console, f"{moved.model}: {moved.judged} judged")
    if not moved.before:
        _line(console, "No other model judged before: nothing to compare.")
        return
    _line(console, f"before: {moved.before}")
    if moved.points:
        console.print(_points_table(moved.points, names))
    else:
        _line(console, "No actor's stance or level moved.")
    _line(console, f"{moved.changed} of {moved.compared} sentences have another stance.")
    for row in moved.sentences:
        pair = f"{names.get(row['actor'], row['actor'])}, {names.get(row['target'], row['target'])}"
        turn = f"{row['stance_before']} -> {row['stance_after']}"
        _line(console, f"  {turn} ({pair}): {row['sentence']}")


def _line(console: Console, text: str) -> None:
    # Sentences may hold brackets, and whoever reads from a pipe wants them whole.
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _moved(settings: Settings, model: str, judged: int) -> Moved:
    published = settings.published
    [counts] = rows(published, COUNTS)
    before = rows(published, MODELS)
    points = rows(published, (SQL / "points.sql").read_text(encoding="utf8"))
    return Moved(
        model,
        before[0]["model_before"] if before else "",
        judged,
        counts["compared"],
        counts["changed"],
        [point for point in points if _has_moved(point)],
        rows(published, SENTENCES),
    )


def _has_moved(point: Row) -> bool:
    if point["stance_before"] != point["stance_after"]:
        return True
    return bool(abs(point["level_after"] - point["level_before"]) >= LEAST)


def _points_table(points: list[Row], names: dict[str, str]) -> Table:
    table = Table("actor", "toward", "stance", "", "level", "", "sentences", "")
    for row in points:
        table.add_row(
            names.get(row["actor"], row["actor"]),
            names.get(row["target"], row["target"]),
            *(row["stance_before"] or "none", f"-> {row['stance_after'] or 'none'}"),
            *(_level(row["level_before"]), f"-> {_level(row['level_after'])}"),
            *(str(row["n_before"]), f"-> {row['n_after']}"),
        )
    return table


def _level(value: Any) -> str:
    return "–" if value is None else f"{value:+.2f}"
