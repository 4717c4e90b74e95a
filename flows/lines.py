"""Records as JSON, for machines."""

import json
from dataclasses import asdict, is_dataclass
from datetime import date
from typing import Any


def as_json(content: Any) -> str:
    """One line of JSON; dates in ISO 8601, records as objects."""
    return json.dumps(content, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
