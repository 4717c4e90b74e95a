"""A trained network as a weights folder: ONNX with int8 weights, tokenizer, configuration."""

import json
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

from models.codes import FIELDS
from models.training.network import StanceNetwork

OPSET = 17
SMALLEST = 10_000
"""Tensors with fewer values stay in float32."""


def export(
    network: StanceNetwork, tokenizer: Tokenizer, folder: Path, settings: Mapping[str, object]
) -> None:
    """Write `config.json`, the tokenizer's files and `onnx/model.onnx` into `folder`."""
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    _export_float(network, folder / "onnx" / "float.onnx")
    graph = onnx.load(str(folder / "onnx" / "float.onnx"))
    (folder / "onnx" / "float.onnx").unlink()
    onnx.save(quantised(graph), str(folder / "onnx" / "model.onnx"))
    tokenizer.save(str(folder / "tokenizer.json"))
    config = network.config.to_dict() | {
        "architectures": ["StanceNetwork"],
        "fields": {field: list(codes) for field, codes in FIELDS.items()},
        "id2label": dict(enumerate(FIELDS["stance"])),
        "label2id": {code: i for i, code in enumerate(FIELDS["stance"])},
        **settings,
    }
    _write_json(folder / "config.json", {k: v for k, v in config.items() if k != "_name_or_path"})
    described = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512}
    tokens = {name: f"[{name[:3].upper()}]" for name in ("unk_token", "sep_token", "pad_token")}
    tokens |= {"cls_token": "[CLS]", "mask_token": "[MASK]"}
    _write_json(folder / "tokenizer_config.json", described | tokens)


def _export_float(network: StanceNetwork, path: Path) -> None:
    class Fields(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
            return tuple(self.network(ids, mask)[: len(FIELDS)])

    actor, target = network.config.actor_id, network.config.target_id
    ids = torch.tensor([[actor, target, 3], [target, actor, 0]])
    axes = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings():
        # The tracer warns of shapes that are checked; the graph is checked by `quantised`.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Fields().eval(),
            (ids, (ids > 0).long()),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=list(FIELDS),
            dynamic_axes={"input_ids": axes, "attention_mask": axes},
            opset_version=OPSET,
            dynamo=False,
        )


def quantised(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with large weights stored as int8 and one float scale per channel.

    Weights of a MatMul get a scale per output column, embeddings per row. Activations
    stay float, so that an answer does not depend on its neighbours in the batch.
    """
    graph = model.graph
    users = {name: node for node in graph.node for name in node.input}
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.ndim != 2 or values.size < SMALLEST or values.dtype != np.float32:
            continue
        user = users[tensor.name]
        rows = user.op_type == "Gather" or (user.op_type == "Gemm" and _transposed(user))
        _store_int8(graph, tensor, values, axis=0 if rows else 1)
    onnx.checker.check_model(model)
    return model


def _transposed(node: onnx.NodeProto) -> bool:
    return any(a.name == "transB" and a.i == 1 for a in node.attribute)


def _store_int8(
    graph: onnx.GraphProto, tensor: TensorProto, values: NDArray[np.float32], axis: int
) -> None:
    scale = np.abs(values).max(axis=1 - axis, keepdims=True) / 127
    scale = np.where(scale == 0, np.float32(1), scale).astype(np.float32)
    whole = np.clip(np.rint(values / scale), -127, 127).astype(np.int8)
    name = tensor.name
    graph.initializer.remove(tensor)
    graph.initializer.append(numpy_helper.from_array(whole, f"{name}.int8"))
    graph.initializer.append(numpy_helper.from_array(scale.ravel(), f"{name}.scale"))
    graph.node.insert(
        0,
        helper.make_node("DequantizeLinear", [f"{name}.int8", f"{name}.scale"], [name], axis=axis),
    )


def _write_json(path: Path, content: Mapping[str, object]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf8")
