"""DuckDB: opening files, and its errors in one line."""

from pathlib import Path
from typing import Any

import duckdb

from models.errors import BadInput, WarehouseUnusable

Connection = duckdb.DuckDBPyConnection
DatabaseError = duckdb.Error
STORAGE = "v1.2.0"
"""The file format that DuckDB 1.4, 1.5 and 2.0 all read."""


def open_database(path: Path) -> Connection:
    """A connection that may write to the file at `path`, which is made where it is missing.

    Raises WarehouseUnusable where another process holds the file or it is no sound database.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = duckdb.connect()
        name = str(path).replace("'", "''")
        connection.execute(f"ATTACH '{name}' AS warehouse (STORAGE_VERSION '{STORAGE}')")
        connection.execute("USE warehouse")
    except OSError as error:
        raise WarehouseUnusable(f"{path}: cannot be made ({error.strerror})") from error
    except duckdb.Error as error:
        raise unusable(path, error) from error
    return connection


def unusable(path: Path, error: Exception) -> WarehouseUnusable:
    """What to tell of a database that cannot be opened."""
    if "set lock" in str(error):
        return WarehouseUnusable(
            f"{path}: held by another process; wait until it ends (dashboards and `sql` "
            "read published.duckdb, which is never held)"
        )
    return WarehouseUnusable(
        f"{path}: cannot be used ({brief(error)}); nothing was changed: "
        "move it away or put a good copy in its place"
    )


def brief(error: Exception) -> str:
    """The first line of an error, at most 160 characters."""
    return str(error).splitlines()[0][:160] if str(error) else type(error).__name__


def query(published: Path, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of a query on the published file, which is opened read-only.

    Raises BadInput where nothing was published yet or the query is wrong, and
    WarehouseUnusable where the file cannot be opened.
    """
    if not published.is_file():
        raise BadInput(f"{published}: nothing published yet; `fairweather run` makes it")
    try:
        connection = duckdb.connect(str(published), read_only=True)
    except duckdb.Error as error:
        raise unusable(published, error) from error
    with connection:
        try:
            found = connection.execute(sql)
            columns = [column[0] for column in found.description or []]
            return columns, found.fetchall()
        except duckdb.Error as error:
            raise BadInput(f"SQL: {brief(error)}") from error


def is_damage(error: Exception) -> bool:
    """Whether an error is the file's, not the statement's: a bad block shows when it is read."""
    of_the_file = duckdb.IOException | duckdb.FatalException | duckdb.InternalException
    return type(error) is duckdb.Error or isinstance(error, of_the_file)
