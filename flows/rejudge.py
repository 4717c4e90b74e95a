"""`judge-again`: all stored evidence by the model of the setting, and what that moved."""

from dataclasses import dataclass
from uuid import uuid4

from rich.console import Console
from rich.table import Table

from flows import backlog
from flows.ledger import Run
from flows.progress import showing, step
from flows.publish import publish
from flows.settings import Settings
from flows.trend import ARROWS, Row, rows
from flows.warehouse import SQL, Warehouse
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
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Moved:
    """What another model changed: `model` beside `before`, the one that judged last before it.

    `judged` new judgments; `compared` sentences that both judged, `changed` of them with
    another stance. `points` are the points of the trend (week, actor, target, channel) whose
    stance, level or change moved, the furthest first (rows of `sql/points.sql`), out of
    `points_compared`; `sentences` the at most 20 that moved furthest.
    """

    model: str
    before: str
    judged: int
    compared: int
    changed: int
    points_compared: int
    points: list[Row]
    sentences: list[Row]


def judge_again(settings: Settings) -> Moved:
    """Judge all evidence that the model of the setting has not judged, publish, and compare.

    The old judgments stay beside the new; what was judged before it was stopped is not
    judged twice. Raises BadInput where nothing is stored yet.
    """
    if not settings.warehouse.exists():
        raise BadInput(f"{settings.warehouse}: none yet; `fairweather run` or `add` makes it")
    model = open_model(settings)
    with showing(), Warehouse(settings.warehouse, run_id=uuid4().hex) as warehouse:
        warehouse.start()
        lacking = warehouse.lacking(model.name)
        judged = backlog.judge(warehouse, model, step("judging", lacking))
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
    few = f"; the {SHOWN} that moved furthest" if len(moved.points) > SHOWN else ""
    _line(console, f"{len(moved.points)} of {moved.points_compared} points moved{few}.")
    if moved.points:
        console.print(_points_table(moved.points[:SHOWN], names))
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
        len(points),
        sorted(filter(_has_moved, points), key=_distance, reverse=True),
        rows(published, SENTENCES),
    )


def _has_moved(point: Row) -> bool:
    turned = any(point[f"{of}_before"] != point[f"{of}_after"] for of in ("stance", "change"))
    return turned or _distance(point) >= LEAST


def _distance(point: Row) -> float:
    """How far the level moved; a point that came or went moved furthest: 2."""
    before, after = point["level_before"], point["level_after"]
    return 2.0 if before is None or after is None else abs(float(after) - float(before))


def _points_table(points: list[Row], names: dict[str, str]) -> Table:
    headings = ("week of", "actor", "toward", "channel", "before", "after")
    table = Table(*headings)
    for row in points:
        table.add_row(
            str(row["week"]),
            names.get(row["actor"], row["actor"]),
            names.get(row["target"], row["target"]),
            row["channel"],
            *(_side(row, side) for side in ("before", "after")),
        )
    return table


def _side(row: Row, side: str) -> str:
    stance, level, change, n = (row[f"{of}_{side}"] for of in ("stance", "level", "change", "n"))
    return f"{stance} {level:+.2f} {ARROWS[change]} ({n})" if n else "no stance"
