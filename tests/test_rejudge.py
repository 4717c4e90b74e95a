"""`judge-again`: what is stored, judged by another model beside the first, and what it moved."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from facts import WEDNESDAY, Judged, fill, judged

from flows.database import query
from flows.publish import publish
from flows.rejudge import Moved, judge_again
from flows.settings import Settings
from models.errors import BadInput
from models.records import Stance
from models.stance import Question

ROOT = Path(__file__).parent.parent
NLI = ROOT / "tests" / "nli" / "model"
SURE = {"favor": 0.0, "against": 1.0, "neutral": 0.0, "none": 0.0}
FACTS = [
    judged(f"Moscow {verb} the ruler Maduro.", actor=actor, stance="against", level=-1.0, p=SURE)
    for actor in ("russia", "china")
    for verb in ("backs", "hits", "warns")
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, weights=NLI)


def rejudged(settings: Settings, *facts: Judged) -> Moved:
    fill(settings.warehouse, *facts)
    return judge_again(settings)


def by_hand(settings: Settings) -> dict[str, Stance]:
    from flows.weights import open_model

    stances = open_model(settings.weights).judge([Question.about(e) for _, e, _ in FACTS])
    return {e.evidence_id: s for (_, e, _), s in zip(FACTS, stances, strict=True)}


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
    changed = {i: s for i, s in by_hand(settings).items() if s.stance != "against"}
    assert changed
    assert moved.changed == len(changed)
    for row in moved.sentences:
        stance = changed[row["evidence_id"]]
        assert (row["stance_before"], row["level_before"]) == ("against", -1.0)
        assert (row["stance_after"], row["level_after"]) == (stance.stance, stance.level)
        assert row["change_after"] == stance.change


def test_points_are_those_of_the_trend_before_and_after(settings: Settings) -> None:
    fill(settings.warehouse, *FACTS)
    latest = "SELECT actor, target, stance, level, n_evidence FROM mart.latest_stance"
    publish(settings.warehouse, settings.published, "model-1")
    before = query(settings.published, latest)[1]
    moved = judge_again(settings)
    after = query(settings.published, latest)[1]
    for side, points in (("before", before), ("after", after)):
        told = [
            (p["actor"], p["target"], *(p[f"{part}_{side}"] for part in ("stance", "level", "n")))
            for p in moved.points
            if p[f"n_{side}"]
        ]
        assert sorted(told) == sorted(points)
    assert before


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
    assert list(settings.data.iterdir()) == []


def shell(settings: Settings, *words: str) -> str:
    environment = {"FAIRWEATHER_DATA": str(settings.data), "FAIRWEATHER_WEIGHTS": str(NLI)}
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
