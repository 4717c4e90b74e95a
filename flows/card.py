"""`evaluate`: the model's report card in the terminal."""

import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from flows.lines import as_json
from flows.progress import showing, step
from flows.settings import Settings
from flows.weights import open_model
from models.entities import read_roster
from models.errors import BadInput, Failure
from models.evaluation import FLOORS, Measure, read_floors, report
from models.questions import Asker
from models.stance import StanceModel


class FloorBroken(Failure):
    """A measure fell under its floor."""

    code = 1


def print_card(settings: Settings, data: Path | None, json: bool) -> None:
    """Print every measure that the files at hand allow.

    Raises BadInput where `data` is no folder, FloorBroken where a measure is under its floor.
    """
    if data and not data.is_dir():
        raise BadInput(f"{data}: no such folder; name the one that holds news/ and dse/")
    model = open_model(settings)
    asker = Asker(read_roster(settings.seeds))
    with showing():
        sentences = settings.seeds / "sentences" / "test.jsonl"
        # The floors are those of our own weights.
        floors: dict[str, float] = read_floors(FLOORS) if isinstance(model, StanceModel) else {}
        measures = list(report(model, asker, sentences, data, floors, step("judging")))
    if json:
        sys.stdout.writelines(as_json(measure) + "\n" for measure in measures)
    else:
        _print_table(model.name, measures)
    if broken := [m.name for m in measures if not m.holds]:
        raise FloorBroken(f"{model.name}: under the floor: {', '.join(broken)}")


def _print_table(model: str, measures: list[Measure]) -> None:
    table = Table("measure", "value", "90 % interval", "n", "floor", "", title=model)
    for m in measures:
        sign = "≤" if m.at_most else "≥"
        floor = "" if m.floor is None else f"{sign} {m.floor:.3f}"
        kept = "" if m.floor is None else ("holds" if m.holds else "BROKEN")
        interval = f"{m.low:.3f} to {m.high:.3f}"
        table.add_row(m.name, f"{m.value:.3f}", interval, str(m.n), floor, kept)
    Console(width=None if sys.stdout.isatty() else 120).print(table)
