"""Who can be an actor or a target, under which names, since when: `entities.csv`, `aliases.csv`."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from models.errors import BadInput
from models.records import identity

ENTITY_COLUMNS = ("entity", "name", "kind", "role", "stands_for", "from", "until", "wikidata")
ALIAS_COLUMNS = ("alias", "entity", "language", "match")
ROLES = ("actor", "target", "third", "other")
"""`third` acts toward targets without being followed; `other` is another target."""
KINDS = (
    *("state", "person", "ministry", "spokesperson", "parliament", "armed_forces", "state_firm"),
    *("party", "government", "opposition", "organisation", "reference"),
)
"""A `reference` ("both nations") stands for the actors that were last named together."""
LANGUAGES = ("en", "es", "pt", "ru", "zh", "und")
MATCHES = ("word", "prefix", "substring")


@dataclass(frozen=True, slots=True)
class Entity:
    """One dated role of an entity: for whom it stands in [since, until)."""

    entity: str
    name: str
    kind: str
    role: str
    stands_for: str
    since: date
    until: date
    wikidata: str = ""


@dataclass(frozen=True, slots=True)
class Alias:
    """A surface form of an entity in one language (`und`: in any)."""

    alias: str
    entity: str
    language: str
    match: str


@dataclass(frozen=True, eq=False)
class Roster:
    """All entities with their dated roles, and all aliases."""

    entities: tuple[Entity, ...]
    aliases: tuple[Alias, ...]

    @cached_property
    def version(self) -> str:
        """Tells rosters apart: articles are searched again where it changed."""
        return identity(*map(repr, self.entities), *map(repr, self.aliases))

    @property
    def names(self) -> dict[str, str]:
        """The actors and targets that are followed, by id, with their names."""
        return {e.entity: e.name for e in self.entities if e.entity == e.stands_for}

    def find(self, name: str) -> str | None:
        """The actor or target that `name` (an id, a name or an alias) stands for, if any."""
        meant = {name, *self._bearers.get(name, ())}
        for e in self.entities:
            if (e.entity in meant or e.name == name) and e.role in ("actor", "target"):
                return e.stands_for
        return None

    @cached_property
    def _bearers(self) -> dict[str, set[str]]:
        """The entities that go by each alias."""
        bearers: dict[str, set[str]] = {}
        for alias in self.aliases:
            bearers.setdefault(alias.alias, set()).add(alias.entity)
        return bearers


def read_roster(folder: Path) -> Roster:
    """The roster in `folder`; raises BadInput with file, line and column where it is not sound."""
    entities = tuple(_read_entities(folder / "entities.csv"))
    known = {entity.entity for entity in entities}
    aliases = tuple(_read_aliases(folder / "aliases.csv", known))
    return Roster(entities, aliases)


def read_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a seeds file, each with its place (`file:line`) for messages.

    Raises BadInput where the file is missing, no UTF-8, or its columns are not `columns`.
    """
    try:
        with path.open(encoding="utf8", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            if tuple(reader.fieldnames or ()) != columns:
                raise BadInput(
                    f"{path}:1: columns are {','.join(reader.fieldnames or ('none',))}; "
                    f"allowed: {','.join(columns)}"
                )
            for row in reader:
                place = f"{path}:{reader.line_num}"
                if None in row or None in row.values():
                    raise BadInput(f"{place}: not {len(columns)} columns; quote a comma in a value")
                yield place, row
    except FileNotFoundError:
        raise BadInput(f"{path}: no such file; it belongs to the seeds") from None
    except (OSError, UnicodeError, csv.Error) as error:
        raise BadInput(f"{path}: cannot be read as UTF-8 CSV ({error})") from None


def one_of(place: str, column: str, value: str, allowed: tuple[str, ...]) -> str:
    """`value`, or BadInput that names the place, the column and what is allowed."""
    if value not in allowed:
        raise BadInput(f"{place}: {column} is {value!r}; allowed: {', '.join(allowed)}")
    return value


def _read_entities(path: Path) -> Iterator[Entity]:
    rows = list(read_rows(path, ENTITY_COLUMNS))
    known = tuple(sorted({row["entity"] for _, row in rows}))
    periods: dict[str, list[Entity]] = {}
    for place, row in rows:
        entity = Entity(
            entity=row["entity"],
            name=row["name"],
            kind=one_of(place, "kind", row["kind"], KINDS),
            role=one_of(place, "role", row["role"], ROLES),
            stands_for=_known(place, "stands_for", row["stands_for"], known),
            since=_day(place, "from", row["from"], date.min),
            until=_day(place, "until", row["until"], date.max),
            wikidata=row["wikidata"],
        )
        if entity.since >= entity.until:
            raise BadInput(f"{place}: until is {row['until']!r}; a day after from, or empty")
        for other in periods.setdefault(entity.entity, []):
            if entity.since < other.until and other.since < entity.until:
                raise BadInput(f"{place}: two roles of {entity.entity!r} at the same time")
        periods[entity.entity].append(entity)
        yield entity


def _read_aliases(path: Path, entities: set[str]) -> Iterator[Alias]:
    seen: dict[tuple[str, str], str] = {}
    for place, row in read_rows(path, ALIAS_COLUMNS):
        alias = Alias(
            alias=row["alias"],
            entity=_known(place, "entity", row["entity"], tuple(entities)),
            language=one_of(place, "language", row["language"], LANGUAGES),
            match=one_of(place, "match", row["match"], MATCHES),
        )
        if not alias.alias.strip():
            raise BadInput(f"{place}: alias is empty")
        before = seen.setdefault((alias.alias, alias.language), alias.entity)
        if before != alias.entity:
            raise BadInput(f"{place}: {alias.alias!r} is an alias of {before!r} already")
        yield alias


def _known(place: str, column: str, entity: str, entities: tuple[str, ...]) -> str:
    if entity not in entities:
        raise BadInput(f"{place}: {column} is {entity!r}; no such entity in entities.csv")
    return entity


def _day(place: str, column: str, value: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(value) if value else otherwise
    except ValueError:
        raise BadInput(f"{place}: {column} is {value!r}; a date like 2013-03-05 or empty") from None
