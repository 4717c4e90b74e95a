"""The measures of the report card, against values worked out by hand."""

from pathlib import Path

import numpy as np
import pytest

from models.evaluation import (
    accuracy,
    calibration_error,
    disagreement,
    macro_f1,
    measure,
    read_dse,
    renamed,
    selective_accuracy,
)
from models.stance import Question

PAIRS = np.array(
    [("favor", "favor"), ("favor", "none"), ("none", "none"), ("none", "none"), ("neutral", "none")]
)


def test_accuracy_is_the_share_of_right_codes() -> None:
    assert accuracy(PAIRS) == 3 / 5


def test_macro_f1_is_the_mean_over_codes_that_occur() -> None:
    # favor: 2*1/(2+1); none: 2*2/(2+4); neutral: 0; against occurs nowhere
    codes = ("favor", "against", "neutral", "none")
    assert macro_f1(codes)(PAIRS) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)


def test_disagreement_is_the_share_of_rows_that_moved() -> None:
    assert disagreement(PAIRS) == 2 / 5


def test_renamed_parties_stand_where_the_old_ones_stood() -> None:
    question = Question(
        "Moscow hails Maduro; Putin rang him.", ((0, 6), (21, 26)), ((13, 19),), "en"
    )
    told = renamed(question)
    assert told.text == "Zembla hails Ruritania; Zembla rang him."
    assert [told.text[a:b] for a, b in (*told.actor, *told.target)] == [
        "Zembla",
        "Zembla",
        "Ruritania",
    ]


def test_calibration_error_weighs_the_gap_of_each_bin() -> None:
    sure = np.array([(0.95, 1.0), (0.95, 0.0), (0.55, 1.0), (0.55, 1.0)])
    assert calibration_error(sure) == pytest.approx(0.5 * 0.45 + 0.5 * 0.45)


def test_selective_accuracy_leaves_out_the_least_sure_fifth() -> None:
    sure = np.array([(0.9, 1.0), (0.8, 1.0), (0.7, 1.0), (0.6, 1.0), (0.5, 0.0)])
    assert selective_accuracy(sure) == 1.0


def test_an_interval_holds_its_value_and_is_the_same_twice() -> None:
    first, second = (measure("accuracy", PAIRS, accuracy) for _ in range(2))
    assert first == second
    assert first.low <= first.value <= first.high


def test_a_measure_under_its_floor_does_not_hold() -> None:
    of = {"low": 0.0, "high": 1.0, "n": 5}
    kind = type(measure("accuracy", PAIRS, accuracy))
    assert not kind("a", 0.5, **of, floor=0.6).holds
    assert kind("a", 0.5, **of, floor=0.4).holds
    assert not kind("a", 0.5, **of, floor=0.4, at_most=True).holds
    assert kind("a", 0.5, **of).holds


def test_brackets_of_the_directed_corpus_become_spans(tmp_path: Path) -> None:
    path = tmp_path / "valid.txt"
    path.write_text("[Ann] thanked [Bob].\tAnn\tBob\t1\n[Ann] met [Bob].\tBob\tAnn\t0\n")
    (first, second) = read_dse(path)
    assert first == ("Ann thanked Bob.", (0, 3), (12, 15), 1)
    assert second == ("Ann met Bob.", (8, 11), (0, 3), 0)
