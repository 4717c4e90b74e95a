"""The stance model: marked texts in, judgments out, by ONNX weights on the CPU."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.codes import UNSCORED
from models.errors import WeightsUnusable
from models.graph import batches, open_graph, padded, softmax
from models.manifest import RESTORE, check_manifest
from models.marking import cut, mark, window
from models.records import Evidence, Span, Stance

CONFIG = "config.json"
TOKENIZER = "tokenizer.json"
NETWORK = "onnx/model.onnx"

Probabilities = dict[str, NDArray[np.float32]]
"""Per field an array (texts, codes) of calibrated probabilities."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the model: the stance of the actor at `actor` toward the target at `target`.

    The spans are offsets into `text`; either may be empty where the text does not name
    the party. `language` is an ISO 639-1 code.
    """

    text: str
    actor: tuple[Span, ...]
    target: tuple[Span, ...]
    language: str

    @classmethod
    def about(cls, evidence: Evidence) -> "Question":
        return cls(evidence.context, evidence.actor_spans, evidence.target_spans, evidence.language)


class Judge(Protocol):
    """A model that judges: our own weights, or an NLI model in their place.

    `name` tells models apart, so that each judges beside the others; `languages` has the
    ISO 639-1 codes that it covers, and is empty where it takes any. `at_once` is how many
    questions it is best asked at once where the answers are stored: a minute's work or less.
    """

    name: str
    languages: Sequence[str]
    at_once: int

    def judge(
        self, questions: Sequence[Question], progress: Callable[[int], None] = ...
    ) -> list[Stance]:
        """One judgment per question, in order; `unscored` with a reason where it declines."""
        ...

    def sides(
        self, questions: Sequence[Question], progress: Callable[[int], None] = ...
    ) -> NDArray[np.float32]:
        """Probabilities of the stances, in the codebook's order: an array (texts, 4)."""
        ...


class StanceModel:
    """Weights in a folder of the Hugging Face layout, checked against their manifest.

    Raises WeightsUnusable where the folder is incomplete or damaged. `name` tells weights
    apart: the folder's name and the beginning of their digest.
    """

    at_once = 2000

    def __init__(self, folder: Path) -> None:
        digest = check_manifest(folder, (CONFIG, TOKENIZER, NETWORK))
        self.name = f"{folder.name}-{digest}"
        try:
            config = json.loads((folder / CONFIG).read_text(encoding="utf8"))
            self.fields: dict[str, list[str]] = config["fields"]
            self.languages: Sequence[str] = config["languages"]
            self.floor: float = config["confidence_floor"]
            self._temperatures: dict[str, float] = config["temperatures"]
            self._max_tokens: int = config["max_tokens"]
            self._max_characters: int = config["max_characters"]
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            self._session = open_graph(folder / NETWORK)
        except Exception as error:
            reason = " ".join(str(error).split())[:120]
            raise WeightsUnusable(f"{folder}: cannot be loaded ({reason}); {RESTORE}") from error

    def judge(
        self, questions: Sequence[Question], progress: Callable[[int], None] = lambda done: None
    ) -> list[Stance]:
        """One judgment per question, in order; `unscored` with a reason where it declines."""
        reasons = [declines(question, self) for question in questions]
        asked = [q for q, reason in zip(questions, reasons, strict=True) if not reason]
        progress(len(questions) - len(asked))
        judged = self._stances(self.probabilities(asked, progress))
        return [
            Stance(self.name, UNSCORED, reason=reason) if reason else next(judged)
            for reason in reasons
        ]

    def sides(
        self, questions: Sequence[Question], progress: Callable[[int], None] = lambda done: None
    ) -> NDArray[np.float32]:
        """Calibrated probabilities of the stances, in the codebook's order: (texts, 4)."""
        return self.probabilities(questions, progress)["stance"]

    def probabilities(
        self, questions: Sequence[Question], progress: Callable[[int], None] = lambda done: None
    ) -> Probabilities:
        """Calibrated probabilities of every code; the answer does not depend on the batch."""
        return self.read([self._marked(question) for question in questions], progress)

    def read(
        self, marked: Sequence[str], progress: Callable[[int], None] = lambda done: None
    ) -> Probabilities:
        """`probabilities` of texts in which the roles are marked already (`models.marking`)."""
        rows = [
            cut(encoding.ids, self._max_tokens)
            for encoding in self._tokenizer.encode_batch(list(marked))
        ]
        shapes = {f: (len(rows), len(codes)) for f, codes in self.fields.items()}
        found = {field: np.zeros(shape, np.float32) for field, shape in shapes.items()}
        for batch in batches([len(row) for row in rows]):
            for field, logits in zip(self.fields, self._run([rows[i] for i in batch]), strict=True):
                found[field][batch] = softmax(logits / self._temperatures[field])
            progress(len(batch))
        return found

    def _marked(self, question: Question) -> str:
        start, end = window(
            question.text, [*question.actor, *question.target], self._max_characters
        )
        actor, target = (
            [(a - start, b - start) for a, b in spans if start <= a and b <= end]
            for spans in (question.actor, question.target)
        )
        return mark(question.text[start:end], actor, target)

    def _run(self, rows: Sequence[list[int]]) -> Sequence[NDArray[np.float32]]:
        given = {
            "input_ids": padded(rows, 0),
            "attention_mask": padded([[1] * len(row) for row in rows], 0),
        }
        logits: Sequence[NDArray[np.float32]] = self._session.run(list(self.fields), given)
        return logits

    def _stances(self, probabilities: Probabilities) -> Iterator[Stance]:
        for i in range(len(probabilities["stance"])):
            row = {field: values[i] for field, values in probabilities.items()}
            yield coded(self.name, self.fields, row, self.floor)


def declines(question: Question, model: Judge) -> str:
    """Why `model` cannot judge the question; empty where it can."""
    if not question.text.strip():
        return "no text"
    if model.languages and question.language not in model.languages:
        return f"language {question.language} is not covered by {model.name}"
    if not question.actor and not question.target:
        return "the text names neither the actor nor the target"
    return ""


def coded(
    model: str,
    fields: Mapping[str, Sequence[str]],
    row: Mapping[str, NDArray[np.float32]],
    floor: float,
) -> Stance:
    """The judgment that one text's probabilities make: the likeliest code of each field in `row`.

    `fields` has the codes of each field, in the order of their probabilities. It is
    `unscored` where the likeliest stance is under `floor`.
    """
    p = {c: round(float(v), 4) for c, v in zip(fields["stance"], row["stance"], strict=True)}
    codes = {field: fields[field][int(values.argmax())] for field, values in row.items()}
    level = round(p["favor"] - p["against"], 4)
    if max(p.values()) < floor:
        reason = f"confidence {max(p.values()):.2f} is under the floor {floor:.2f}"
        return Stance(model, UNSCORED, level, p, reason=reason)
    if codes["stance"] == "none":
        return Stance(model, "none", level, p)
    sure = {f: round(float(values.max()), 4) for f, values in row.items() if f != "stance"}
    return Stance(model, level=level, p=p, p_codes=sure, **codes)
