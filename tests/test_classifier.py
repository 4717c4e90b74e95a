"""NLI models through torch and their export: a small DeBERTa-v2 that is built here."""

import json
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("onnx", reason="the extra `train` is not installed")

from nli.make import THREE, TWO, make, tokenizer, vocabulary  # noqa: E402
from test_nli import HYPOTHESES, NLI, QUESTIONS, configure, nli  # noqa: E402

from models.errors import WeightsUnusable  # noqa: E402
from models.graph import GraphClassifier  # noqa: E402
from models.hypotheses import read_hypotheses  # noqa: E402
from models.nli import NliModel  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
]


def build(folder: Path, labels: tuple[str, ...] = THREE) -> Path:
    """A repository with both the graph and the weights for torch."""
    make(folder, labels).save_pretrained(folder)
    configure(folder, confidence_floor=0)
    return folder


def without_graph(folder: Path) -> Path:
    """The same repository as one of those that have no ONNX graph."""
    copied = Path(shutil.copytree(folder, folder.with_name(f"{folder.name}-torch")))
    shutil.rmtree(copied / "onnx")
    return copied


@pytest.mark.parametrize("labels", [THREE, TWO], ids=["three labels", "two labels"])
def test_torch_and_the_exported_graph_answer_alike(tmp_path: Path, labels: tuple[str, ...]) -> None:
    folder = build(tmp_path / "tiny", labels)
    exported, whole = nli(folder), nli(without_graph(folder))
    assert whole.name != exported.name
    found = whole.sides(QUESTIONS)
    assert found.tolist() == [pytest.approx(row, abs=1e-4) for row in exported.sides(QUESTIONS)]
    codes = [[s.stance for s in model.judge(QUESTIONS)] for model in (whole, exported)]
    assert codes[0] == codes[1]
    assert len(set(codes[0])) > 1


def test_alone_and_in_a_batch_torch_answers_the_same(tmp_path: Path) -> None:
    model = nli(without_graph(build(tmp_path / "tiny")))
    assert model.judge(QUESTIONS) == [model.judge([question])[0] for question in QUESTIONS]


def test_the_fixture_is_what_its_maker_makes(tmp_path: Path) -> None:
    again, kept = nli(build(tmp_path / "tiny")), nli(NLI / "model")
    assert again.sides(QUESTIONS).tolist() == [
        pytest.approx(row, abs=1e-5) for row in kept.sides(QUESTIONS)
    ]


@pytest.mark.parametrize("labels", [THREE, TWO], ids=["three labels", "two labels"])
def test_stances_are_those_of_the_zero_shot_pipeline_of_transformers(
    tmp_path: Path, labels: tuple[str, ...]
) -> None:
    from transformers import AutoModelForSequenceClassification as Auto
    from transformers import PreTrainedTokenizerFast, pipeline

    folder = without_graph(build(tmp_path / "tiny", labels))
    words = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer(vocabulary()),
        pad_token="[PAD]",
        model_max_length=256,
        model_input_names=["input_ids", "attention_mask", "token_type_ids"],
    )
    ask = pipeline(
        "zero-shot-classification", model=Auto.from_pretrained(folder), tokenizer=words, device=-1
    )
    said = read_hypotheses(HYPOTHESES).about(("stance",), "Moscow", "Caracas")
    for question, row in zip(QUESTIONS, nli(folder).sides(QUESTIONS), strict=True):
        told = ask(question.text, candidate_labels=said, hypothesis_template="{}")
        by_hypothesis = dict(zip(told["labels"], told["scores"], strict=True))
        assert [by_hypothesis[h] for h in said] == pytest.approx(row.tolist(), abs=1e-4)


def halved(folder: Path) -> None:
    """Weights of an encoder alone: its classifier is left to chance."""
    from safetensors.torch import load_file, save_file

    kept = load_file(folder / "model.safetensors")
    encoder = {name: value for name, value in kept.items() if "classifier" not in name}
    save_file(encoder, folder / "model.safetensors", metadata={"format": "pt"})


UNUSABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "an encoder without a classifier": (halved, "lack classifier.bias"),
    "damaged weights": (
        lambda folder: (folder / "model.safetensors").write_bytes(b"\x00" * 1000),
        "no NLI model",
    ),
    "a pickle": (
        lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"),
        "model.safetensors",
    ),
}


@pytest.mark.parametrize(("spoil", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_torch_cannot_trust_is_not_loaded(
    tmp_path: Path, spoil: Callable[[Path], object], said: str
) -> None:
    folder = without_graph(build(tmp_path / "tiny"))
    spoil(folder)
    with pytest.raises(WeightsUnusable, match=said):
        nli(folder)


def test_weights_in_several_files_are_one_model(tmp_path: Path) -> None:
    folder = without_graph(build(tmp_path / "tiny"))
    whole = nli(folder)
    (folder / "model.safetensors").unlink()
    make(tmp_path / "again").save_pretrained(folder, max_shard_size="20KB")
    configure(folder, confidence_floor=0)
    assert (folder / "model.safetensors.index.json").is_file()
    parted = nli(folder)
    assert parted.sides(QUESTIONS).tolist() == whole.sides(QUESTIONS).tolist()
    assert parted.name != whole.name


def test_a_graph_with_its_weights_beside_it_is_read_through_the_links_of_the_hubs_cache(
    tmp_path: Path,
) -> None:
    import onnx

    folder = build(tmp_path / "tiny")
    plain = nli(folder)
    graph = folder / "onnx" / "model.onnx"
    loaded = onnx.load(str(graph))
    graph.unlink()
    onnx.save(loaded, str(graph), save_as_external_data=True, location="model.onnx_data")
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    for at, path in enumerate(sorted((folder / "onnx").iterdir())):
        path.rename(blobs / str(at))
        path.symlink_to(blobs / str(at))
    apart = nli(folder)
    assert apart.sides(QUESTIONS).tolist() == plain.sides(QUESTIONS).tolist()
    (blobs / "1").write_bytes((blobs / "1").read_bytes() + b"\0")
    assert nli(folder).name != apart.name


def test_a_network_of_one_token_type_is_not_asked_for_a_second(tmp_path: Path) -> None:
    from transformers import RobertaConfig, RobertaForSequenceClassification

    folder = build(tmp_path / "roberta")
    shutil.rmtree(folder / "onnx")
    config = RobertaConfig(
        vocab_size=len(vocabulary()),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=514,
        type_vocab_size=1,
        pad_token_id=0,
        id2label=dict(enumerate(THREE)),
    )
    RobertaForSequenceClassification(config).save_pretrained(folder)
    assert len(nli(folder).judge(QUESTIONS)) == len(QUESTIONS)


@pytest.mark.skipif(not find_spec("sentencepiece"), reason="sentencepiece is not installed")
def test_a_sentencepiece_model_is_made_a_tokenizer(tmp_path: Path) -> None:
    from sentencepiece import SentencePieceTrainer

    folder = build(tmp_path / "tiny")
    (folder / "tokenizer.json").unlink()
    (tmp_path / "texts").write_text("\n".join(question.text for question in QUESTIONS))
    SentencePieceTrainer.train(
        input=str(tmp_path / "texts"),
        model_prefix=str(folder / "spm"),
        vocab_size=60,
        hard_vocab_limit=False,
        minloglevel=2,
        pad_id=0,
        bos_id=1,
        eos_id=2,
        unk_id=3,
        pad_piece="[PAD]",
        bos_piece="[CLS]",
        eos_piece="[SEP]",
        unk_piece="[UNK]",
    )
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "DebertaV2Tokenizer", "vocab_type": "spm"})
    )
    model = NliModel(folder, HYPOTHESES)
    assert len({stance.level for stance in model.judge(QUESTIONS)}) > 10


def test_the_graph_says_what_it_takes(tmp_path: Path) -> None:
    folder = build(tmp_path / "tiny", TWO)
    graph = GraphClassifier(folder / "onnx" / "model.onnx")
    assert graph.inputs == ["input_ids", "attention_mask"]
    assert not graph.depends_on_batch
