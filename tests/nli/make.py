"""Makes `model/`: a tiny DeBERTa-v2 NLI model with random weights, as a hub repository lays it out.

Run it where torch, transformers and onnx are installed: `python tests/nli/make.py`. `save`
is all that a larger model without ONNX files needs as well.

`model/onnx/model.onnx` takes token types; `untyped.onnx` is the same network without them,
`dynamic.onnx` has int8 activations whose scale comes from the whole batch.
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


def network(words: dict[str, int]) -> DebertaV2ForSequenceClassification:
    torch.manual_seed(2026)
    config = DebertaV2Config(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=256,
        type_vocab_size=2,
        relative_attention=True,
        position_buckets=16,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        # Wide weights, so that answers differ from text to text.
        initializer_range=0.4,
        id2label={0: "CONTRADICTION", 1: "NEUTRAL", 2: "ENTAILMENT"},
        label2id={"CONTRADICTION": 0, "NEUTRAL": 1, "ENTAILMENT": 2},
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


def main() -> None:
    folder = HERE / "model"
    shutil.rmtree(folder, ignore_errors=True)
    words = vocabulary()
    made = network(words)
    typed = ("input_ids", "attention_mask", "token_type_ids")
    save(made, folder / "onnx" / "model.onnx", typed)
    save(made, HERE / "untyped.onnx", typed[:2])
    quantize_dynamic(
        folder / "onnx" / "model.onnx", HERE / "dynamic.onnx", weight_type=QuantType.QInt8
    )
    for path in (folder / "onnx" / "model.onnx", HERE / "untyped.onnx", HERE / "dynamic.onnx"):
        shorten(path)
    made.config.save_pretrained(folder)
    tokenizer(words).save(str(folder / "tokenizer.json"))


if __name__ == "__main__":
    main()
