"""The model that the setting names: our weights or an NLI model, in a folder or on the hub."""

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from textwrap import shorten

from flows.settings import Settings
from models.errors import WeightsUnusable
from models.manifest import MANIFEST
from models.nli import NEEDS_TORCH, NliModel
from models.repository import CARD, GRAPHS, SPELLINGS, WEIGHTS
from models.stance import CONFIG, TOKENIZER, Judge, StanceModel

SMALL = (CONFIG, TOKENIZER, MANIFEST, CARD, *SPELLINGS, "*token*.json")
"""What a repository holds beside its network."""


def open_model(settings: Settings) -> Judge:
    """The model of the setting `weights`.

    A model whose `config.json` has the codebook's fields is our own kind; any other is
    asked the hypotheses of the seeds as an NLI model. Raises WeightsUnusable where it cannot
    be had or used, and BadInput where the hypotheses are not sound.
    """
    folder = locate(settings.weights)
    if _is_ours(folder):
        return StanceModel(folder)
    called = "" if isinstance(settings.weights, Path) else settings.weights.partition("@")[0]
    return NliModel(folder, settings.hypotheses, called)


def locate(weights: Path | str) -> Path:
    """The folder of a model; one of the hub is downloaded where the hub's cache lacks it.

    A folder of the hub's cache is named after the commit. Raises WeightsUnusable where
    the hub does not give the model.
    """
    return weights if isinstance(weights, Path) else _downloaded(weights)


def _is_ours(folder: Path) -> bool:
    """Whether the folder is of our kind, or none at all: then StanceModel says what is wrong."""
    try:
        return "fields" in json.loads((folder / CONFIG).read_text(encoding="utf8"))
    except (OSError, ValueError, TypeError):
        return True


def _downloaded(hub_id: str) -> Path:
    name, _, revision = hub_id.partition("@")
    try:
        folder = _snapshot(name, revision or None, SMALL)
        for files in _networks():
            # The commit that was found first, should another come up meanwhile.
            _snapshot(name, folder.name, (f"{files}*",))
            if (folder / files).is_file():
                return folder
    except Exception as error:  # the hub's, the network's or the disk's
        reason = shorten(str(error), 120, placeholder=" ...")
        raise WeightsUnusable(
            f"{hub_id}: no such folder, and the Hugging Face hub does not give it ({reason}); "
            "check the name and the network, or download it elsewhere and set "
            "FAIRWEATHER_WEIGHTS to its folder"
        ) from error
    if not find_spec("torch"):
        raise WeightsUnusable(f"{hub_id}: no ONNX graph in its onnx/ folder; {NEEDS_TORCH}")
    return folder


def _networks() -> Iterator[str]:
    """Files that hold a network, in the order in which they are taken."""
    yield from GRAPHS
    # Gigabytes that nothing here could read are not fetched.
    if find_spec("torch"):
        yield from WEIGHTS


def _snapshot(name: str, revision: str | None, files: tuple[str, ...]) -> Path:
    # Imported here: only a model of the hub needs it.
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name, revision=revision, allow_patterns=list(files)))
