"""The model that the setting names: our weights or an NLI model, in a folder or on the hub."""

import json
from pathlib import Path
from textwrap import shorten

from flows.settings import is_hub_id
from models.errors import WeightsUnusable
from models.hypotheses import HYPOTHESES
from models.manifest import MANIFEST
from models.nli import GRAPHS, NliModel
from models.stance import CONFIG, TOKENIZER, Judge, StanceModel


def open_model(weights: str | Path, hypotheses: Path = HYPOTHESES) -> Judge:
    """The model at `weights`: a folder, or the id (`owner/name`) of one on the Hugging Face hub.

    A model whose `config.json` has the codebook's fields is our own kind; any other is
    asked the `hypotheses` as an NLI model. Raises WeightsUnusable where it cannot be had
    or used, and BadInput where the hypotheses are not sound.
    """
    if not is_hub_id(weights):
        return _opened(Path(weights), hypotheses, "")
    return _opened(_downloaded(str(weights)), hypotheses, str(weights))


def _opened(folder: Path, hypotheses: Path, called: str) -> Judge:
    if _is_ours(folder):
        return StanceModel(folder)
    return NliModel(folder, hypotheses, called)


def _is_ours(folder: Path) -> bool:
    """Whether the folder is of our kind, or none at all: then StanceModel says what is wrong."""
    try:
        return "fields" in json.loads((folder / CONFIG).read_text(encoding="utf8"))
    except (OSError, ValueError, TypeError):
        return True


def _downloaded(hub_id: str) -> Path:
    """The folder of the hub's model: what lies in the hub's cache is not fetched again."""
    # Imported here: only a model of the hub needs it.
    from huggingface_hub import snapshot_download

    try:
        for graph in GRAPHS:
            # The graph's weights may lie beside it, in model.onnx_data.
            files = [CONFIG, TOKENIZER, MANIFEST, f"{graph}*"]
            folder = Path(snapshot_download(hub_id, allow_patterns=files))
            if (folder / graph).is_file():
                break
    except Exception as error:
        reason = shorten(str(error), 120, placeholder=" ...")
        raise WeightsUnusable(
            f"{hub_id}: no such folder, and the Hugging Face hub does not give it ({reason}); "
            "check the name and the network, or download it elsewhere and set "
            "FAIRWEATHER_WEIGHTS to its folder"
        ) from error
    return folder
