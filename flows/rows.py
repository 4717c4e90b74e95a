"""Rows: records as the tables of the warehouse hold them, there and back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from models.codes import FIELDS
from models.records import Article, Evidence, Span, Stance

EVIDENCE_COLUMNS = (
    *("article_id", "actor", "target", "start_char", "end_char", "sentence", "language"),
    *("context", "actor_spans", "target_spans", "is_joint"),
)
"""In the order in which `evidence_of` takes them."""


def stored(row: Mapping[str, object]) -> dict[str, object]:
    """A row as the warehouse keeps it: moments in UTC, without a zone."""
    return {
        column: value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
        for column, value in row.items()
    }


def article_of(row: dict[str, Any]) -> Article:
    """The article of a row, by column name; its date is in UTC again."""
    return Article(**row | {"published_at": row["published_at"].replace(tzinfo=UTC)})


def evidence_row(e: Evidence) -> dict[str, object]:
    """The row of `e`: its id and the columns of EVIDENCE_COLUMNS, spans as JSON."""
    values = (
        *(e.article_id, e.actor, e.target, e.start, e.end, e.sentence, e.language, e.context),
        *(json.dumps(e.actor_spans), json.dumps(e.target_spans), e.is_joint),
    )
    return {"evidence_id": e.evidence_id, **dict(zip(EVIDENCE_COLUMNS, values, strict=True))}


def evidence_of(row: Sequence[Any]) -> Evidence:
    """The evidence of a row, its values in the order of EVIDENCE_COLUMNS."""
    article, actor, target, start, end, sentence, language, context, *rest = row
    actor_spans, target_spans, is_joint = rest
    return Evidence(
        *(article, actor, target, start, end, sentence, language, context),
        actor_spans=spans_of(actor_spans),
        target_spans=spans_of(target_spans),
        is_joint=is_joint,
    )


def spans_of(text: str) -> tuple[Span, ...]:
    """The spans that a column holds as JSON pairs."""
    return tuple((start, end) for start, end in json.loads(text))


def stance_row(s: Stance) -> dict[str, object]:
    """The row of `s`: a column per field, one per probability (null where it has none)."""
    row = {f.name: getattr(s, f.name) for f in fields(s) if f.name not in ("p", "p_codes")}
    sides = {f"p_{code}": s.p.get(code) for code in FIELDS["stance"]}
    return row | sides | {f"p_{f}": s.p_codes.get(f) for f in FIELDS if f != "stance"}
