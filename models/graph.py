"""ONNX graphs on the CPU, and the batches in which texts are given to them."""

import mmap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions, get_available_providers

TOKENS_PER_BATCH = 4096
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
"""What a classifier of pairs may ask for."""
CPU = ("CPUExecutionProvider",)
FASTEST = ("CUDAExecutionProvider", *CPU)


def open_graph(path: Path, providers: Sequence[str] = CPU) -> Any:
    """An onnxruntime session of the graph at `path`; raises onnxruntime's errors."""
    options = SessionOptions()
    options.log_severity_level = 3
    return InferenceSession(str(path), options, providers=list(providers))


class GraphClassifier:
    """A sequence classifier as an ONNX graph; on a GPU where `onnxruntime-gpu` is installed.

    `inputs` are those of INPUTS that it asks for. Where it `depends_on_batch`, an answer
    changes with its neighbours. Raises ValueError where it asks for anything else, and
    onnxruntime's errors.
    """

    def __init__(self, path: Path) -> None:
        available = get_available_providers()
        self._session = open_graph(path, [name for name in FASTEST if name in available])
        self.depends_on_batch = is_dynamic(path)
        self.inputs: Sequence[str] = [given.name for given in self._session.get_inputs()]
        if unknown := [name for name in self.inputs if name not in INPUTS]:
            raise ValueError(f"its graph asks for {', '.join(unknown)}; known: {', '.join(INPUTS)}")
        named = {given.name for given in self._session.get_outputs()}
        self._outputs = ["logits"] if "logits" in named else None

    def logits(self, given: Mapping[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        """Logits (texts, labels) from `inputs`, each of shape (texts, tokens)."""
        found = self._session.run(self._outputs, {name: given[name] for name in self.inputs})
        logits: NDArray[np.float32] = found[0].astype(np.float32)
        return logits


def is_dynamic(path: Path) -> bool:
    """Whether the graph takes the scale of its int8 activations from the whole batch.

    The answer of such a graph changes with the neighbours in the batch. Its operators
    (DynamicQuantizeLinear, DynamicQuantizeMatMul) stand in the file by name.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(b"DynamicQuantize") >= 0


def batches(lengths: Sequence[int], most: int = TOKENS_PER_BATCH) -> Iterator[list[int]]:
    """Indices in batches of like length, so that little is spent on padding.

    A batch has at most `most` tokens, padding included, but never less than one index.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[index] > most:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def padded(rows: Sequence[Sequence[int]], padding: int) -> NDArray[np.int64]:
    """Rows of token ids (or of any whole numbers) filled up with `padding` to the longest."""
    filled = np.full((len(rows), max(map(len, rows))), padding, np.int64)
    for at, row in enumerate(rows):
        filled[at, : len(row)] = row
    return filled


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities over the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: NDArray[np.float32] = raised / raised.sum(axis=-1, keepdims=True)
    return shares
