"""`sql`: a query on the published file, printed as a table, CSV or JSONL."""

import csv
import sys
from datetime import date
from pathlib import Path
from typing import Any

from flows.database import query
from flows.lines import as_json


def answer(published: Path, sql: str, form: str) -> None:
    """Print the rows of `sql`; raises BadInput where the query is wrong."""
    columns, rows = query(published, sql)
    if form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([columns, *rows])
    elif form == "jsonl":
        for row in rows:
            sys.stdout.write(as_json(dict(zip(columns, row, strict=True))) + "\n")
    else:
        _print_table(columns, rows)


def _print_table(columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns)
    for row in rows:
        table.add_row(*map(_cell, row))
    Console(width=None if sys.stdout.isatty() else 200).print(table, markup=False)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, date):
        return value.isoformat(*([" ", "seconds"] if hasattr(value, "hour") else []))
    return "" if value is None else str(value)
