"""Training rows from the labelled sources, all in one shape.

| source | what it teaches |
|---|---|
| `seeds/sentences` | every field |
| `news` | every field, on real texts |
| `dse` | favor and against, in both directions; `neutral` or `none` together otherwise |
| `newsmtsc` | the tone toward a target |
| `headlines` | nothing by itself: what a teacher answers on them |
"""

import gzip
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.codes import FIELDS
from models.entities import Roster
from models.evaluation import read_dse
from models.marking import ACTOR, TARGET, mark, window
from models.mentions import matcher
from models.questions import Asker, read_questions
from models.records import Span

TONES = (-1.0, 0.0, 1.0)
CHARACTERS = 1000
ROLE = re.compile(f"{re.escape(ACTOR)}|{re.escape(TARGET)}")


@dataclass(frozen=True)
class Example:
    """A marked text with what is known of its labels.

    `labels` maps a field to its code; a code `favor|none` means that one of these
    holds. Fields that are not known are absent. `tone` indexes `TONES`. `taught` has a
    teacher's probabilities of the codes of each field, once it was asked.
    """

    text: str
    labels: dict[str, str] = field(default_factory=dict)
    tone: int | None = None
    taught: dict[str, tuple[float, ...]] = field(default_factory=dict)
    source: str = ""
    weight: float = 1.0


@dataclass(frozen=True)
class Shares:
    """How much of each source an epoch sees.

    `news_times`: how often the few real texts of the subject are repeated; `sided`,
    `unsided`: shares of the public rows with and without a side; `tone`: share of the rows
    that know the tone only; `untold`: share of the rows that only a teacher has answered.
    """

    news_times: int
    sided: float
    unsided: float
    tone: float
    untold: float


def marked(text: str, actor: Sequence[Span], target: Sequence[Span]) -> str:
    """The text as the model reads it, at most `CHARACTERS` long."""
    start, end = window(text, [*actor, *target], CHARACTERS)
    inside = [
        [(a - start, b - start) for a, b in spans if start <= a and b <= end]
        for spans in (actor, target)
    ]
    return mark(text[start:end], *inside)


def labels_of(row: Mapping[str, Any]) -> dict[str, str]:
    """The codes of a labelled row; fields beside the stance only where there is one."""
    known = {"stance": str(row["stance"])}
    if row["stance"] == "none":
        return known
    known["change"] = str(row.get("change") or "")
    return known | {name: str(row[name]) for name in FIELDS if name not in known and row.get(name)}


def labelled_examples(
    path: Path, asker: Asker, source: str, languages: Sequence[str], weight: float = 1.0
) -> Iterator[Example]:
    """Rows of a labelled JSONL file (`seeds/sentences`, `news`) in one of `languages`."""
    lines = path.read_text(encoding="utf8").splitlines()
    for row in read_questions(lines, str(path)):
        if row.get("language", "en") in languages:
            question = asker.question(row)
            text = marked(question.text, question.actor, question.target)
            yield Example(text, labels_of(row), source=source, weight=weight)


def dse_examples(path: Path) -> Iterator[Example]:
    """Both directions of every row: the one without sentiment is `neutral` or `none`."""
    unsided = "neutral|none"
    for text, p, q, label in read_dse(path):
        forth = {1: "favor", 3: "against"}.get(label, unsided)
        back = {2: "favor", 4: "against"}.get(label, unsided)
        yield Example(marked(text, [p], [q]), {"stance": forth}, source="dse")
        yield Example(marked(text, [q], [p]), {"stance": back}, source="dse")


def headline_examples(path: Path, roster: Roster) -> Iterator[Example]:
    """Unlabelled: English headlines (third column) that name two entities, as actor and target."""
    names = matcher(roster, "en")
    with gzip.open(path, "rt", encoding="utf8") as lines:
        for line in lines:
            text = line.rstrip("\n").split("\t")[2]
            places: dict[str, list[Span]] = {}
            for span, entity in names.named(text):
                places.setdefault(entity, []).append(span)
            if len(places) > 1:
                actor, target, *_ = places.values()
                yield Example(marked(text, actor, target), source="headlines")


def swapped(example: Example) -> Example:
    """The same text asked in the other direction: nothing is known of its labels."""
    turned = {ACTOR: TARGET, TARGET: ACTOR}
    text = ROLE.sub(lambda role: turned[role[0]], example.text)
    return Example(text, source=example.source)


def newsmtsc_examples(path: Path) -> Iterator[Example]:
    """Tone toward the marked target (Hamborg & Donnay 2021)."""
    for line in path.read_text(encoding="utf8").splitlines():
        row = json.loads(line)
        text = marked(row["sentence"], [], [(row["from"], row["to"])])
        yield Example(text, tone=TONES.index(float(row["polarity"])), source="newsmtsc")


def epoch_examples(pool: dict[str, list[Example]], shares: Shares, seed: int) -> list[Example]:
    """What one epoch sees: our own sentences, and changing shares of the other sources."""
    drawn = random.Random(seed)
    chosen = pool["sentences"] + pool.get("news", []) * shares.news_times
    both_directions = pool.get("dse", [])
    for forth, back in zip(both_directions[::2], both_directions[1::2], strict=True):
        sided = any("|" not in e.labels["stance"] for e in (forth, back))
        if drawn.random() < (shares.sided if sided else shares.unsided):
            chosen += [forth, back]
    chosen += [e for e in pool.get("newsmtsc", []) if drawn.random() < shares.tone]
    chosen += [e for e in pool.get("untold", []) if drawn.random() < shares.untold]
    return chosen
