"""An NLI model in the place of our weights: a tiny one with random weights (`nli/make.py`)."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tokenizers import Tokenizer

from flows.settings import Settings
from flows.weights import open_model
from models.codes import FIELDS
from models.errors import BadInput, WeightsUnusable
from models.hypotheses import read_hypotheses
from models.nli import NliModel
from models.records import Stance
from models.stance import Question, StanceModel

NLI = Path(__file__).parent / "nli"
ROOT = Path(__file__).parent.parent
HYPOTHESES = Settings().hypotheses
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


def nli(folder: Path, hypotheses: Path = HYPOTHESES) -> NliModel:
    return NliModel(folder, hypotheses)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The tiny model, to be changed; made of chance, it may be as unsure as it likes."""
    made = Path(shutil.copytree(NLI / "model", tmp_path / "tiny"))
    configure(made, confidence_floor=0)
    return made


def configure(folder: Path, **values: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_it_answers_in_the_codes_of_the_codebook(folder: Path) -> None:
    stances = nli(folder).judge(QUESTIONS)
    assert len({stance.level for stance in stances}) > 10
    for stance in stances:
        assert sum(stance.p.values()) == pytest.approx(1, abs=0.001)
        assert list(stance.p) == list(FIELDS["stance"])
        assert stance.level == pytest.approx(stance.p["favor"] - stance.p["against"], abs=0.0002)
        for field, codes in FIELDS.items():
            given = getattr(stance, field)
            assert given in codes if stance.stance != "none" or field == "stance" else not given
        sure = [field for field in FIELDS if field != "stance" and stance.stance != "none"]
        assert list(stance.p_codes) == sure
        assert all(1 / len(FIELDS[f]) <= stance.p_codes[f] <= 1 for f in sure)


NETWORKS = {
    "three labels": ("model/onnx/model.onnx", ("contradiction", "neutral", "entailment")),
    "two labels, no token types": ("two_labels.onnx", ("entailment", "not_entailment")),
    "dynamic int8": ("dynamic.onnx", ("contradiction", "neutral", "entailment")),
}


@pytest.mark.parametrize(("graph", "labels"), NETWORKS.values(), ids=NETWORKS)
def test_alone_and_in_a_batch_the_answer_is_the_same(
    folder: Path, graph: str, labels: tuple[str, ...]
) -> None:
    (folder / GRAPH).write_bytes((NLI / graph).read_bytes())
    configure(folder, id2label=dict(enumerate(labels)))
    model = nli(folder)
    alone = [model.judge([question])[0] for question in QUESTIONS]
    assert len({stance.level for stance in alone}) > 10
    assert model.judge(QUESTIONS) == alone
    for row, stance in zip(model.sides(QUESTIONS), alone, strict=True):
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
    found = nli(folder).sides(QUESTIONS[:1])[0]
    assert found.tolist() == pytest.approx(expected(QUESTIONS[0], column), abs=1e-5)


def test_the_exact_graph_goes_before_the_quantised_one(folder: Path) -> None:
    exact = nli(folder)
    shutil.copyfile(NLI / "dynamic.onnx", folder / "onnx" / "model_quantized.onnx")
    assert nli(folder).judge(QUESTIONS) == exact.judge(QUESTIONS)
    (folder / GRAPH).unlink()
    small = nli(folder)
    assert small.name != exact.name
    assert exact.judge(QUESTIONS) != [replace(s, model=exact.name) for s in small.judge(QUESTIONS)]


def test_a_name_that_its_alias_cuts_is_asked_whole(folder: Path) -> None:
    whole, cut = about("Russian Moscow backs Caracas."), about("Russian Moscow backs Caracas.")
    cut = replace(cut, actor=((8, 11),), target=((21, 24),))
    model = nli(folder)
    assert model.judge([cut]) == model.judge([whole])


DECLINED = {
    "no text": (Question("  ", (), (), "en"), "no text"),
    "neither name": (Question("It rains.", (), (), "en"), "neither"),
    "no target": (Question("Moscow waits.", ((0, 6),), (), "en"), "does not name the target"),
    "no actor": (Question("Caracas waits.", (), ((0, 7),), "en"), "does not name the actor"),
}


@pytest.mark.parametrize(("question", "reason"), DECLINED.values(), ids=DECLINED)
def test_declining_gives_the_reason(folder: Path, question: Question, reason: str) -> None:
    model = nli(folder)
    said = model.judge([QUESTIONS[0], question, QUESTIONS[1]])
    assert said[1] == Stance(model.name, "unscored", reason=said[1].reason)
    assert reason in said[1].reason
    assert [said[0], said[2]] == model.judge(QUESTIONS[:2])


CARDS = {
    "no card": ("", ()),
    "no metadata": ("# language: en\nlanguage: en\n", ()),
    "one language": ("---\nlicense: mit\nlanguage: en\ntags:\n- nli\n---\n", ("en",)),
    "a list": ("---\nlanguage:\n- en\n- es\nlicense: mit\n---\nlanguage: ru", ("en", "es")),
    "an indented list": ("---\r\nlanguage:\r\n  - en\r\n  - fr\r\n---\r\n", ("en", "fr")),
    "a list in brackets": ("---\nlanguage: [es, 'en']\n---\n", ("en", "es")),
    "many, and some of them named": ("---\nlanguage: \n- multilingual\n- zh\n---\n", ()),
    "metadata that says nothing of it": ("---\nlicense: mit\n---\n\nlanguage: en\n", ()),
}


@pytest.mark.parametrize(("card", "languages"), CARDS.values(), ids=CARDS)
def test_its_languages_are_those_of_its_card(
    folder: Path, card: str, languages: tuple[str, ...]
) -> None:
    (folder / "README.md").write_bytes(card.encode())
    model = nli(folder)
    assert model.languages == languages
    russian = replace(QUESTIONS[0], language="ru")
    (stance,) = model.judge([russian])
    if languages:
        assert stance == Stance(model.name, "unscored", reason=stance.reason)
        assert "language ru" in stance.reason
    else:
        assert stance.stance in FIELDS["stance"]


def test_what_its_configuration_names_goes_before_its_card(folder: Path) -> None:
    (folder / "README.md").write_text("---\nlanguage: es\n---\n")
    configure(folder, languages=["en"])
    assert nli(folder).languages == ("en",)


def test_under_its_floor_it_declines(folder: Path) -> None:
    configure(folder, confidence_floor=0.999)
    (stance,) = nli(folder).judge(QUESTIONS[:1])
    assert stance.stance == "unscored"
    assert "under the floor 1.00" in stance.reason


def test_its_floor_is_that_of_our_own_weights_unless_it_names_one() -> None:
    assert nli(NLI / "model").floor == StanceModel(Settings().weights).floor


def test_a_text_of_any_length_is_judged(folder: Path) -> None:
    text = "Word upon word. " * 5000 + "Moscow backs Caracas." + " Word upon word." * 5000
    (stance,) = nli(folder).judge([about(text)])
    assert stance.stance in FIELDS["stance"]


def test_no_question_no_answer(folder: Path) -> None:
    assert nli(folder).judge([]) == []


def test_progress_counts_every_question_once(folder: Path) -> None:
    told: list[int] = []
    questions = [*QUESTIONS * 3, DECLINED["no text"][0]]
    nli(folder).judge(questions, told.append)
    assert sum(told) == len(questions)


UNUSABLE: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "no network": (lambda f: (f / GRAPH).unlink(), [GRAPH, "model.safetensors", "missing"]),
    "no tokenizer": (lambda f: (f / "tokenizer.json").unlink(), ["tokenizer.json", "missing"]),
    "labels of another graph": (
        lambda f: configure(f, id2label={"0": "entailment", "1": "not_entailment"}),
        ["logits of shape (1, 2)"],
    ),
    "labels without entailment": (
        lambda f: configure(f, id2label={"0": "LABEL_0", "1": "LABEL_1"}),
        ["no label entailment", "LABEL_0, LABEL_1"],
    ),
    "no labels": (lambda f: configure(f, id2label=None), ["no label entailment but none"]),
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
        open_model(Settings(weights=folder))
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
        nli(NLI / "model", path)
    assert str(stopped.value).startswith(f"{path}{line}: ")
    assert said in str(stopped.value)


def test_other_hypotheses_are_another_model(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "hypotheses.csv"
    path.write_text(HYPOTHESES.read_text().replace("supported or helped", "stood by"))
    assert nli(folder, path).name != nli(folder).name


def test_names_with_braces_stay_as_they_are() -> None:
    (said, *_) = read_hypotheses(HYPOTHESES).about(("stance",), "{target}", "{0}")
    assert "{target}" in said
    assert "{0}" in said


def test_the_setting_takes_a_folder_or_an_id(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here" / "weights").mkdir(parents=True)
    taken = {
        given: Settings(weights=given).weights
        for given in ("owner/name", "owner/name@v1.0", "here/weights", "x")
    }
    assert taken == {
        "owner/name": "owner/name",
        "owner/name@v1.0": "owner/name@v1.0",
        "here/weights": tmp_path / "here" / "weights",
        "x": tmp_path / "x",
    }


def test_the_kind_of_model_is_told_by_its_configuration(folder: Path) -> None:
    assert isinstance(open_model(Settings(weights=folder)), NliModel)
    assert isinstance(open_model(Settings()), StanceModel)


NEW, OLD = "0" * 40, "1" * 40


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """The hub's cache with two revisions of one model, laid out as the hub's client does."""
    cache = tmp_path / "cache"
    stored = cache / "models--owner--name"
    for revision, refs in ((NEW, "main"), (OLD, "v1.0")):
        for path in sorted(p for p in (NLI / "model").rglob("*") if p.is_file()):
            # The older revision has another configuration.
            is_changed = revision == OLD and path.name == "config.json"
            content = path.read_bytes() + b"\n" * is_changed
            blob = stored / "blobs" / sha256(content).hexdigest()
            blob.parent.mkdir(parents=True, exist_ok=True)
            blob.write_bytes(content)
            link = stored / "snapshots" / revision / path.relative_to(NLI / "model")
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(blob)
        (stored / "refs").mkdir(exist_ok=True)
        (stored / "refs" / refs).write_text(revision)
    return cache


def fairweather(cache: Path, weights: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The command line on a machine that no hub answers, with `cache` as the hub's cache."""
    environment = {
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_CACHE": str(cache),
        "FAIRWEATHER_DATA": str(cache / "data"),
        "FAIRWEATHER_WEIGHTS": weights,
    }
    return subprocess.run(
        [sys.executable, "-c", "from flows.commands import main; main()", *words],
        cwd=ROOT,
        env=os.environ | environment,
        input='{"text": "Moscow backs Caracas.", "actor": "Moscow", "target": "Caracas"}',
        capture_output=True,
        text=True,
    )


def judged_by(cache: Path, weights: str) -> str:
    done = fairweather(cache, weights, "judge")
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["model"])


def test_a_model_of_the_hub_is_named_after_it_and_read_from_the_cache(hub: Path) -> None:
    assert judged_by(hub, "owner/name").startswith("owner/name-")


def test_a_revision_pins_the_model(hub: Path) -> None:
    newest = judged_by(hub, "owner/name")
    assert judged_by(hub, f"owner/name@{NEW}") == newest
    assert judged_by(hub, f"owner/name@{OLD}") == judged_by(hub, "owner/name@v1.0") != newest


def test_the_doctor_names_the_revision_to_pin(hub: Path) -> None:
    assert (
        f"reads any language; owner/name@{NEW} pins it"
        in fairweather(hub, "owner/name", "doctor").stdout
    )


def test_a_damaged_file_of_the_cache_is_found_by_its_name(hub: Path) -> None:
    graph = hub / "models--owner--name" / "snapshots" / NEW / GRAPH
    content = bytearray(graph.read_bytes())
    content[len(content) // 2] ^= 1
    graph.resolve().write_bytes(content)
    done = fairweather(hub, "owner/name", "judge")
    assert done.returncode == 5
    assert "damaged" in done.stderr


def test_a_model_of_the_hub_without_a_graph_says_what_to_install(hub: Path) -> None:
    if find_spec("torch"):
        pytest.skip("torch is installed")
    graph = hub / "models--owner--name" / "snapshots" / NEW / GRAPH
    graph.rename(graph.parent.parent / "model.safetensors")
    done = fairweather(hub, "owner/name", "judge")
    assert done.returncode == 5
    assert done.stderr.startswith("fairweather: owner/name: no ONNX graph")
    assert "uv sync --extra train" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("weights", ["owner/other", "owner/name@v2.0"])
def test_without_a_hub_one_line_says_what_to_do(hub: Path, weights: str) -> None:
    done = fairweather(hub, weights, "judge")
    assert done.returncode == 5
    assert done.stderr.startswith(f"fairweather: {weights}: no such folder, and the Hugging Face")
    assert "FAIRWEATHER_WEIGHTS" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_without_torch_weights_for_it_say_what_to_install(folder: Path) -> None:
    if find_spec("torch"):
        pytest.skip("torch is installed")
    (folder / GRAPH).rename(folder / "model.safetensors")
    with pytest.raises(WeightsUnusable, match="uv sync --extra train"):
        nli(folder)


def test_without_sentencepiece_its_models_say_what_to_install(folder: Path) -> None:
    if find_spec("sentencepiece"):
        pytest.skip("sentencepiece is installed")
    (folder / "tokenizer.json").rename(folder / "spm.model")
    with pytest.raises(WeightsUnusable, match=r"sentencepiece.*uv sync --extra train"):
        nli(folder)


def test_a_vocabulary_is_made_a_tokenizer(folder: Path) -> None:
    model = nli(folder)
    words = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.txt").write_text("\n".join(words))
    configure(folder, model_type="bert")
    again = nli(folder)
    assert again.sides(QUESTIONS).tolist() == model.sides(QUESTIONS).tolist()
    assert again.name != model.name


def test_the_report_card_of_another_model_has_no_floors(tmp_path: Path) -> None:
    from flows.card import print_card

    seeds = Path(shutil.copytree(Settings().seeds, tmp_path / "seeds"))
    rows = (seeds / "sentences" / "test.jsonl").read_text().splitlines()
    (seeds / "sentences" / "test.jsonl").write_text("\n".join(rows[::40]))
    print_card(Settings(seeds=seeds, weights=NLI / "model"), None, json=True)
