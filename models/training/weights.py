"""Weights from data: examples, training, calibration, export, report (`fairweather train`)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers.utils import logging

from models.codes import FIELDS
from models.entities import Roster, read_roster
from models.errors import BadInput
from models.manifest import digest, write_manifest
from models.questions import Asker
from models.stance import StanceModel
from models.training.encoders import PRETRAINED, encoder_folder
from models.training.examples import (
    CHARACTERS,
    Example,
    dse_examples,
    epoch_examples,
    headline_examples,
    labelled_examples,
    newsmtsc_examples,
    swapped,
)
from models.training.export import export
from models.training.loop import Announce, Recipe, device_of, encode, train
from models.training.network import StanceNetwork, TeacherNetwork
from models.training.tokens import role_tokenizer

FROZEN = 4
"""Layers of the teacher that stay as they were pretrained."""
LANGUAGES = ("en",)
CONFIDENCE_FLOOR = 0.35
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
PORTION = 2048
"""Rows that a teacher answers between two savings of its answers."""


@dataclass(frozen=True)
class Sources:
    """Where the labelled data lies; the public sets are optional and skipped where absent."""

    seeds: Path
    data: Path

    def files(self) -> dict[str, Path]:
        named = {
            "sentences": self.seeds / "sentences" / "train.jsonl",
            "news": self.data / "news" / "train.jsonl",
            "dse": self.data / "dse" / "train.txt",
            "newsmtsc": self.data / "newsmtsc" / "train.jsonl",
            "headlines": self.data / "parallel" / "ru-en.tsv.gz",
        }
        return {name: path for name, path in named.items() if path.is_file()}


def make_weights(
    sources: Sources,
    folder: Path,
    work: Path,
    recipe: Recipe,
    pretrained: str = PRETRAINED,
    teacher: str = "",
    announce: Announce = lambda name, total: lambda done: None,
    say: Callable[[str], None] = print,
    teaching: Recipe | None = None,
) -> None:
    """Train by `recipe`, calibrate on development data and write the weights into `folder`.

    `pretrained` and `teacher` are folders or hub ids of encoders; with a teacher, that one
    learns first (by `teaching`) and answers every row, and its answers are part of what the
    network learns from. `work` keeps checkpoints and the report; a run that was interrupted
    goes on there. Raises BadInput where there is nothing to learn from.
    """
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    base = encoder_folder(pretrained)
    tokenizer = role_tokenizer(base)
    torch.manual_seed(recipe.seed)
    network = StanceNetwork.from_encoder(base, tokenizer).to(DEVICE)
    roster = read_roster(sources.seeds)
    asker = Asker(roster)
    pool = examples(sources, roster)
    say(", ".join(f"{len(rows)} rows of {name}" for name, rows in pool.items()))
    dev = sources.seeds / "sentences" / "dev.jsonl"
    development = list(labelled_examples(dev, asker, "sentences", LANGUAGES))
    course = Course(development, work, announce, say)
    log: dict[str, Any] = {"recipe": asdict(recipe)}
    if teacher:
        guide = encoder_folder(teacher)
        guided = teaching or teacher_recipe(recipe)
        log["teacher"] = {"encoder": teacher, "recipe": asdict(guided)}
        pool = taught(pool, guide, guided, course, log["teacher"])
    log["epochs"] = course.train("network", network, tokenizer, pool, recipe)
    logits = field_logits(network, tokenizer, development, recipe.max_tokens)
    settings = {
        "languages": list(LANGUAGES),
        "confidence_floor": CONFIDENCE_FLOOR,
        "temperatures": temperatures(logits, development),
        "max_tokens": recipe.max_tokens,
        "max_characters": CHARACTERS,
    }
    export(network.cpu(), tokenizer, folder, settings)
    write_manifest(folder, {name: digest(path) for name, path in sources.files().items()})
    log["exact"], log["served"] = accuracies(logits, development), served(folder, development)
    say(f"served in int8: {json.dumps(log['served'])}")
    (work / "report.json").write_text(json.dumps(log | settings, indent=2) + "\n", encoding="utf8")


def served(folder: Path, rows: Sequence[Example]) -> dict[str, float]:
    """Accuracies of the weights in `folder` as they are served: what int8 takes from them."""
    found = StanceModel(folder).read([example.text for example in rows])
    return accuracies([torch.from_numpy(found[field]) for field in FIELDS], rows)


def teacher_recipe(recipe: Recipe) -> Recipe:
    """How a teacher of base size learns the same rows: fewer and smaller steps."""
    return replace(
        recipe,
        public_epochs=1,
        subject_epochs=1,
        public=replace(recipe.public, tone=0.0),
        subject=replace(recipe.subject, news_times=2),
        learning_rate=4e-5,
        head_rate=8.0,
    )


@dataclass(frozen=True)
class Course:
    """What the training of every network shares: development rows, folder, progress."""

    development: Sequence[Example]
    work: Path
    announce: Announce
    say: Callable[[str], None]

    def train(
        self,
        name: str,
        network: nn.Module,
        tokenizer: Tokenizer,
        pool: dict[str, list[Example]],
        recipe: Recipe,
    ) -> list[dict[str, Any]]:
        """Train `network` in place; what each epoch brought on development rows."""
        folder = self.work / name
        kept = folder / "epochs.jsonl"
        if not (folder / "checkpoint.pt").exists():
            # What another network left: its epochs, and its answers if it was a teacher.
            kept.unlink(missing_ok=True)
            (folder / "answers.pt").unlink(missing_ok=True)

        def report(epoch: int, loss: float, trained: nn.Module) -> None:
            logits = field_logits(trained, tokenizer, self.development, recipe.max_tokens)
            right = accuracies(logits, self.development)
            line = json.dumps({"epoch": epoch + 1, "loss": round(loss, 4), **right})
            folder.mkdir(parents=True, exist_ok=True)
            with kept.open("a", encoding="utf8") as lines:
                lines.write(line + "\n")
            self.say(f"{name}, epoch {epoch + 1}: {line}")

        def of_epoch(epoch: int) -> list[Example]:
            shares = recipe.public if epoch < recipe.public_epochs else recipe.subject
            return epoch_examples(pool, shares, recipe.seed * 100 + epoch)

        train(network, tokenizer, of_epoch, recipe, folder, report, self.announce)
        network.eval()
        return [json.loads(line) for line in kept.read_text(encoding="utf8").splitlines()]


def taught(
    pool: dict[str, list[Example]], base: Path, recipe: Recipe, course: Course, log: dict[str, Any]
) -> dict[str, list[Example]]:
    """The pool with the answers of a teacher that has learned from it.

    Beside the labelled rows it answers the same texts in the other direction and
    headlines without labels ("untold"). Its answers are kept beside its checkpoint by
    their text, and only what is missing there is asked.
    """
    tokenizer = role_tokenizer(base)
    torch.manual_seed(recipe.seed)
    network = TeacherNetwork(base, tokenizer, FROZEN).to(DEVICE)
    log["epochs"] = course.train("teacher", network, tokenizer, pool, recipe)
    development = list(course.development)
    with torch.autocast(DEVICE.type, torch.bfloat16):
        logits = field_logits(network, tokenizer, development, recipe.max_tokens)
    heat = temperatures(logits, development)
    log["temperatures"] = heat
    untold = [swapped(e) for name in ("sentences", "news") for e in pool.get(name, [])]
    known = {e.text for rows in pool.values() for e in rows}
    untold = list({e.text: e for e in untold if e.text not in known}.values())
    full = pool | {"untold": untold + pool.get("headlines", [])}
    kept = course.work / "teacher" / "answers.pt"
    answers: dict[str, list[Tensor]] = torch.load(kept) if kept.exists() else {}
    asked = [n for n in full if n not in ("newsmtsc", "headlines")]
    missing = [e for n in asked for e in full[n] if e.text not in answers]
    advance = course.announce("teaching", len(missing))
    with torch.autocast(DEVICE.type, torch.bfloat16):
        for at in range(0, len(missing), PORTION):
            rows = missing[at : at + PORTION]
            logits = field_logits(network, tokenizer, rows, recipe.max_tokens)
            answers |= {e.text: [f[i] for f in logits] for i, e in enumerate(rows)}
            torch.save(answers, kept.with_suffix(".new"))
            kept.with_suffix(".new").replace(kept)
            advance(len(rows))
    return {
        n: [_told(e, answers[e.text], heat) for e in full[n]] if n in asked else full[n]
        for n in full
    }


def _told(example: Example, logits: Sequence[Tensor], heat: dict[str, float]) -> Example:
    """The example with a teacher's probabilities, from its logits at its temperatures."""
    fields = zip(FIELDS, logits, strict=True)
    told = {name: tuple(torch.softmax(z / heat[name], -1).tolist()) for name, z in fields}
    return replace(example, taught=told)


def examples(sources: Sources, roster: Roster) -> dict[str, list[Example]]:
    """All training rows by source."""
    asker = Asker(roster)
    files = sources.files()
    if "sentences" not in files:
        raise BadInput(f"{sources.seeds / 'sentences' / 'train.jsonl'}: no such file")
    readers: dict[str, Callable[[Path], Any]] = {
        "sentences": lambda path: labelled_examples(path, asker, "sentences", LANGUAGES),
        "news": lambda path: labelled_examples(path, asker, "news", LANGUAGES),
        "dse": dse_examples,
        "newsmtsc": newsmtsc_examples,
        "headlines": lambda path: headline_examples(path, roster),
    }
    return {name: list(readers[name](path)) for name, path in files.items()}


def field_logits(
    network: nn.Module, tokenizer: Tokenizer, rows: Sequence[Example], max_tokens: int
) -> list[Tensor]:
    """Logits of every field for `rows`, in their order."""
    device = device_of(network)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].text))
    found: list[list[Tensor]] = [[torch.empty(0)] * len(rows) for _ in FIELDS]
    with torch.no_grad():
        for at in range(0, len(order), 64):
            batch = order[at : at + 64]
            ids, mask = encode(tokenizer, [rows[i].text for i in batch], max_tokens)
            given = network(ids.to(device), mask.to(device))[: len(FIELDS)]
            for per_field, logits in zip(found, given, strict=True):
                for i, row in zip(batch, logits.float().cpu(), strict=True):
                    per_field[i] = row
    return [torch.stack(per_field) for per_field in found]


def accuracies(logits: Sequence[Tensor], rows: Sequence[Example]) -> dict[str, float]:
    """Share of right codes per field, over the rows where the code is known."""
    found = {}
    for (field, codes), values in zip(FIELDS.items(), logits, strict=True):
        pairs = [
            (codes[int(v.argmax())], row.labels[field])
            for v, row in zip(values, rows, strict=True)
            if field in row.labels
        ]
        found[field] = round(float(np.mean([a == b for a, b in pairs])), 4)
    return found


def temperatures(logits: Sequence[Tensor], rows: Sequence[Example]) -> dict[str, float]:
    """Per field the temperature with the least negative log-likelihood (Guo et al. 2017)."""
    grid = [round(0.5 * 1.05**step, 4) for step in range(40)]
    found = {}
    for (field, codes), values in zip(FIELDS.items(), logits, strict=True):
        known = [i for i, row in enumerate(rows) if field in row.labels]
        gold = torch.tensor([codes.index(rows[i].labels[field]) for i in known])
        found[field] = min(
            grid, key=lambda t: float(torch.nn.functional.cross_entropy(values[known] / t, gold))
        )
    return found
