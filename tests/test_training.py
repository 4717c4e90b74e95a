"""Training on a handful of rows: it learns them, resumes, and gives weights that can be served."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from roster import small_roster

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")
pytest.importorskip("onnx", reason="the extra `train` is not installed")

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors  # noqa: E402

from models.stance import Question, StanceModel  # noqa: E402
from models.training.loop import Recipe  # noqa: E402
from models.training.weights import Sources, make_weights  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
CODES = {
    "backs": "favor",
    "scolds": "against",
    "phones": "neutral",
    "resembles": "none",
}


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    small_roster(tmp_path)
    (tmp_path / "sentences").mkdir()
    rows = [
        {
            "text": f"Russia {verb} Maduro {when}.",
            "actor": "Russia",
            "target": "Maduro",
            "language": "en",
            "stance": stance,
            **(
                {}
                if stance == "none"
                else {
                    "change": "",
                    "channel": "verbal",
                    "domain": "diplomatic",
                    "modality": "asserted",
                    "attribution": "actor",
                }
            ),
        }
        for verb, stance in CODES.items()
        for when in ("today", "again", "now", "at last")
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    for part in ("train", "dev"):
        (tmp_path / "sentences" / f"{part}.jsonl").write_text(lines)
    return Sources(tmp_path, tmp_path / "absent")


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    """A tiny encoder with the layout of the real one."""
    from transformers import BertConfig, BertModel

    folder = tmp_path / "encoder"
    words = "russia maduro today again now at last . : " + " ".join(CODES)
    special = ["[PAD]", "[unused0]", "[unused1]", "[UNK]", "[CLS]", "[SEP]"]
    vocabulary = {word: i for i, word in enumerate(special + words.split())}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 5), ("[CLS]", 4))
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.1,
    )
    BertModel(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


RECIPE = Recipe(
    public_epochs=30,
    subject_epochs=30,
    learning_rate=5e-3,
    head_rate=1.0,
    tokens_per_batch=64,
    label_smoothing=0.0,
)


def questions() -> list[Question]:
    return [
        Question(
            f"Russia {verb} Maduro today.", ((0, 6),), ((8 + len(verb), 14 + len(verb)),), "en"
        )
        for verb in CODES
    ]


def test_it_learns_and_its_weights_can_be_served(
    sources: Sources, encoder: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    out = tmp_path / "tiny"
    make_weights(sources, out, tmp_path / "work", RECIPE, str(encoder), say=said.append)
    assert [s.stance for s in StanceModel(out).judge(questions())] == list(CODES.values())
    report = json.loads((tmp_path / "work" / "report.json").read_text())
    assert len(report["epochs"]) == RECIPE.epochs
    assert "16 rows of sentences" in said[0]


def test_a_teacher_learns_first_and_its_answers_are_learned(
    sources: Sources, encoder: Path, tmp_path: Path
) -> None:
    announced: dict[str, int] = {}

    def announce(name: str, total: int) -> Callable[[int], None]:
        announced[name] = announced.get(name, 0) + total
        return lambda done: None

    work = tmp_path / "work"
    given = {"announce": announce, "say": lambda line: None, "teaching": RECIPE}
    for out in (tmp_path / "first", tmp_path / "second"):
        make_weights(sources, out, work, RECIPE, str(encoder), str(encoder), **given)
        assert [s.stance for s in StanceModel(out).judge(questions())] == list(CODES.values())
    report = json.loads((work / "report.json").read_text())
    assert report["teacher"]["epochs"][-1]["stance"] > 0.7
    # Each text in both directions, once: the second run finds the answers kept.
    assert announced["teaching"] == 2 * 16


def test_an_interrupted_run_goes_on_where_it_was(
    sources: Sources, encoder: Path, tmp_path: Path
) -> None:
    class Stop(Exception):
        pass

    def stop_after_five(line: str) -> None:
        if line.startswith("network, epoch 6"):
            raise Stop

    whole, parts = tmp_path / "whole", tmp_path / "parts"
    make_weights(sources, whole / "w", whole, RECIPE, str(encoder), say=lambda line: None)
    with pytest.raises(Stop):
        make_weights(sources, parts / "w", parts, RECIPE, str(encoder), say=stop_after_five)
    said: list[str] = []
    make_weights(sources, parts / "w", parts, RECIPE, str(encoder), say=said.append)
    assert sum(line.startswith("network, epoch") for line in said) == RECIPE.epochs - 5
    answers = [StanceModel(folder / "w").judge(questions()) for folder in (whole, parts)]
    assert [s.stance for s in answers[0]] == [s.stance for s in answers[1]]


def test_a_checkpoint_of_another_recipe_is_refused(
    sources: Sources, encoder: Path, tmp_path: Path
) -> None:
    short = Recipe(public_epochs=1, subject_epochs=0)
    make_weights(sources, tmp_path / "w", tmp_path / "work", short, str(encoder), say=print)
    shutil.rmtree(tmp_path / "w")
    with pytest.raises(ValueError, match="another recipe"):
        make_weights(sources, tmp_path / "w", tmp_path / "work", RECIPE, str(encoder), say=print)
