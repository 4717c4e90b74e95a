"""Any NLI model of the Hugging Face layout in place of our weights: codes as hypotheses.

The text is the premise, each code a hypothesis about actor and target; a code's
probability is its share of the softmax over the entailment logits of its field (zero-shot
classification by entailment: Yin, Hay & Roth 2019, arXiv:1909.00161). The names stay in
the text, so what the model believes of them may colour its answer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from models.codes import FIELDS, UNSCORED
from models.errors import WeightsUnusable
from models.graph import TOKENS_PER_BATCH, GraphClassifier, batches, padded, softmax
from models.hypotheses import read_hypotheses
from models.marking import whole_words, window
from models.records import Span, Stance
from models.repository import Repository, read_repository
from models.stance import TOKENIZER, Probabilities, Question, coded, declines

INSTALL = "install the extra `train`: `uv sync --extra train`, or `pip install -e .[train]`"
NEEDS_TORCH = f"torch can run its weights: {INSTALL}"
MOST_CHARACTERS = 1000
QUESTIONS_AT_ONCE = 64
FIRST = ("stance",)
REST = tuple(field for field in FIELDS if field != "stance")


class Classifier(Protocol):
    """A network that tells whether a premise entails a hypothesis."""

    inputs: Sequence[str]
    depends_on_batch: bool

    def logits(self, given: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        """Logits (pairs, labels) from `inputs`, each of shape (pairs, tokens)."""
        ...


class NliModel:
    """The NLI model of a repository in `folder`, asked the hypotheses in the file `hypotheses`.

    It runs as the ONNX graph in `onnx/`, or by torch where there is none. `name` is
    `called` (else the folder's name) and the beginning of a digest over hypotheses and
    files, so that it stands for what judged. Raises WeightsUnusable where the files cannot
    be used here, BadInput where the hypotheses are not sound.
    """

    at_once = QUESTIONS_AT_ONCE

    def __init__(self, folder: Path, hypotheses: Path, called: str = "") -> None:
        self._hypotheses = read_hypotheses(hypotheses)
        repository = read_repository(folder)
        version = sha256((self._hypotheses.version + repository.version).encode()).hexdigest()
        self.name = f"{called or folder.name}-{version[:12]}"
        self.languages: Sequence[str] = repository.languages
        self.floor = repository.floor
        self._repository = repository
        try:
            self._tokenizer = _tokenizer(repository)
            self._classifier = _classifier(repository)
            # Answers whether the graph is one of this configuration.
            self._entailments([self._tokenizer.encode("It rains.", "It is wet.")])
        except WeightsUnusable:
            raise
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

    def sides(
        self, questions: Sequence[Question], progress: Callable[[int], None] = lambda done: None
    ) -> NDArray[np.float32]:
        """Probabilities of the stances (texts, 4); the answer does not depend on the batch."""
        found = np.zeros((len(questions), len(FIELDS["stance"])), np.float32)
        for part in _parts(questions):
            found[part] = self._ask([questions[i] for i in part], FIRST)["stance"]
            progress(len(part))
        return found

    def _declines(self, question: Question) -> str:
        if (reason := declines(question, self)) or (question.actor and question.target):
            return reason
        # There is no name to put into the hypotheses.
        return f"the text does not name the {'target' if question.actor else 'actor'}"

    def _judged(self, questions: Sequence[Question]) -> list[Stance]:
        """The other fields are asked only where there is a stance: they are most of the work."""
        first = self._ask(questions, FIRST)["stance"]
        found = [coded(self.name, FIELDS, {"stance": row}, self.floor) for row in first]
        sided = [i for i, stance in enumerate(found) if stance.stance not in (UNSCORED, "none")]
        rest = self._ask([questions[i] for i in sided], REST)
        for at, i in enumerate(sided):
            row = {"stance": first[i]} | {field: values[at] for field, values in rest.items()}
            found[i] = coded(self.name, FIELDS, row, self.floor)
        return found

    def _ask(self, questions: Sequence[Question], fields: tuple[str, ...]) -> Probabilities:
        """Probabilities of the codes of `fields`, by field an array (texts, codes)."""
        ends = np.cumsum([len(FIELDS[field]) for field in fields])
        size = int(ends[-1])
        pairs = [pair for question in questions for pair in self._pairs(question, fields)]
        encoded = self._tokenizer.encode_batch(pairs)
        rows = [encoded[at : at + size] for at in range(0, len(encoded), size)]
        logits = np.zeros((len(rows), size), np.float32)
        # Alone with its hypotheses, a question's answer has no neighbours to depend on.
        most = 0 if self._classifier.depends_on_batch else TOKENS_PER_BATCH
        for batch in batches([size * max(map(len, row)) for row in rows], most):
            flat = [encoding for i in batch for encoding in rows[i]]
            logits[batch] = self._entailments(flat).reshape(len(batch), size)
        parts = np.split(logits, ends[:-1], axis=1)
        return {field: softmax(part) for field, part in zip(fields, parts, strict=True)}

    def _pairs(self, question: Question, fields: tuple[str, ...]) -> list[tuple[str, str]]:
        text = question.text
        start, end = window(text, [*question.actor, *question.target], MOST_CHARACTERS)
        actor, target = (_name(text, spans) for spans in (question.actor, question.target))
        return [(text[start:end], said) for said in self._hypotheses.about(fields, actor, target)]

    def _entailments(self, encoded: Sequence[Encoding]) -> NDArray[np.float32]:
        given = {
            "input_ids": padded([e.ids for e in encoded], self._repository.padding),
            "attention_mask": padded([e.attention_mask for e in encoded], 0),
            "token_type_ids": padded([e.type_ids for e in encoded], 0),
        }
        logits = self._classifier.logits(given)
        wanted = (len(encoded), len(self._repository.labels))
        if logits.shape != wanted or not np.isfinite(logits).all():
            raise ValueError(f"gives no logits of shape {wanted} but {logits.shape}")
        entailments: NDArray[np.float32] = logits[:, self._repository.entailment]
        return entailments


def _name(text: str, spans: Sequence[Span]) -> str:
    """How the text calls a party: its first name there, whole."""
    return text[slice(*whole_words(text, spans[0]))] if spans else "it"


def _parts(questions: Sequence[Question]) -> Iterator[list[int]]:
    """Indices of questions of like length, so many at once as memory holds with ease."""
    order = sorted(range(len(questions)), key=lambda i: len(questions[i].text))
    for at in range(0, len(order), QUESTIONS_AT_ONCE):
        yield order[at : at + QUESTIONS_AT_ONCE]


def _tokenizer(repository: Repository) -> Tokenizer:
    if repository.tokenizer.name == TOKENIZER:
        tokenizer = Tokenizer.from_file(str(repository.tokenizer))
    else:
        tokenizer = _converted(repository)
    tokenizer.no_padding()
    tokenizer.enable_truncation(repository.most_tokens, strategy="longest_first")
    return tokenizer


def _converted(repository: Repository) -> Tokenizer:
    """The tokenizer that transformers makes of a vocabulary or a SentencePiece model."""
    if repository.tokenizer.suffix == ".model" and not find_spec("sentencepiece"):
        raise WeightsUnusable(
            f"{repository.folder}: no {TOKENIZER}, and sentencepiece is missing that could "
            f"read {repository.tokenizer.name}; {INSTALL}"
        )
    # Imported here: it takes seconds, and most repositories do not need it.
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(repository.folder, local_files_only=True).backend_tokenizer


def _classifier(repository: Repository) -> Classifier:
    if repository.network.suffix == ".onnx":
        return GraphClassifier(repository.network)
    if not find_spec("torch"):
        raise WeightsUnusable(f"{repository.folder}: no ONNX graph in onnx/; {NEEDS_TORCH}")
    # Imported here: torch is an extra, and takes seconds.
    from models.classifier import TorchClassifier

    return TorchClassifier(repository.folder)
