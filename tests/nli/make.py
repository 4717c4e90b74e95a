"""Makes `model/`: a tiny DeBERTa-v2 NLI model with random weights, as a hub repository lays it out.

Run it where torch, transformers and onnx are installed: `python tests/nli/make.py`.

`model/onnx/model.onnx` takes token types; `dynamic.onnx` is the same network with int8
activations whose scale comes from the whole batch. `two_labels.onnx` is another network, of
the labels entailment and not_entailment, that takes no token types.
"""

import csv
import re
import shutil
import warnings
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import DebertaV2Config, DebertaV2ForSequenceClassification

HERE = Path(__file__).resolve().parent
HYPOTHESES = HERE.parent.parent / "seeds" / "hypotheses.csv"
SPECIAL = ("[PAD]", "[CLS]", "[SEP]", "[UNK]")
THREE = ("CONTRADICTION", "NEUTRAL", "ENTAILMENT")
TWO = ("entailment", "not_entailment")
TYPED = ("input_ids", "attention_mask", "token_type_ids")
TEXTS = (
    "Russia Moscow China Beijing Maduro Caracas Venezuela backs hits arms warns sent two oil "
    "tankers to no longer the sanctions against again and condemned on Monday : ? ! ' \" ( )"
)


def vocabulary() -> dict[str, int]:
    with HYPOTHESES.open(encoding="utf8", newline="") as lines:
        said = " ".join(row["hypothesis"] for row in csv.DictReader(lines))
    words = re.findall(r"\w+|[^\w\s]", re.sub(r"{\w+}", "", said) + " " + TEXTS)
    letters = [*"abcdefghijklmnopqrstuvwxyz", *(f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz")]
    known = dict.fromkeys([*SPECIAL, *(w.lower() for w in words), *letters])
    return {word: at for at, word in enumerate(known)}


def tokenizer(words: dict[str, int]) -> Tokenizer:
    made = Tokenizer(models.WordPiece(words, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 1), ("[SEP]", 2)],
    )
    return made


def network(labels: tuple[str, ...] = THREE) -> DebertaV2ForSequenceClassification:
    torch.manual_seed(2026)
    words = vocabulary()
    config = DebertaV2Config(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=256,
        type_vocab_size=2 if labels == THREE else 0,
        relative_attention=True,
        position_buckets=16,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        # Wide weights, so that answers differ from text to text.
        initializer_range=0.4,
        id2label=dict(enumerate(labels)),
        label2id={label: at for at, label in enumerate(labels)},
    )
    return DebertaV2ForSequenceClassification(config).eval()


class Logits(torch.nn.Module):
    """A classifier whose inputs stand in the order of their names."""

    def __init__(self, classifier: torch.nn.Module, names: tuple[str, ...]) -> None:
        super().__init__()
        self.classifier = classifier
        self.names = names

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        return self.classifier(**dict(zip(self.names, given, strict=True))).logits


def save(classifier: torch.nn.Module, path: Path, names: tuple[str, ...]) -> None:
    """Write a sequence classifier of transformers to `path` as ONNX, with the inputs `names`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    axes = {0: "texts", 1: "tokens"}
    given = {
        "input_ids": torch.tensor([[1, 5, 6, 2, 7, 2], [1, 5, 2, 8, 2, 0]]),
        "attention_mask": torch.tensor([[1] * 6, [1] * 5 + [0]]),
        "token_type_ids": torch.tensor([[0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 0]]),
    }
    with warnings.catch_warnings():
        # The tracer warns of shapes that are checked, and of its own age.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Logits(classifier, names),
            tuple(given[name] for name in names),
            str(path),
            input_names=list(names),
            output_names=["logits"],
            dynamic_axes=dict.fromkeys(names, axes) | {"logits": {0: "texts"}},
            opset_version=17,
            dynamo=False,
        )


def shorten(path: Path) -> None:
    """Number what the tracer named after modules: the names are half of a small file."""
    graph = (model := onnx.load(str(path))).graph
    kept = {value.name: value.name for value in (*graph.input, *graph.output)}
    short: dict[str, str] = {"": ""} | kept
    for node in graph.node:
        node.name = ""
        for names in (node.input, node.output):
            names[:] = [short.setdefault(name, f"{len(short):x}") for name in names]
    for tensor in graph.initializer:
        tensor.name = short[tensor.name]
    del graph.value_info[:]
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def make(folder: Path, labels: tuple[str, ...] = THREE) -> DebertaV2ForSequenceClassification:
    """Write configuration, tokenizer and graph of a fresh network into `folder`; the network."""
    made = network(labels)
    save(made, folder / "onnx" / "model.onnx", TYPED if labels == THREE else TYPED[:2])
    made.config.save_pretrained(folder)
    tokenizer(vocabulary()).save(str(folder / "tokenizer.json"))
    return made


def main() -> None:
    folder = HERE / "model"
    shutil.rmtree(folder, ignore_errors=True)
    make(folder)
    save(network(TWO), HERE / "two_labels.onnx", TYPED[:2])
    graph = folder / "onnx" / "model.onnx"
    quantize_dynamic(graph, HERE / "dynamic.onnx", weight_type=QuantType.QInt8)
    for path in (graph, HERE / "two_labels.onnx", HERE / "dynamic.onnx"):
        shorten(path)


if __name__ == "__main__":
    main()
