"""The model's report card: every measure with its interval, beside its floor.

The public sets are read where they lie and skipped where they are absent; the
sentences of our own always count.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.codes import FIELDS
from models.questions import Asker, read_questions
from models.records import Span, Stance
from models.stance import Judge, Question

FLOORS = Path(__file__).resolve().parent / "floors.json"
"""Floors by the name of their measure; they only rise, in the commit that beats them."""

RESAMPLES = 1000
SEED = 2026
DIRECTED = ("none", "p favors q", "q favors p", "p against q", "q against p")
"""The classes of the directed-sentiment corpus (Park, Pan & Joo 2021), 0 to 4."""

INVENTED = ("Zembla", "Ruritania")

Pairs = NDArray[np.str_]
"""Array (rows, 2): the code that is right and the code that was given."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure in 0..1 with its 90 % bootstrap interval over `n` rows, and its floor if any."""

    name: str
    value: float
    low: float
    high: float
    n: int
    floor: float | None = None
    at_most: bool = False

    @property
    def holds(self) -> bool:
        if self.floor is None:
            return True
        return self.value <= self.floor if self.at_most else self.value >= self.floor


def report(
    model: Judge,
    asker: Asker,
    sentences: Path,
    data: Path | None,
    floors: dict[str, float],
    progress: Callable[[int], None] = lambda done: None,
) -> Iterator[Measure]:
    """All measures that can be computed with the files at hand.

    `sentences` is a labelled JSONL file of our own, `data` the folder of the public
    sets. A row that the model declines counts as wrong, except for selective accuracy.
    """
    own = _judged(model, asker, _rows(sentences), progress)
    yield from _with_floors(floors, _sentence_measures(own))
    moved = _moved_by_names(model, asker, own, progress)
    yield from _with_floors(floors, iter([moved]))
    news = data / "news" / "dev.jsonl" if data else None
    if news and news.is_file():
        judged = _judged(model, asker, _rows(news), progress)
        yield from _with_floors(floors, _news_measures(judged, model.languages))
    dse = data / "dse" / "valid.txt" if data else None
    if dse and dse.is_file():
        yield from _with_floors(floors, _dse_measures(model, dse, progress))


Judged = list[tuple[dict[str, Any], Stance]]


def _rows(path: Path) -> list[dict[str, Any]]:
    return list(read_questions(path.read_text(encoding="utf8").splitlines(), str(path)))


def _judged(
    model: Judge, asker: Asker, rows: list[dict[str, Any]], progress: Callable[[int], None]
) -> Judged:
    stances = model.judge([asker.question(row) for row in rows], progress)
    return list(zip(rows, stances, strict=True))


def _sentence_measures(judged: Judged) -> Iterator[Measure]:
    stance = _pairs((row["stance"], s.stance) for row, s in judged)
    yield measure("sentences: stance accuracy", stance, accuracy)
    bearing = [(row, s) for row, s in judged if row["stance"] != "none"]
    change = _pairs((row["change"] or "", s.change) for row, s in bearing)
    yield measure("sentences: change macro-F1", change, macro_f1(FIELDS["change"]))
    for field in ("channel", "domain", "modality", "attribution"):
        known = _pairs((row[field], getattr(s, field)) for row, s in bearing if row[field])
        yield measure(f"sentences: {field} accuracy", known, accuracy)


def _moved_by_names(
    model: Judge, asker: Asker, judged: Judged, progress: Callable[[int], None]
) -> Measure:
    """Share of rows whose stance is another one once both parties go by invented names."""
    again = model.judge([renamed(asker.question(row)) for row, _ in judged], progress)
    pairs = _pairs((s.stance, t.stance) for (_, s), t in zip(judged, again, strict=True))
    return measure("sentences: stance moved by other names", pairs, disagreement)


def renamed(question: Question) -> Question:
    """The same question about parties of which nobody has heard."""
    places = [(span, 0) for span in question.actor] + [(span, 1) for span in question.target]
    pieces: list[str] = []
    spans: tuple[list[Span], list[Span]] = ([], [])
    done = length = 0
    for (start, end), party in sorted(places):
        if start < done:
            continue
        name = INVENTED[party]
        length += start - done
        spans[party].append((length, length + len(name)))
        pieces += [question.text[done:start], name]
        length += len(name)
        done = end
    text = "".join([*pieces, question.text[done:]])
    return Question(text, tuple(spans[0]), tuple(spans[1]), question.language)


def _news_measures(judged: Judged, languages: Sequence[str]) -> Iterator[Measure]:
    sides = macro_f1(("favor", "neutral", "none"))
    covered = [(row, s) for row, s in judged if not languages or row["language"] in languages]
    if not covered:
        return
    pairs = _pairs((row["stance"], s.stance) for row, s in covered)
    yield measure("news: macro-F1, covered languages", pairs, sides)
    every = _pairs((row["stance"], s.stance) for row, s in judged)
    yield measure("news: macro-F1, all languages, declined counts as wrong", every, sides)
    sure = np.array(
        [(max(s.p.values(), default=0), row["stance"] == s.stance) for row, s in covered]
    )
    yield measure("news: calibration error", sure, calibration_error)
    yield measure("news: accuracy at 80 % coverage", sure, selective_accuracy)


def _dse_measures(model: Judge, path: Path, progress: Callable[[int], None]) -> Iterator[Measure]:
    rows = list(read_dse(path))
    forth = [Question(text, (p,), (q,), "en") for text, p, q, _ in rows]
    back = [Question(text, (q,), (p,), "en") for text, p, q, _ in rows]
    given = directed(model, forth, back, progress)
    pairs = _pairs((DIRECTED[r[3]], DIRECTED[g]) for r, g in zip(rows, given, strict=True))
    yield measure("dse: micro-F1", pairs, accuracy)
    yield measure("dse: macro-F1", pairs, macro_f1(DIRECTED))


def read_dse(path: Path) -> Iterator[tuple[str, Span, Span, int]]:
    """Rows of the directed-sentiment corpus: text without brackets, p, q, class 0-4."""
    for line in path.read_text(encoding="utf8").splitlines():
        bracketed, p, q, label = line.split("\t")
        text, spans = _without_brackets(bracketed)
        named = {text[start:end]: (start, end) for start, end in reversed(spans)}
        if p in named and q in named and p != q:
            yield text, named[p], named[q], int(label)


def _without_brackets(bracketed: str) -> tuple[str, list[Span]]:
    pieces: list[str] = []
    spans: list[Span] = []
    length = start = 0
    for letter in bracketed:
        if letter == "[":
            start = length
        elif letter == "]":
            spans.append((start, length))
        else:
            pieces.append(letter)
            length += 1
    return "".join(pieces), spans


def directed(
    model: Judge,
    forth: Sequence[Question],
    back: Sequence[Question],
    progress: Callable[[int], None] = lambda done: None,
) -> list[int]:
    """The likeliest class of each pair, from the probabilities of both directions."""
    both = model.sides([*forth, *back], progress)
    favor, against, neutral, none = range(4)
    f, b = both[: len(forth)], both[len(forth) :]
    unsided_f, unsided_b = (x[:, neutral] + x[:, none] for x in (f, b))
    classes = (
        unsided_f * unsided_b,
        f[:, favor] * unsided_b,
        unsided_f * b[:, favor],
        f[:, against] * unsided_b,
        unsided_f * b[:, against],
    )
    return [int(c) for c in np.stack(classes, axis=1).argmax(axis=1)]


def accuracy(pairs: NDArray[Any]) -> float:
    """Share of rows where the given code is right (micro-F1 of one code per row)."""
    return float((pairs[:, 0] == pairs[:, 1]).mean())


def disagreement(pairs: NDArray[Any]) -> float:
    """Share of rows where the two codes differ."""
    return float((pairs[:, 0] != pairs[:, 1]).mean())


def macro_f1(codes: Sequence[str]) -> Callable[[NDArray[Any]], float]:
    """Mean F1 over those of `codes` that stand in the rows, right or given."""

    def score(pairs: NDArray[Any]) -> float:
        right, given = pairs[:, 0], pairs[:, 1]
        scores = []
        for code in codes:
            both = ((right == code) & (given == code)).sum()
            either = (right == code).sum() + (given == code).sum()
            if either:
                scores.append(2 * both / either)
        return float(np.mean(scores))

    return score


def calibration_error(sure: NDArray[Any]) -> float:
    """Expected calibration error over ten bins of confidence (Guo et al. 2017)."""
    bins = np.minimum((sure[:, 0] * 10).astype(int), 9)
    gaps = [
        (bins == b).mean() * abs(sure[bins == b, 0].mean() - sure[bins == b, 1].mean())
        for b in np.unique(bins)
    ]
    return float(sum(gaps))


def selective_accuracy(sure: NDArray[Any]) -> float:
    """Accuracy on the 80 % of rows about which the model is surest."""
    order = np.argsort(-sure[:, 0], kind="stable")
    return float(sure[order[: round(0.8 * len(sure))], 1].mean())


def measure(name: str, rows: NDArray[Any], score: Callable[[NDArray[Any]], float]) -> Measure:
    """`score` over `rows`, with the 5th and 95th percentile of bootstrap samples."""
    drawn = np.random.default_rng(SEED).integers(0, len(rows), (RESAMPLES, len(rows)))
    low, high = np.quantile([score(rows[sample]) for sample in drawn], (0.05, 0.95))
    at_most = score in (calibration_error, disagreement)
    return Measure(name, score(rows), float(low), float(high), len(rows), at_most=at_most)


def read_floors(path: Path) -> dict[str, float]:
    """Floors by the name of their measure."""
    floors: dict[str, float] = json.loads(path.read_text(encoding="utf8"))
    return floors


def _with_floors(floors: dict[str, float], measures: Iterator[Measure]) -> Iterator[Measure]:
    for m in measures:
        yield Measure(m.name, m.value, m.low, m.high, m.n, floors.get(m.name), m.at_most)


def _pairs(pairs: Any) -> Pairs:
    return np.array([(str(right), str(given)) for right, given in pairs])
