"""The published file: a read-only copy of the warehouse with the `mart` views.

It is put in place at once: those who have the old file open keep it, new readers see
the new one. Dashboards never open the warehouse.
"""

import os
import shutil
from pathlib import Path

from flows.database import Connection, DatabaseError, brief, open_database
from flows.warehouse import SQL, now
from models.errors import WarehouseUnusable

MART = ("evidence", "stance_weekly", "latest_stance", "rejudged", "feed_health", "meta")
"""The views, in the order in which one builds on another."""


def publish(warehouse: Path, published: Path, model: str) -> None:
    """Publish the closed `warehouse`; the judgments of `model` are the current ones.

    Raises WarehouseUnusable where an invariant in `sql/checks` is broken; the file
    that was published before then stays as it is.
    """
    new = published.with_suffix(f".{os.getpid()}.new")
    try:
        # Held while it is copied, so that no other run writes into the copy's middle.
        with open_database(warehouse) as held:
            held.execute("CHECKPOINT")
            shutil.copyfile(warehouse, new)
        with open_database(new) as connection:
            _build(connection, model)
            _check(connection, warehouse)
            connection.execute("CHECKPOINT")
        os.replace(new, published)
    except (DatabaseError, OSError) as error:
        raise WarehouseUnusable(
            f"{published}: cannot be published ({brief(error)}); "
            "the file that was published before is still in place"
        ) from error
    finally:
        new.unlink(missing_ok=True)


def _build(connection: Connection, model: str) -> None:
    connection.execute("CREATE SCHEMA IF NOT EXISTS mart")
    connection.execute("CREATE OR REPLACE TABLE published (published_at TIMESTAMP, model VARCHAR)")
    connection.execute("INSERT INTO published VALUES ($1, $2)", [now().replace(tzinfo=None), model])
    for view in MART:
        connection.execute((SQL / "mart" / f"{view}.sql").read_text(encoding="utf8"))


def _check(connection: Connection, warehouse: Path) -> None:
    for check in sorted((SQL / "checks").glob("*.sql")):
        broken = connection.execute(check.read_text(encoding="utf8")).fetchall()
        if broken:
            raise WarehouseUnusable(
                f"{warehouse}: {check.stem.replace('_', ' ')}: not so in {len(broken)} rows, "
                f"the first is {broken[0]}; not published"
            )
