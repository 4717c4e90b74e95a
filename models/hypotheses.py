"""The sentences that an NLI model is asked to infer, one per code: `seeds/hypotheses.csv`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from models.codes import FIELDS
from models.entities import one_of, read_rows
from models.errors import BadInput
from models.records import identity

COLUMNS = ("field", "code", "hypothesis")
PARTIES = ("actor", "target")


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """A hypothesis per field and code, by field in the order of the field's codes."""

    by_field: dict[str, tuple[str, ...]]

    @property
    def version(self) -> str:
        """Tells wordings apart: other hypotheses are another model."""
        return identity(*(said for field in self.by_field.values() for said in field))

    def about(self, fields: tuple[str, ...], actor: str, target: str) -> list[str]:
        """The hypotheses of `fields`, with the names of both parties in their places."""
        asked = (said for field in fields for said in self.by_field[field])
        return [said.format(actor=actor, target=target) for said in asked]


def read_hypotheses(path: Path) -> Hypotheses:
    """The hypotheses in the CSV file at `path`: columns field, code, hypothesis.

    Raises BadInput with file and line where a row is wrong or stands there twice, and
    with the file where a code has none.
    """
    found: dict[tuple[str, str], str] = {}
    for place, field, code, said in _rows(path):
        if (field, code) in found:
            raise BadInput(f"{place}: {field} {code!r} stands there twice")
        found[field, code] = said
    for field, codes in FIELDS.items():
        if absent := [repr(code) for code in codes if (field, code) not in found]:
            raise BadInput(f"{path}: no hypothesis for {field} {', '.join(absent)}")
    return Hypotheses({f: tuple(found[f, code] for code in codes) for f, codes in FIELDS.items()})


def _rows(path: Path) -> Iterator[tuple[str, str, str, str]]:
    for place, row in read_rows(path, COLUMNS):
        field = one_of(place, "field", row["field"], tuple(FIELDS))
        code = one_of(place, "code", row["code"], FIELDS[field])
        said = row["hypothesis"].strip()
        places = _places(place, said)
        if not said or (field == "stance" and set(places) != set(PARTIES)):
            raise BadInput(
                f"{place}: hypothesis is {said!r}; a sentence, with {{actor}} and {{target}} "
                "where it is about the stance"
            )
        yield place, field, code, said


def _places(place: str, said: str) -> list[str]:
    """The names in braces; raises BadInput where one is neither party."""
    try:
        parts = [part[1:] for part in Formatter().parse(said) if part[1] is not None]
    except ValueError:
        parts = [("", "", None)]
    if any(name not in PARTIES or form or turn for name, form, turn in parts):
        raise BadInput(f"{place}: hypothesis is {said!r}; allowed in braces: actor, target")
    return [str(name) for name, _, _ in parts]
