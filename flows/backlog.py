"""What the warehouse still lacks: evidence of new articles, judgments of new evidence."""

from collections.abc import Callable

from flows.warehouse import Warehouse
from models.entities import Roster
from models.evidence import find_evidence
from models.stance import Judge, Question

Progress = Callable[[int], None]


def search(warehouse: Warehouse, roster: Roster, progress: Progress = lambda done: None) -> int:
    """Find the evidence in every article not yet searched with these names; the new rows."""
    added = 0
    for articles in warehouse.unsearched(roster.version):
        found = [evidence for article in articles for evidence in find_evidence(article, roster)]
        added += warehouse.append_evidence(roster.version, articles, found)
        progress(len(articles))
    return added


def judge(warehouse: Warehouse, model: Judge, progress: Progress = lambda done: None) -> int:
    """Judge all evidence that `model` has not judged; the new rows.

    Each batch is stored once it is judged: who stops it loses a minute's work at most.
    """
    added = 0
    for evidence in warehouse.unjudged(model.name, model.at_once):
        stances = model.judge([Question.about(e) for e in evidence], progress)
        added += warehouse.append_stances(evidence, stances)
    return added
