"""The command line. Each command imports what it needs when it runs, so that it starts at once."""

import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

from cyclopts import App, CycloptsError

from models.errors import BadInput, Failure
from models.training.encoders import PRETRAINED, TEACHER

if TYPE_CHECKING:
    from rich.console import Console

    from flows.ledger import Run
    from flows.settings import Settings

app = App(
    name="fairweather",
    help="Who stands by whom in the news, and since when.",
    version_flags=["--version"],
    help_format="plaintext",  # markdown would cost a third of the time to the first word
)
Format = Literal["table", "csv", "jsonl"]


def main() -> None:
    """Run the command that the arguments name; every failure is one line and its exit code."""
    try:
        app(exit_on_error=False, print_error=False, result_action="return_value")
        _end(0)
    except CycloptsError as error:
        _fail(f"{' '.join(str(error).split())}; see `fairweather --help`", BadInput.code)
    except Failure as failure:
        _fail(str(failure), failure.code)
    except BrokenPipeError:
        _end(0)
    except KeyboardInterrupt:
        _fail("stopped; what was appended stays, the next run finishes the rest", 130)


@app.command
def run(*, strict: bool = False, json: bool = False) -> None:
    """Read the news once: poll, extract, judge, append, publish; print the trend.

    Parameters
    ----------
    strict
        Fail (exit code 3) when no feed answered.
    json
        Print what was done and where each actor stands as one JSON object.
    """
    from flows.inputs import read_inputs
    from flows.progress import showing, step

    settings = _settings()
    # Prefect takes seconds to start: what is wrong with the input is said before.
    read_inputs(settings)
    with showing():
        starting = step("starting Prefect", 1)
        import flows.quiet  # noqa: F401  # before prefect is imported
        from flows.run import run as flow

        done = flow.with_options(on_running=[lambda *_: starting(1)])(settings, strict)
    _print_run(settings, done, json)


@app.command
def add(*origins: str) -> None:
    """Bring in articles: text files, HTML pages, feeds or JSONL, from files, addresses or `-`.

    A JSONL line has "text", and if known "title", "url", "publisher", "published_at".
    """
    from flows.add import add as bring_in

    if not origins:
        raise BadInput("add: name a file, an http(s) address, or - for standard input")
    settings = _settings()
    for line in bring_in(settings, origins):
        _out(line)
    _show_trend(settings)


@app.command
def judge(file: str = "-") -> None:
    """Judge JSONL without a warehouse: "id", "text", "actor", "target" in, a judgment a line out.

    Parameters
    ----------
    file
        A JSONL file; - is standard input.
    """
    from flows.judge import judge_lines

    settings = _settings()
    for line in judge_lines(settings, file):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


@app.command
def judge_again(*, json: bool = False) -> None:
    """Judge all stored evidence with the model of the setting; say which points moved.

    The judgments stand beside those of the model before; no network but for the hub's models.

    Parameters
    ----------
    json
        Print what moved as one JSON object.
    """
    from flows.lines import as_json
    from flows.rejudge import judge_again as judge_stored
    from flows.rejudge import show
    from models.entities import read_roster

    settings = _settings()
    names = read_roster(settings.seeds).names
    moved = judge_stored(settings)
    if json:
        _out(as_json(moved))
    else:
        show(_console(), moved, names)


@app.command
def trend(*, json: bool = False) -> None:
    """Show where each actor stands, and week by week, words and deeds apart."""
    settings = _settings()
    if not json:
        _show_trend(settings, weekly=True)
        return
    from flows.lines import as_json
    from flows.trend import LATEST, WEEKLY, rows

    _out(
        as_json(
            {"latest": rows(settings.published, LATEST), "weekly": rows(settings.published, WEEKLY)}
        )
    )


@app.command
def sql(query: str, *, format: Format = "table") -> None:  # noqa: A002  # its name on the command line
    """Ask the published file in SQL; schema `mart` has the views."""
    # Over in a moment, most of it imports: looking for garbage would only delay the answer.
    gc.disable()
    from flows.answer import answer

    answer(_settings().published, query, format)


@app.command
def evaluate(*, data: Path | None = None, json: bool = False) -> None:
    """Print the model's report card, each measure with its interval, against its floor.

    Parameters
    ----------
    data
        Folder of the labelled public sets (`news`, `dse`); skipped where absent.
    json
        Print it for machines.
    """
    from flows.card import print_card

    print_card(_settings(), data, json)


@app.command
def train(
    *,
    data: Path | None = None,
    out: Path = Path("data/weights/english"),
    seed: int = 1,
    pretrained: str = PRETRAINED,
    teacher: str = TEACHER,
) -> None:
    """Make the weights: hours on a CPU. Needs the extra `train`.

    Parameters
    ----------
    data
        Folder of the public sets (`news`, `dse`, `newsmtsc`, `parallel`); skipped where absent.
    out
        The weights folder to write; checkpoints and the report lie beside it.
    seed
        Of the shuffling and of the fresh weights.
    pretrained
        Folder or hub id of the small encoder that becomes the weights.
    teacher
        Folder or hub id of the larger encoder that learns first and teaches it; "" for none.
    """
    from flows.train import make

    make(_settings(), data, out, seed, pretrained, teacher)


@app.command
def doctor() -> None:
    """Check the seeds, the weights, the warehouse and the feeds; say what to do."""
    from flows.doctor import examine

    _end(examine(_settings()))


def _settings() -> "Settings":
    from pydantic import ValidationError

    from flows.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "FAIRWEATHER_" + "_".join(map(str, first["loc"])).upper()
        raise BadInput(f"{name} is {first['input']!r}: {first['msg']}") from None


def _show_trend(settings: "Settings", weekly: bool = False) -> None:
    from flows.trend import show
    from models.entities import read_roster

    show(_console(), settings.published, read_roster(settings.seeds).names, weekly)


def _print_run(settings: "Settings", done: "Run", json: bool) -> None:
    from flows.lines import as_json
    from flows.trend import LATEST, rows, told

    if json:
        _out(as_json({"run": done, "latest": rows(settings.published, LATEST)}))
        return
    _out(told(done))
    _show_trend(settings)


def _console() -> "Console":
    from rich.console import Console

    # A file or a pipe gets whole lines: only a terminal is folded to its width.
    return Console(width=None if sys.stdout.isatty() else 120)


def _out(line: str) -> None:
    sys.stdout.write(line + "\n")


def _fail(message: str, code: int) -> None:
    sys.stderr.write(f"fairweather: {message}\n")
    _end(code)


def _end(code: int) -> NoReturn:
    """Leave with `code`. All is said: what libraries print while they are torn down is not."""
    with suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    sys.exit(code)
