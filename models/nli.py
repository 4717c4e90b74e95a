"""Any NLI model of the Hugging Face layout in place of our weights: codes as hypotheses.

The text is the premise, each code a hypothesis about actor and target; a code's
probability is its share of the softmax over the entailment logits of its field (zero-shot
classification by entailment: Yin, Hay & Roth 2019, arXiv:1909.00161). The names stay in
the text, so what the model believes of them may colour its answer.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from models.codes import FIELDS, UNSCORED
from models.errors import WeightsUnusable
from models.graph import TOKENS_PER_BATCH, batches, is_dynamic, open_graph, padded, softmax
from models.hypotheses import HYPOTHESES, read_hypotheses
from models.manifest import MANIFEST, check_manifest, digest
from models.marking import window
from models.records import Stance
from models.stance import CONFIG, TOKENIZER, Probabilities, Question, coded

GRAPHS = ("onnx/model_quantized.onnx", "onnx/model_int8.onnx", "onnx/model.onnx")
"""Where a hub repository keeps its graph, the smallest first."""
EXPORT = (
    "save its tokenizer with transformers and export it with torch.onnx.export, as "
    "tests/nli/make.py does, and name that folder"
)
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
MOST_TOKENS = 256
MOST_CHARACTERS = 1000
QUESTIONS_AT_ONCE = 64
FIRST = ("stance",)
REST = tuple(field for field in FIELDS if field != "stance")


class NliModel:
    """An NLI model in a folder: `config.json`, `tokenizer.json` and a graph of `GRAPHS`.

    `config.json` names the entailment label in `id2label`; it may have `languages` (else
    any) and `confidence_floor` (else 0). `name` is `called` (else the folder's name) and
    the beginning of a digest over files and hypotheses. Raises WeightsUnusable where a
    file is missing, damaged or of another kind, BadInput where `hypotheses` is not sound.
    """

    def __init__(self, folder: Path, hypotheses: Path = HYPOTHESES, called: str = "") -> None:
        graph = folder / _checked(folder)
        self._hypotheses = read_hypotheses(hypotheses)
        files = (folder / CONFIG, folder / TOKENIZER, graph)
        version = [self._hypotheses.version, *map(digest, files)]
        self.name = f"{called or folder.name}-{sha256(''.join(version).encode()).hexdigest()[:12]}"
        try:
            config = json.loads((folder / CONFIG).read_text(encoding="utf8"))
            self.languages: list[str] = list(config.get("languages", ()))
            self.floor = float(config.get("confidence_floor", 0))
            self._entailment = _entailment(config["id2label"])
            self._padding = int(config.get("pad_token_id") or 0)
            self._tokenizer = _tokenizer(folder / TOKENIZER)
            self._session = open_graph(graph)
            self._inputs = _inputs(self._session)
            # Alone with its hypotheses, a question's answer has no neighbours to depend on.
            self._most = 0 if is_dynamic(graph) else TOKENS_PER_BATCH
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            raise WeightsUnusable(f"{folder}: no NLI model that can be used ({reason})") from error

    def judge(
        self, questions: Sequence[Question], progress: Callable[[int], None] = lambda done: None
    ) -> list[Stance]:
        """One judgment per question, in order; `unscored` with a reason where it declines."""
        reasons = [self._declines(question) for question in questions]
        found = [Stance(self.name, UNSCORED, reason=reason) for reason in reasons]
        asked = [at for at, reason in enumerate(reasons) if not reason]
        progress(len(questions) - len(asked))
        for part in _parts([questions[at] for at in asked]):
            stances = self._judged([questions[asked[i]] for i in part])
            for i, stance in zip(part, stances, strict=True):
                found[asked[i]] = stance
            progress(len(part))
        return found

    def probabilities(
        self, questions: Sequence[Question], progress: Callable[[int], None] = lambda done: None
    ) -> Probabilities:
        """Probabilities of every code (texts, codes); the answer does not depend on the batch."""
        found = {
            f: np.zeros((len(questions), len(codes)), np.float32) for f, codes in FIELDS.items()
        }
        for part in _parts(questions):
            asked = [questions[i] for i in part]
            for fields in (FIRST, REST):
                for field, values in self._ask(asked, fields).items():
                    found[field][part] = values
            progress(len(part))
        return found

    def _declines(self, question: Question) -> str:
        if not question.text.strip():
            return "no text"
        if self.languages and question.language not in self.languages:
            return f"language {question.language} is not covered by {self.name}"
        if not question.actor and not question.target:
            return "the text names neither the actor nor the target"
        if not question.actor or not question.target:
            # There is no name to put into the hypotheses.
            return f"the text does not name the {'target' if question.actor else 'actor'}"
        return ""

    def _judged(self, questions: Sequence[Question]) -> list[Stance]:
        """The other fields are asked only where there is a stance: they are most of the work."""
        first = self._ask(questions, FIRST)["stance"]
        found = [coded(self.name, FIELDS, {"stance": row}, self.floor) for row in first]
        sided = [i for i, stance in enumerate(found) if stance.stance not in (UNSCORED, "none")]
        rest = self._ask([questions[i] for i in sided], REST)
        for row, i in enumerate(sided):
            codes: dict[str, Any] = {
                field: FIELDS[field][int(rest[field][row].argmax())] for field in REST
            }
            found[i] = replace(found[i], **codes)
        return found

    def _ask(self, questions: Sequence[Question], fields: tuple[str, ...]) -> Probabilities:
        """Probabilities of the codes of `fields`, by field an array (texts, codes)."""
        ends = np.cumsum([len(FIELDS[field]) for field in fields])
        size = int(ends[-1])
        pairs = [pair for question in questions for pair in self._pairs(question, fields)]
        encoded = self._tokenizer.encode_batch(pairs)
        rows = [encoded[at : at + size] for at in range(0, len(encoded), size)]
        logits = np.zeros((len(rows), size), np.float32)
        for batch in batches([size * max(map(len, row)) for row in rows], self._most):
            flat = [encoding for i in batch for encoding in rows[i]]
            logits[batch] = self._entailments(flat).reshape(len(batch), size)
        parts = np.split(logits, ends[:-1], axis=1)
        return {field: softmax(part) for field, part in zip(fields, parts, strict=True)}

    def _pairs(self, question: Question, fields: tuple[str, ...]) -> list[tuple[str, str]]:
        text = question.text
        start, end = window(text, [*question.actor, *question.target], MOST_CHARACTERS)
        parties = (question.actor, question.target)
        actor, target = (text[slice(*spans[0])] if spans else "it" for spans in parties)
        return [(text[start:end], said) for said in self._hypotheses.about(fields, actor, target)]

    def _entailments(self, encoded: Sequence[Encoding]) -> NDArray[np.float32]:
        given = {
            "input_ids": padded([e.ids for e in encoded], self._padding),
            "attention_mask": padded([e.attention_mask for e in encoded], 0),
            "token_type_ids": padded([e.type_ids for e in encoded], 0),
        }
        logits = self._session.run(None, {name: given[name] for name in self._inputs})[0]
        entailments: NDArray[np.float32] = logits[:, self._entailment].astype(np.float32)
        return entailments


def _parts(questions: Sequence[Question]) -> Iterator[list[int]]:
    """Indices of questions of like length, so many at once as memory holds with ease."""
    order = sorted(range(len(questions)), key=lambda i: len(questions[i].text))
    for at in range(0, len(order), QUESTIONS_AT_ONCE):
        yield order[at : at + QUESTIONS_AT_ONCE]


def _checked(folder: Path) -> str:
    """The graph of the folder; raises WeightsUnusable where a file is missing or damaged."""
    graph = next((name for name in GRAPHS if (folder / name).is_file()), "")
    if (folder / MANIFEST).is_file():
        check_manifest(folder, (CONFIG, TOKENIZER, graph or GRAPHS[-1]))
    if not graph:
        raise WeightsUnusable(f"{folder}: no ONNX graph ({', '.join(GRAPHS)}); {EXPORT}")
    for name in (CONFIG, TOKENIZER):
        if not (folder / name).is_file():
            raise WeightsUnusable(f"{folder / name}: missing; {EXPORT}")
    return graph


def _entailment(labels: dict[str, str]) -> int:
    for at, label in labels.items():
        if label.lower() == "entailment":
            return int(at)
    raise ValueError(f"{CONFIG} has no label entailment but {', '.join(labels.values())}")


def _tokenizer(path: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_TOKENS, strategy="longest_first")
    return tokenizer


def _inputs(session: Any) -> list[str]:
    names = [given.name for given in session.get_inputs()]
    if unknown := [name for name in names if name not in INPUTS]:
        raise ValueError(f"its graph asks for {', '.join(unknown)}; known: {', '.join(INPUTS)}")
    return names
