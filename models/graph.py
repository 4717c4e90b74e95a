"""ONNX graphs on the CPU, and the batches in which texts are given to them."""

import mmap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions

TOKENS_PER_BATCH = 4096


def open_graph(path: Path) -> Any:
    """An onnxruntime session of the graph at `path`; raises onnxruntime's errors."""
    options = SessionOptions()
    options.log_severity_level = 3
    return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


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
