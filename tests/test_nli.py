"""An NLI model in the place of our weights: a tiny one with random weights (`nli/make.py`)."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tokenizers import Tokenizer

from flows.settings import Settings
from flows.weights import open_model
from models.codes import FIELDS
from models.errors import BadInput, WeightsUnusable
from models.hypotheses import HYPOTHESES, read_hypotheses
from models.nli import NliModel
from models.records import Stance
from models.stance import Question, StanceModel

NLI = Path(__file__).parent / "nli"
ROOT = Path(__file__).parent.parent
LABELS = ("CONTRADICTION", "NEUTRAL", "ENTAILMENT")
GRAPH = "onnx/model.onnx"


def about(text: str, actor: str = "Moscow", target: str = "Caracas") -> Question:
    """A question on `text`, with the first place of each name."""
    a, t = text.index(actor), text.index(target)
    return Question(text, ((a, a + len(actor)),), ((t, t + len(target)),), "en")


QUESTIONS = [
    about(f"Moscow {verb} Caracas {'again and ' * n}on Monday.")
    for n in (0, 1, 5, 30, 90)
    for verb in ("backs", "hits", "warns", "sent two tankers to", "no longer arms")
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The tiny model, to be changed."""
    return Path(shutil.copytree(NLI / "model", tmp_path / "tiny"))


def configure(folder: Path, **values: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_it_answers_in_the_codes_of_the_codebook(folder: Path) -> None:
    stances = NliModel(folder).judge(QUESTIONS)
    assert len({stance.level for stance in stances}) > 10
    for stance in stances:
        assert sum(stance.p.values()) == pytest.approx(1, abs=0.001)
        assert list(stance.p) == list(FIELDS["stance"])
        assert stance.level == pytest.approx(stance.p["favor"] - stance.p["against"], abs=0.0002)
        for field, codes in FIELDS.items():
            given = getattr(stance, field)
            assert given in codes if stance.stance != "none" or field == "stance" else not given


@pytest.mark.parametrize("graph", ["model/onnx/model.onnx", "untyped.onnx", "dynamic.onnx"])
def test_alone_and_in_a_batch_the_answer_is_the_same(folder: Path, graph: str) -> None:
    shutil.copyfile(NLI / graph, folder.parent / "graph")
    shutil.move(folder.parent / "graph", folder / GRAPH)
    model = NliModel(folder)
    alone = [model.judge([question])[0] for question in QUESTIONS]
    assert model.judge(QUESTIONS) == alone
    shares = model.probabilities(QUESTIONS)["stance"]
    for row, stance in zip(shares, alone, strict=True):
        assert row.tolist() == pytest.approx(list(stance.p.values()), abs=0.0001)


def expected(question: Question, column: int) -> list[float]:
    """P of the stances: the softmax over one column of the logits, computed by hand."""
    said = read_hypotheses(HYPOTHESES).about(("stance",), "Moscow", "Caracas")
    session = onnxruntime.InferenceSession(NLI / "model" / GRAPH)
    tokenizer = Tokenizer.from_file(str(NLI / "model" / "tokenizer.json"))
    logits = []
    for hypothesis in said:
        e = tokenizer.encode(question.text, hypothesis)
        given = {
            "input_ids": e.ids,
            "attention_mask": e.attention_mask,
            "token_type_ids": e.type_ids,
        }
        arrays = {name: np.array([values], np.int64) for name, values in given.items()}
        logits.append(session.run(None, arrays)[0][0, column])
    raised = np.exp(np.array(logits))
    return list(raised / raised.sum())


@pytest.mark.parametrize("column", range(3))
@pytest.mark.parametrize("spelling", [str.lower, str.upper, str.title])
def test_the_entailment_is_where_the_configuration_says(
    folder: Path, column: int, spelling: Callable[[str], str]
) -> None:
    others = iter(["contradiction", "neutral"])
    names = [spelling("entailment" if at == column else next(others)) for at in range(3)]
    configure(folder, id2label=dict(enumerate(names)))
    found = NliModel(folder).probabilities(QUESTIONS[:1])["stance"][0]
    assert found.tolist() == pytest.approx(expected(QUESTIONS[0], column), abs=1e-5)


def test_the_smallest_graph_of_the_repository_is_taken(folder: Path) -> None:
    plain = NliModel(folder)
    shutil.copyfile(NLI / "dynamic.onnx", folder / "onnx" / "model_quantized.onnx")
    small = NliModel(folder)
    assert plain.name != small.name
    assert plain.judge(QUESTIONS) != [replace(s, model=plain.name) for s in small.judge(QUESTIONS)]


DECLINED = {
    "no text": (Question("  ", (), (), "en"), "no text"),
    "neither name": (Question("It rains.", (), (), "en"), "neither"),
    "no target": (Question("Moscow waits.", ((0, 6),), (), "en"), "does not name the target"),
    "no actor": (Question("Caracas waits.", (), ((0, 7),), "en"), "does not name the actor"),
}


@pytest.mark.parametrize(("question", "reason"), DECLINED.values(), ids=DECLINED)
def test_declining_gives_the_reason(folder: Path, question: Question, reason: str) -> None:
    model = NliModel(folder)
    said = model.judge([QUESTIONS[0], question, QUESTIONS[1]])
    assert said[1] == Stance(model.name, "unscored", reason=said[1].reason)
    assert reason in said[1].reason
    assert [said[0], said[2]] == model.judge(QUESTIONS[:2])


def test_it_takes_any_language_unless_it_names_its_own(folder: Path) -> None:
    spanish = replace(QUESTIONS[0], language="es")
    assert NliModel(folder).judge([spanish])[0].stance in FIELDS["stance"]
    configure(folder, languages=["en"])
    assert "language es" in NliModel(folder).judge([spanish])[0].reason


def test_under_its_floor_it_declines(folder: Path) -> None:
    configure(folder, confidence_floor=0.999)
    (stance,) = NliModel(folder).judge(QUESTIONS[:1])
    assert stance.stance == "unscored"
    assert "floor" in stance.reason


def test_a_text_of_any_length_is_judged(folder: Path) -> None:
    text = "Word upon word. " * 5000 + "Moscow backs Caracas." + " Word upon word." * 5000
    (stance,) = NliModel(folder).judge([about(text)])
    assert stance.stance in FIELDS["stance"]


def test_no_question_no_answer(folder: Path) -> None:
    assert NliModel(folder).judge([]) == []


def test_progress_counts_every_question_once(folder: Path) -> None:
    told: list[int] = []
    questions = [*QUESTIONS * 3, DECLINED["no text"][0]]
    NliModel(folder).judge(questions, told.append)
    assert sum(told) == len(questions)


UNUSABLE: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "no graph": (lambda f: (f / GRAPH).unlink(), ["no ONNX graph", "transformers", "torch"]),
    "no tokenizer": (lambda f: (f / "tokenizer.json").unlink(), ["tokenizer.json: missing"]),
    "labels without entailment": (
        lambda f: configure(f, id2label={"0": "LABEL_0", "1": "LABEL_1"}),
        ["no label entailment", "LABEL_0, LABEL_1"],
    ),
    "no labels": (lambda f: configure(f, id2label=None), ["no NLI model"]),
    "a damaged graph": (lambda f: (f / GRAPH).write_bytes(b"\x00" * 100), ["no NLI model"]),
    "an empty graph": (lambda f: (f / GRAPH).write_bytes(b""), ["no NLI model"]),
    "a manifest that tells of other files": (
        lambda f: (f / "manifest.json").write_text('{"files": {"config.json": "00"}}'),
        ["config.json: damaged"],
    ),
}


@pytest.mark.parametrize(("spoil", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_is_no_nli_model_is_not_loaded(
    folder: Path, spoil: Callable[[Path], object], said: list[str]
) -> None:
    spoil(folder)
    with pytest.raises(WeightsUnusable) as stopped:
        open_model(folder)
    assert "\n" not in str(stopped.value)
    for part in [str(folder), *said]:
        assert part in str(stopped.value)


def row(line: int, text: str) -> Callable[[list[str]], list[str]]:
    return lambda lines: [*lines[: line - 1], text, *lines[line:]]


WRONG = {
    "an unknown column": (row(1, "field,code,text"), ":1", "allowed: field,code,hypothesis"),
    "an unknown field": (row(2, "mood,favor,{actor} {target}"), ":2", "field is 'mood'"),
    "an unknown code": (row(2, "stance,fond,{actor} {target}"), ":2", "code is 'fond'"),
    "no hypothesis": (row(9, "change,stable,"), ":9", "hypothesis is ''"),
    "a stance without its target": (row(2, "stance,favor,{actor} helps."), ":2", "{target}"),
    "an unknown place": (row(10, "channel,verbal,{speaker} spoke."), ":10", "actor, target"),
    "a broken brace": (row(10, "channel,verbal,{actor spoke."), ":10", "actor, target"),
    "a code twice": (lambda lines: [*lines, lines[1]], ":27", "stands there twice"),
    "a code without a row": (lambda lines: lines[:-1], "", "attribution 'journalist'"),
}


@pytest.mark.parametrize(("change", "line", "said"), WRONG.values(), ids=WRONG)
def test_hypotheses_are_checked_with_file_and_line(
    tmp_path: Path, change: Callable[[list[str]], list[str]], line: str, said: str
) -> None:
    path = tmp_path / "hypotheses.csv"
    path.write_text("\n".join(change(HYPOTHESES.read_text().splitlines())) + "\n")
    with pytest.raises(BadInput) as stopped:
        open_model(NLI / "model", path)
    assert str(stopped.value).startswith(f"{path}{line}: ")
    assert said in str(stopped.value)


def test_other_hypotheses_are_another_model(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "hypotheses.csv"
    path.write_text(HYPOTHESES.read_text().replace("supported or helped", "stood by"))
    assert NliModel(folder, path).name != NliModel(folder).name


def test_names_with_braces_stay_as_they_are() -> None:
    (said, *_) = read_hypotheses(HYPOTHESES).about(("stance",), "{target}", "{0}")
    assert "{target}" in said
    assert "{0}" in said


def test_the_setting_takes_a_folder_or_an_id(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here" / "weights").mkdir(parents=True)
    taken = {
        given: Settings(weights=given).weights for given in ("owner/name", "here/weights", "x")
    }
    assert taken == {
        "owner/name": "owner/name",
        "here/weights": tmp_path / "here" / "weights",
        "x": tmp_path / "x",
    }


def test_the_kind_of_model_is_told_by_its_configuration(folder: Path) -> None:
    assert isinstance(open_model(folder), NliModel)
    assert isinstance(open_model(Settings().weights), StanceModel)


def test_a_model_of_the_hub_is_named_after_it_and_read_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = tmp_path / "models--owner--name"
    shutil.copytree(NLI / "model", stored / "snapshots" / ("0" * 40))
    (stored / "refs").mkdir()
    (stored / "refs" / "main").write_text("0" * 40)
    program = (
        "from flows.weights import open_model; import sys; print(open_model('owner/name').name)\n"
        "sys.exit('loads torch' if 'torch' in sys.modules else 0)"
    )
    environment = {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("owner/name-")


def test_without_a_hub_one_line_says_what_to_do(tmp_path: Path) -> None:
    environment = {
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_CACHE": str(tmp_path / "cache"),
        "FAIRWEATHER_DATA": str(tmp_path / "data"),
        "FAIRWEATHER_WEIGHTS": "owner/name",
    }
    done = subprocess.run(
        [sys.executable, "-c", "from flows.commands import main; main()", "judge"],
        cwd=ROOT,
        env=os.environ | environment,
        input="",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 5
    assert done.stderr.startswith("fairweather: owner/name: no such folder, and the Hugging Face")
    assert "FAIRWEATHER_WEIGHTS" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
