"""Training rows: what the networks read, and in which direction."""

import gzip
from pathlib import Path

from roster import small_roster

from models.entities import read_roster
from models.training.examples import Example, headline_examples, swapped


def test_the_other_direction_is_asked_without_labels() -> None:
    example = Example(" [ACTOR]  thanked  [TARGET] ; [ACTOR] left.", {"stance": "favor"})
    assert swapped(example) == Example(" [TARGET]  thanked  [ACTOR] ; [TARGET] left.")


def test_headlines_that_name_two_entities_are_asked(tmp_path: Path) -> None:
    small_roster(tmp_path)
    lines = "2019-01-24\tru\tRussia hails Maduro\n2019-01-24\tru\tRussia hails the spring\n"
    path = tmp_path / "headlines.tsv.gz"
    path.write_bytes(gzip.compress(lines.encode()))
    texts = [e.text.split() for e in headline_examples(path, read_roster(tmp_path))]
    assert texts == [["[ACTOR]", "hails", "[TARGET]"]]
