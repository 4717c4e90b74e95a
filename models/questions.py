"""Questions from rows of JSONL: `judge` reads them, the labelled sets are made of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.entities import Roster
from models.errors import BadInput
from models.language import identify
from models.mentions import matcher
from models.records import Span, Stance
from models.stance import Question


class Asker:
    """Turns rows into questions, with the places of actor and target in the text.

    A party that the roster knows is found under all its names, whatever the date; any
    other by its name as it stands. Spans that the row gives are taken as they are.
    """

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def question(self, row: Mapping[str, Any]) -> Question:
        text = str(row["text"])
        language = str(row.get("language") or identify(text))
        actor, target = (self._spans(row, party, text, language) for party in ("actor", "target"))
        # Where both go by one name, the actor's place is the actor's alone.
        return Question(text, actor, tuple(s for s in target if s not in actor), language)

    def _spans(
        self, row: Mapping[str, Any], party: str, text: str, language: str
    ) -> tuple[Span, ...]:
        given = row.get(f"{party}_spans") or [s for s in [row.get(f"{party}_span")] if s]
        if given:
            return tuple((int(start), int(end)) for start, end in given)
        name = str(row[party])
        return self._known(name, text, language) or tuple(_occurrences(text, name))

    def _known(self, name: str, text: str, language: str) -> tuple[Span, ...]:
        party = self._roster.find(name)
        speakers = {e.entity for e in self._roster.entities if e.stands_for == party}
        if not speakers:
            return ()
        named = matcher(self._roster, language).named(text)
        return tuple(span for span, entity in named if entity in speakers)


def read_questions(lines: Sequence[str], place: str) -> Iterator[dict[str, Any]]:
    """Rows of JSONL; raises BadInput with the line where one is no question."""
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                yield read_question(line)
        except ValueError as error:
            raise BadInput(f"{place}:{number}: {error}") from None


def read_question(line: str) -> dict[str, Any]:
    """The row of a line of JSONL; raises ValueError that says what is wrong with it."""
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ValueError(f"no JSON ({error})") from None
    if not isinstance(row, dict):
        raise ValueError("no JSON object")
    for field in ("text", "actor", "target"):
        if not isinstance(row.get(field), str):
            raise ValueError(f'no "{field}" of type string')
    for field in ("actor_span", "target_span"):
        if not _is_span(row.get(field), len(row["text"])):
            raise ValueError(f'"{field}" is no [start, end) inside the text')
    return row


def _is_span(value: Any, length: int) -> bool:
    if value is None:
        return True
    whole = isinstance(value, list) and len(value) == 2 and all(type(v) is int for v in value)
    return whole and 0 <= value[0] < value[1] <= length


def _occurrences(text: str, name: str) -> Iterator[Span]:
    at = text.find(name) if name else -1
    while at >= 0:
        yield at, at + len(name)
        at = text.find(name, at + len(name))


def answer(row: Mapping[str, Any], stance: Stance) -> dict[str, Any]:
    """What `judge` writes for a row."""
    fields = ("change", "channel", "domain", "modality", "attribution", "model")
    said = {"id": row.get("id"), "stance": stance.stance, "level": stance.level, "p": stance.p}
    said |= {field: getattr(stance, field) for field in fields} | {"p_codes": stance.p_codes}
    return said | ({"reason": stance.reason} if stance.reason else {})
