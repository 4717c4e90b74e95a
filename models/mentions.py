"""Where entities are named in a text."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ahocorasick_rs import AhoCorasick

from models.entities import Alias, Entity, Roster
from models.records import Span


@dataclass(frozen=True, slots=True)
class Mention:
    """A place [start, end) in the text where an entity is named, in its role on that day."""

    start: int
    end: int
    entity: Entity


class Matcher:
    """Finds the aliases of a roster in texts of one language; longest match wins."""

    def __init__(self, roster: Roster, language: str) -> None:
        # What any language may say first, so that the language's own reading replaces it.
        chosen = {a.alias: a for a in roster.aliases if a.language == "und"}
        chosen |= {a.alias: a for a in roster.aliases if a.language == language}
        self._aliases = list(chosen.values())
        self._automaton = AhoCorasick([a.alias for a in self._aliases])
        self._roles: dict[str, list[Entity]] = {}
        for entity in roster.entities:
            self._roles.setdefault(entity.entity, []).append(entity)

    def mentions(self, text: str, day: date) -> list[Mention]:
        """Mentions in order of their place, without overlaps, with roles as of `day`."""
        roles = ((span, self._role(entity, day)) for span, entity in self.named(text))
        return [Mention(*span, entity) for span, entity in roles if entity]

    def named(self, text: str) -> list[tuple[Span, str]]:
        """Places where an entity is named, with its id, whatever its role."""
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        placed = ((_placed(text, self._aliases[i], start, end), i) for i, start, end in found)
        longest = _longest((span, i) for span, i in placed if span)
        return [(span, self._aliases[i].entity) for span, i in longest]

    def _role(self, entity: str, day: date) -> Entity | None:
        return next((r for r in self._roles[entity] if r.since <= day < r.until), None)


@lru_cache(maxsize=32)
def matcher(roster: Roster, language: str) -> Matcher:
    """The one matcher of a roster for a language: it takes a moment to build."""
    return Matcher(roster, language)


def _placed(text: str, alias: Alias, start: int, end: int) -> Span | None:
    """The span that a match really covers under its mode; None where it is no match."""
    if alias.match == "substring":
        return start, end
    if start > 0 and text[start - 1].isalnum():
        return None
    if alias.match == "prefix":
        while end < len(text) and text[end].isalnum():
            end += 1
        return start, end
    return None if end < len(text) and text[end].isalnum() else (start, end)


def _longest(matches: Iterable[tuple[Span, int]]) -> list[tuple[Span, int]]:
    kept: list[tuple[Span, int]] = []
    for (start, end), alias in sorted(matches, key=lambda m: (m[0][0] - m[0][1], m[0])):
        if all(end <= other[0] or other[1] <= start for other, _ in kept):
            kept.append(((start, end), alias))
    return sorted(kept)
