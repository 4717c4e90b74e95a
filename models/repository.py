"""A Hugging Face repository in a folder: which of its files make an NLI model, and what they say.

Weights carry no checksum of their own, and a flipped bit can change an answer unseen. The
hub's cache names every large file after its SHA-256, and so that is checked; elsewhere a
`manifest.json` beside the files is.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from models.errors import WeightsUnusable
from models.manifest import MANIFEST, check_manifest, digest
from models.stance import CONFIG, TOKENIZER

GRAPHS = ("onnx/model.onnx", "onnx/model_quantized.onnx", "onnx/model_int8.onnx")
"""Where a repository keeps its ONNX graph. The exact one first: its answers are those that
the model's card measures, and they do not depend on the batch."""
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
"""What torch reads where there is no graph. Pickles are not read: they can run any code."""
SPELLINGS = ("spm.model", "sentencepiece.bpe.model", "spiece.model", "vocab.txt")
"""What transformers makes a tokenizer of where there is no `tokenizer.json`."""
CARD = "README.md"
FLOOR = 0.35
"""Least confidence of a model that names none: that of our own weights. A guess has 0.25."""
MOST_TOKENS = 512
SHA256 = re.compile(r"[0-9a-f]{64}")
LANGUAGES = re.compile(r"^language:(.*(?:\n[ \t]*-.*)*)", re.MULTILINE)
"""The languages in the metadata of a model card: one, a list in brackets, or a line each."""


@dataclass(frozen=True, slots=True)
class Repository:
    """An NLI model as its files describe it.

    `network` is an ONNX graph or weights for torch; `labels` are in the order of its
    outputs, `entailment` is the place of that label. `languages` are ISO 639-1 codes, none
    where it takes any. `version` stands for the content of all files that bear on an answer.
    """

    folder: Path
    network: Path
    tokenizer: Path
    labels: tuple[str, ...]
    entailment: int
    languages: tuple[str, ...]
    floor: float
    padding: int
    most_tokens: int
    version: str


def read_repository(folder: Path) -> Repository:
    """What the files in `folder` say; raises WeightsUnusable where one is missing or damaged."""
    config_path = _present(folder, (CONFIG,))
    tokenizer = _present(folder, (TOKENIZER, *SPELLINGS))
    network = _present(folder, (*GRAPHS, *WEIGHTS))
    if (folder / MANIFEST).is_file():
        named = (path.relative_to(folder).as_posix() for path in (config_path, tokenizer, network))
        check_manifest(folder, named)
    files = [config_path, tokenizer, *_parts(network)]
    if tokenizer.name != TOKENIZER:
        files += sorted(folder.glob("*token*.json"))
    try:
        config = json.loads(config_path.read_text(encoding="utf8"))
        labels = _labels(config)
        languages = _languages(config, folder / CARD)
        return Repository(
            *(folder, network, tokenizer, labels, _entailment(labels), languages),
            floor=float(config.get("confidence_floor", FLOOR)),
            padding=int(config.get("pad_token_id") or 0),
            most_tokens=min(MOST_TOKENS, config.get("max_position_embeddings") or MOST_TOKENS),
            version=sha256("".join([*languages, *map(_checked, files)]).encode()).hexdigest(),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsUnusable(f"{folder}: no NLI model that can be used ({error})") from error


def _present(folder: Path, names: Sequence[str]) -> Path:
    """The first of the files `names` that is there."""
    for name in names:
        if (folder / name).is_file():
            return folder / name
    either = " or ".join(names)
    raise WeightsUnusable(f"{folder}: no NLI model ({either}: missing); get the whole repository")


def _parts(network: Path) -> list[Path]:
    """The files of a network: large ones keep their weights beside them, in several."""
    of_graph, of_torch = f"{network.name}*", "model*.safetensors*"
    return sorted(network.parent.glob(of_graph if network.suffix == ".onnx" else of_torch))


def _checked(path: Path) -> str:
    """The SHA-256 of a file; raises WeightsUnusable where it is kept under another."""
    found, kept = digest(path), path.resolve().name
    if SHA256.fullmatch(kept) and kept != found:
        raise WeightsUnusable(f"{path}: damaged (SHA-256 differs from its name); delete {kept}")
    return found


def _labels(config: Mapping[str, Any]) -> tuple[str, ...]:
    by_place = {int(at): str(label) for at, label in (config.get("id2label") or {}).items()}
    return tuple(by_place[at] for at in range(len(by_place)))


def _entailment(labels: Sequence[str]) -> int:
    for at, label in enumerate(labels):
        if label.lower() == "entailment":
            return at
    raise ValueError(f"{CONFIG} has no label entailment but {', '.join(labels) or 'none'}")


def _languages(config: Mapping[str, Any], card: Path) -> tuple[str, ...]:
    """What the configuration says, else the model's card; none where neither names them all."""
    if config.get("languages"):
        return tuple(map(str, config["languages"]))
    said = card.read_text(encoding="utf8", errors="replace") if card.is_file() else ""
    metadata = re.match(r"---\n.*?^---", said.replace("\r\n", "\n"), re.DOTALL | re.MULTILINE)
    found = LANGUAGES.search(metadata[0]) if metadata else None
    codes = {code.lower() for code in re.findall(r"\b[A-Za-z]+", found[1])} if found else set()
    return () if "multilingual" in codes else tuple(sorted(codes))
