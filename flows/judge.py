"""`judge`: JSONL in, judgments out, in order; no warehouse."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from flows.settings import Settings
from flows.weights import open_model
from models.codes import UNSCORED
from models.entities import read_roster
from models.errors import BadInput
from models.questions import Asker, answer, read_question
from models.records import Stance
from models.stance import Judge

MOST = 256


def judge_lines(settings: Settings, file: str) -> Iterator[str]:
    """A line of JSON per line of `file` (`-`: standard input), in order.

    A line that cannot be judged is answered as `unscored` with its reason. Raises
    BadInput where the file cannot be read.
    """
    lines = _lines(file)
    model = open_model(settings)
    asker = Asker(read_roster(settings.seeds))
    for batch in _growing(lines):
        yield from (json.dumps(said, ensure_ascii=False) for said in _judged(model, asker, batch))


def _judged(model: Judge, asker: Asker, lines: list[str]) -> Iterator[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    wrong: dict[int, str] = {}
    for at, line in enumerate(lines):
        try:
            rows.append(read_question(line))
        except ValueError as error:
            rows.append({"text": "", "actor": "", "target": ""})
            wrong[at] = str(error)
    stances = model.judge([asker.question(row) for row in rows])
    for at, (row, stance) in enumerate(zip(rows, stances, strict=True)):
        yield answer(row, Stance(model.name, UNSCORED, reason=wrong[at]) if at in wrong else stance)


def _lines(file: str) -> Iterable[str]:
    if file == "-":
        return sys.stdin
    try:
        return Path(file).read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError:
        raise BadInput(f"{file}: no such file; name a JSONL file or - for standard input") from None
    except (OSError, UnicodeError) as error:
        raise BadInput(f"{file}: cannot be read as UTF-8 JSONL ({error})") from None


def _growing(lines: Iterable[str]) -> Iterator[list[str]]:
    """Batches that grow, so that the first answer comes soon and the rest comes fast."""
    batch: list[str] = []
    size = 1
    for line in lines:
        if line.strip():
            batch.append(line)
        if len(batch) == size:
            yield batch
            batch, size = [], min(2 * size, MOST)
    if batch:
        yield batch
