"""`judge-again`: what is stored, judged by another model beside the first, and what it moved."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from facts import WEDNESDAY, Judged, fill, judged

from flows.database import query
from flows.publish import publish
from flows.rejudge import LEAST, Moved, judge_again
from flows.settings import Settings
from flows.weights import open_model
from models.errors import BadInput
from models.nli import NliModel
from models.records import Stance
from models.stance import Question

ROOT = Path(__file__).parent.parent
NLI = ROOT / "tests" / "nli" / "model"
SURE = {"favor": 0.0, "against": 1.0, "neutral": 0.0, "none": 0.0}
FACTS = [
    judged(f"Moscow {verb} Maduro.", actor=actor, stance="against", level=-1.0, p=SURE)
    for actor in ("russia", "china")
    # To the tiny model: a stance that is asserted, none at all, and one of long ago.
    for verb in ("hits and arms", "backs the ruler", "warns again")
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A tiny NLI model; made of chance, it may be as unsure as it likes."""
    folder = Path(shutil.copytree(NLI, tmp_path / "tiny"))
    config = json.loads((folder / "config.json").read_text()) | {"confidence_floor": 0}
    (folder / "config.json").write_text(json.dumps(config))
    return Settings(data=tmp_path / "data", weights=folder)


def rejudged(settings: Settings, *facts: Judged) -> Moved:
    fill(settings.warehouse, *facts)
    return judge_again(settings)


def by_hand(settings: Settings, *facts: Judged) -> dict[str, Stance]:
    stances = open_model(settings).judge([Question.about(e) for _, e, _ in facts])
    return {e.evidence_id: s for (_, e, _), s in zip(facts, stances, strict=True)}


def test_the_new_judgments_stand_beside_the_old(settings: Settings) -> None:
    moved = rejudged(settings, *FACTS)
    assert (moved.judged, moved.compared) == (len(FACTS), len(FACTS))
    assert moved.before == "model-1"
    _, rows = query(settings.published, "SELECT model, count(*) FROM mart.evidence GROUP BY model")
    assert dict(rows) == {"model-1": len(FACTS), moved.model: len(FACTS)}
    assert query(settings.published, "SELECT model FROM mart.meta")[1] == [(moved.model,)]
    _, runs = query(settings.published, "SELECT state, stances FROM main.runs")
    assert runs == [("done", len(FACTS))]


def test_again_adds_nothing_and_tells_the_same(settings: Settings) -> None:
    first = rejudged(settings, *FACTS)
    assert judge_again(settings) == replace(first, judged=0)


def test_sentences_whose_stance_changed_are_listed(settings: Settings) -> None:
    moved = rejudged(settings, *FACTS)
    changed = {i: s for i, s in by_hand(settings, *FACTS).items() if s.stance != "against"}
    assert changed
    assert moved.changed == len(changed)
    for row in moved.sentences:
        stance = changed[row["evidence_id"]]
        assert (row["stance_before"], row["level_before"]) == ("against", -1.0)
        assert (row["stance_after"], row["level_after"]) == (stance.stance, stance.level)
        assert row["change_after"] == stance.change


def test_points_are_those_of_the_trend_before_and_after(settings: Settings) -> None:
    fill(settings.warehouse, *FACTS)
    weekly = "SELECT week, actor, target, channel, level, n_evidence FROM mart.stance_weekly"
    latest = "SELECT week, actor, target, 'all', stance, change FROM mart.latest_stance"
    publish(settings.warehouse, settings.published, "model-1")
    before = [query(settings.published, view)[1] for view in (weekly, latest)]
    moved = judge_again(settings)
    after = [query(settings.published, view)[1] for view in (weekly, latest)]
    assert moved.points_compared == len(moved.points)
    for side, (points, standing) in (("before", before), ("after", after)):
        assert points
        assert sorted(told(moved, side, "level", "n")) == sorted(points)
        assert set(standing) <= set(told(moved, side, "stance", "change"))


def told(moved: Moved, side: str, *parts: str) -> list[tuple[object, ...]]:
    """The points that one side has, each with its place and the `parts` of that side."""
    place = ("week", "actor", "target", "channel")
    return [
        (*(p[of] for of in place), *(p[f"{part}_{side}"] for part in parts))
        for p in moved.points
        if p[f"n_{side}"]
    ]


def test_what_moved_furthest_comes_first(settings: Settings) -> None:
    moved = rejudged(settings, *FACTS)
    levels = [(p["level_before"], p["level_after"]) for p in moved.points]
    distances = [2 if None in pair else abs(pair[0] - pair[1]) for pair in levels]
    assert distances == sorted(distances, reverse=True)
    assert min(distances) >= LEAST


def test_what_the_model_before_declined_gets_its_point(settings: Settings) -> None:
    article, evidence, _ = FACTS[0]
    declined = Stance("model-1", "unscored", reason="language es is not covered by model-1")
    moved = rejudged(settings, (article, replace(evidence, language="es"), declined))
    (row,) = moved.sentences
    assert (row["stance_before"], row["level_before"]) == ("unscored", None)
    (stance,) = by_hand(settings, FACTS[0]).values()
    assert row["stance_after"] == stance.stance
    (point,) = (p for p in moved.points if p["channel"] == "all")
    assert (point["stance_before"], point["n_before"]) == ("", 0)
    assert (point["stance_after"], point["n_after"]) == (stance.stance, 1)


def test_stopped_it_goes_on_where_it_was(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, asked = NliModel.judge, []

    def stopped(self: NliModel, questions: list[Question], progress: object) -> list[Stance]:
        asked.append(len(questions))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return judge(self, questions)

    monkeypatch.setattr(NliModel, "at_once", 4)
    monkeypatch.setattr(NliModel, "judge", stopped)
    with pytest.raises(KeyboardInterrupt):
        rejudged(settings, *FACTS)
    moved = judge_again(settings)
    assert asked == [4, 2, 2]
    assert (moved.judged, moved.compared) == (2, len(FACTS))
    _, runs = query(settings.published, "SELECT state, stances FROM main.runs ORDER BY started_at")
    assert runs == [("died", None), ("done", 2)]


def test_at_most_twenty_sentences_are_listed_and_all_counted(settings: Settings) -> None:
    many = [
        judged(f"Moscow backs the ruler {n} Maduro.", stance="against", level=-1.0, p=SURE)
        for n in range(25)
    ]
    moved = rejudged(settings, *many)
    assert moved.compared == 25
    assert len(moved.sentences) == min(moved.changed, 20)


def test_with_one_model_there_is_nothing_to_compare(settings: Settings) -> None:
    model = rejudged(settings).model
    moved = rejudged(settings, judged("Moscow backs the ruler Maduro.", model=model))
    assert (moved.before, moved.compared, moved.points, moved.sentences) == ("", 0, [], [])


def test_back_with_the_older_model_it_is_compared_with_the_newer(settings: Settings) -> None:
    newer = rejudged(settings, *FACTS).model
    publish(settings.warehouse, settings.published, "model-1")
    _, rows = query(
        settings.published, "SELECT DISTINCT model_before, model_after FROM mart.rejudged"
    )
    assert rows == [(newer, "model-1")]


def test_only_what_both_judged_is_compared(settings: Settings) -> None:
    old, new = FACTS[0], judged("Beijing warns the ruler Maduro.", WEDNESDAY, "china")
    fill(settings.warehouse, old, (*new[:2], replace(new[2], model="model-0")), new)
    fill(settings.warehouse, (*old[:2], replace(old[2], model="model-2")))
    assert judge_again(settings).compared == 1


def test_without_a_warehouse_it_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(BadInput, match="fairweather run"):
        judge_again(settings)
    assert not settings.data.exists()


def shell(settings: Settings, *words: str) -> str:
    environment = {
        "FAIRWEATHER_DATA": str(settings.data),
        "FAIRWEATHER_WEIGHTS": str(settings.weights),
    }
    done = subprocess.run(
        [sys.executable, "-c", "from flows.commands import main; main()", "judge-again", *words],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_prints_what_moved(settings: Settings) -> None:
    fill(settings.warehouse, *FACTS)
    told = json.loads(shell(settings, "--json"))
    assert told["compared"] == len(FACTS)
    assert {row["actor"] for row in told["points"]} == {"russia", "china"}
    shown = shell(settings)
    assert "0 judged" in shown
    assert "before: model-1" in shown
    assert f"{told['changed']} of {len(FACTS)} sentences have another stance" in shown
    for row in told["sentences"]:
        assert row["sentence"] in shown
