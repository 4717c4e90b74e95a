"""The shipped weights: what they answer, what they decline, and that batches change nothing."""

import json
import shutil
from pathlib import Path

import pytest
from conftest import Golden

from flows.settings import Settings
from models.codes import FIELDS
from models.entities import read_roster
from models.errors import WeightsUnusable
from models.questions import Asker
from models.records import Stance
from models.stance import Question, StanceModel

SETTINGS = Settings()
CASES = Path(__file__).parent / "stances"


@pytest.fixture(scope="module")
def model() -> StanceModel:
    return StanceModel(SETTINGS.weights)


@pytest.fixture(scope="module")
def asker() -> Asker:
    return Asker(read_roster(SETTINGS.seeds))


def ask(asker: Asker, text: str, actor: str = "Russia", target: str = "Maduro") -> Question:
    return asker.question({"text": text, "actor": actor, "target": target, "language": "en"})


OTHERS = {field: codes for field, codes in FIELDS.items() if field != "stance"}


def test_canonical_answers(model: StanceModel, asker: Asker, golden: Golden) -> None:
    rows = [json.loads(line) for line in (CASES / "canonical.jsonl").read_text().splitlines()]
    stances = model.judge([asker.question(row | {"language": "en"}) for row in rows])
    found = [
        {"text": r["text"], "stance": s.stance, "level": s.level, "change": s.change}
        for r, s in zip(rows, stances, strict=True)
    ]
    golden(CASES / "canonical.json", found)


def test_alone_and_in_a_batch_the_answer_is_the_same(model: StanceModel, asker: Asker) -> None:
    texts = [f"Russia backs Maduro{' again and again' * n}." for n in range(30)]
    questions = [ask(asker, text) for text in texts]
    assert model.judge(questions) == [model.judge([question])[0] for question in questions]


def test_another_name_gives_the_same_answer(model: StanceModel, asker: Asker) -> None:
    known, unseen = (
        ask(asker, f"{actor} condemned the sanctions against {target}.", actor, target)
        for actor, target in (("Russia", "Maduro"), ("Freedonia", "Rufus Firefly"))
    )
    assert model.judge([known]) == model.judge([unseen])


def test_probabilities_add_up_and_make_the_level(model: StanceModel, asker: Asker) -> None:
    (stance,) = model.judge([ask(asker, "Moscow sent Maduro two shiploads of wheat.")])
    assert sum(stance.p.values()) == pytest.approx(1, abs=0.001)
    assert stance.level == pytest.approx(stance.p["favor"] - stance.p["against"], abs=0.0002)
    for field, codes in FIELDS.items():
        assert getattr(stance, field) in codes
    assert {
        f: 1 / len(codes) <= stance.p_codes[f] <= 1 for f, codes in OTHERS.items()
    } == dict.fromkeys(OTHERS, True)


def test_where_there_is_no_stance_there_are_no_other_codes(
    model: StanceModel, asker: Asker
) -> None:
    (stance,) = model.judge([ask(asker, "Maduro asked Russia for missiles.")])
    assert stance.stance == "none"
    assert [getattr(stance, field) for field in OTHERS] == [""] * len(OTHERS)
    assert stance.p_codes == {}


DECLINED = {
    "another language": (Question("Rusia apoya a Maduro", ((0, 5),), ((14, 20),), "es"), "es"),
    "no text": (Question("  ", (), (), "en"), "no text"),
    "neither name": (Question("It rains.", (), (), "en"), "neither"),
}


@pytest.mark.parametrize(("question", "reason"), DECLINED.values(), ids=DECLINED)
def test_declining_gives_the_reason(model: StanceModel, question: Question, reason: str) -> None:
    (stance,) = model.judge([question])
    assert stance == Stance(model.name, "unscored", reason=stance.reason)
    assert reason in stance.reason


def test_a_text_of_any_length_is_judged(model: StanceModel, asker: Asker) -> None:
    text = "Word upon word. " * 5000 + "Russia backs Maduro." + " Word upon word." * 5000
    (stance,) = model.judge([ask(asker, text)])
    assert stance.stance in FIELDS["stance"]


def test_no_question_no_answer(model: StanceModel) -> None:
    assert model.judge([]) == []


BROKEN = {
    "a missing file": lambda folder: (folder / "tokenizer.json").unlink(),
    "a missing manifest": lambda folder: (folder / "manifest.json").unlink(),
    "a manifest that is no JSON": lambda folder: (folder / "manifest.json").write_text("{"),
    "a changed configuration": lambda folder: (folder / "config.json").write_text("{}"),
    "a file that the manifest does not list": lambda folder: (folder / "manifest.json").write_text(
        '{"files": {}}'
    ),
}


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_unsound_weights_are_not_loaded(tmp_path: Path, spoil) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(SETTINGS.weights, folder)
    spoil(folder)
    with pytest.raises(WeightsUnusable, match="get the folder again"):
        StanceModel(folder)


def test_transformers_reads_the_same_folder() -> None:
    from transformers import AutoConfig, AutoTokenizer

    config = AutoConfig.from_pretrained(SETTINGS.weights)
    assert list(config.label2id) == list(FIELDS["stance"])
    text = "[ACTOR] backs [TARGET] again."
    ids = AutoTokenizer.from_pretrained(SETTINGS.weights)(text)["input_ids"]
    from tokenizers import Tokenizer

    assert Tokenizer.from_file(str(SETTINGS.weights / "tokenizer.json")).encode(text).ids == ids
