"""Sequence classifiers run by torch: for NLI models whose repository has no ONNX graph.

Needs the extra `train`; nothing else that judges imports torch.
"""

from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForSequenceClassification
from transformers.utils import logging

from models.graph import INPUTS


class TorchClassifier:
    """The sequence classifier of transformers in `folder`, in float32, on a GPU where there is one.

    Reads safetensors only and runs no code of the repository. Raises ValueError where the
    files lack a part of the network, which transformers would fill with chance, and the
    errors of transformers where they cannot be read.
    """

    depends_on_batch = False

    def __init__(self, folder: Path) -> None:
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        network, told = AutoModelForSequenceClassification.from_pretrained(
            folder,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
            dtype=torch.float32,
        )
        if told["missing_keys"]:
            raise ValueError(f"its weights lack {', '.join(sorted(told['missing_keys']))}")
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._network = network.to(self._device).eval()
        taken = signature(network.forward).parameters
        # A network of one token type cannot look a second one up.
        typed = getattr(network.config, "type_vocab_size", 0) > 1
        known = INPUTS if typed else INPUTS[:2]
        self.inputs: Sequence[str] = [name for name in known if name in taken]

    def logits(self, given: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        """Logits (texts, labels) from `inputs`, each of shape (texts, tokens)."""
        tensors = {name: torch.from_numpy(given[name]).to(self._device) for name in self.inputs}
        with torch.inference_mode():
            found: NDArray[np.float32] = self._network(**tensors).logits.cpu().numpy()
        return found
