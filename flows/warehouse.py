"""The warehouse: the only memory and the only queue. Append-only facts in DuckDB.

Each step asks it what is still to do, so a run that died is finished by the next one,
and writing a row twice changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from flows.database import Connection, DatabaseError, is_damage, open_database, unusable
from flows.ledger import Fetch, Reject, Run
from flows.rows import (
    EVIDENCE_COLUMNS,
    article_of,
    evidence_of,
    evidence_row,
    stance_row,
    stored,
)
from models.errors import WarehouseUnusable
from models.records import Article, Evidence, Stance

SQL = Path(__file__).resolve().parent / "sql"
Rows = Sequence[Mapping[str, object]]


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


class Warehouse:
    """An open warehouse file; made and migrated where needed.

    Raises WarehouseUnusable where another process holds it, it is damaged, or a newer
    version of the program wrote it.
    """

    def __init__(self, path: Path, run_id: str = "") -> None:
        self.path = path
        self.run_id = run_id
        self._connection = open_database(path)
        try:
            _migrate(self._connection, path)
        except DatabaseError as error:
            self._connection.close()
            raise unusable(path, error) from error
        except WarehouseUnusable:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write everything into the one file and let go of it."""
        try:
            self._connection.execute("CHECKPOINT")
        except DatabaseError as error:
            raise unusable(self.path, error) from error
        finally:
            self._connection.close()

    def counts(self) -> dict[str, int]:
        """Rows of each table of facts."""
        return {table: self._one(f"SELECT count(*) FROM {table}") for table in TABLES}

    def start(self) -> None:
        """Note that this run began; runs that never ended are marked as died."""
        self._execute("UPDATE runs SET state = 'died' WHERE state = 'running'")
        row = {"run_id": self.run_id, "started_at": now(), "state": "running"}
        self._append({"runs": [row]})

    def finish(self, run: Run) -> None:
        """Note how this run ended."""
        values = {k: v for k, v in asdict(run).items() if k != "run_id"} | {"finished_at": now()}
        settings = ", ".join(f"{column} = ${column}" for column in values)
        self._execute(
            f"UPDATE runs SET {settings} WHERE run_id = $run_id",
            stored(values | {"run_id": run.run_id}),
        )

    def validators(self) -> dict[str, tuple[str, str]]:
        """ETag and Last-Modified of each feed's last good answer."""
        return {
            url: (etag, modified)
            for url, etag, modified in self._all(
                "SELECT feed_url, arg_max(etag, fetched_at), arg_max(last_modified, fetched_at) "
                "FROM fetches WHERE status = 200 AND error = '' GROUP BY feed_url"
            )
        }

    def known(self) -> set[str]:
        """Addresses of articles stored and of entries rejected for good."""
        return {
            url
            for (url,) in self._all(
                "SELECT url FROM articles WHERE url <> '' "
                "UNION SELECT url FROM rejects WHERE url <> '' AND reason <> 'no_page'"
            )
        }

    def append_articles(
        self,
        articles: Iterable[Article],
        rejects: Iterable[Reject] = (),
        fetch: Fetch | None = None,
    ) -> int:
        """Append what one source gave, its rejects and its ledger row together; new articles.

        The ledger counts an article that is stored already, by another feed perhaps, as known.
        """
        kept = {a.article_id: a for a in articles}
        new = {i: kept[i] for i in kept.keys() - self._stored(list(kept))}
        stamp = {"run_id": self.run_id, "collected_at": now()}
        refused = [asdict(r) | {"run_id": self.run_id, "rejected_at": now()} for r in rejects]
        fetches = []
        if fetch:
            twins = len(kept) - len(new)
            polled = replace(fetch, stored=fetch.stored - twins, known=fetch.known + twins)
            fetches = [asdict(polled) | {"run_id": self.run_id}]
        rows = [asdict(a) | {"article_id": i} | stamp for i, a in new.items()]
        return self._append({"articles": rows, "rejects": refused, "fetches": fetches})["articles"]

    def _stored(self, articles: list[str]) -> set[str]:
        """Which of these articles the warehouse has."""
        sql = (
            "SELECT article_id FROM articles "
            "WHERE article_id IN (SELECT unnest(CAST($ids AS VARCHAR[])))"
        )
        return {found for (found,) in self._all(sql, {"ids": articles})}

    def unsearched(self, roster: str, size: int = 500) -> Iterator[list[Article]]:
        """Articles not yet searched for evidence with the names of `roster`, in batches."""
        columns = [f.name for f in fields(Article)]
        while rows := self._all(
            f"SELECT {', '.join(columns)} FROM articles WHERE article_id NOT IN "
            "(SELECT article_id FROM searches WHERE roster = $roster) "
            "ORDER BY article_id LIMIT $size",
            {"roster": roster, "size": size},
        ):
            yield [article_of(dict(zip(columns, row, strict=True))) for row in rows]

    def append_evidence(
        self, roster: str, articles: Iterable[Article], evidence: Sequence[Evidence]
    ) -> int:
        """Append evidence and the note that `articles` were searched; the new rows of evidence."""
        found = [e.article_id for e in evidence]
        searches = [
            {"article_id": a, "roster": roster, "found": found.count(a)}
            for a in (article.article_id for article in articles)
        ]
        rows = [evidence_row(e) for e in evidence]
        return self._append({"evidence": rows, "searches": searches})["evidence"]

    def unjudged(self, model: str, size: int = 2000) -> Iterator[list[Evidence]]:
        """Evidence without a judgment by `model`, in batches."""
        while rows := self._all(
            f"SELECT {', '.join(EVIDENCE_COLUMNS)} FROM evidence WHERE evidence_id NOT IN "
            "(SELECT evidence_id FROM stances WHERE model = $model) "
            "ORDER BY evidence_id LIMIT $size",
            {"model": model, "size": size},
        ):
            yield [evidence_of(row) for row in rows]

    def lacking(self, model: str) -> int:
        """How much evidence has no judgment by `model`."""
        sql = (
            "SELECT count(*) FROM evidence WHERE evidence_id NOT IN "
            "(SELECT evidence_id FROM stances WHERE model = $model)"
        )
        return int(self._all(sql, {"model": model})[0][0])

    def append_stances(self, evidence: Sequence[Evidence], stances: Sequence[Stance]) -> int:
        """Append one judgment per evidence; the new rows."""
        stamp = {"run_id": self.run_id, "judged_at": now()}
        rows = [
            {"evidence_id": e.evidence_id, **stance_row(s), **stamp}
            for e, s in zip(evidence, stances, strict=True)
        ]
        return self._append({"stances": rows})["stances"]

    def _append(self, tables: Mapping[str, Rows]) -> dict[str, int]:
        """Insert rows into several tables in one transaction; rows that are new, by table."""
        added = {}
        self._execute("BEGIN")
        try:
            for table, rows in tables.items():
                added[table] = self._insert(table, rows) if rows else 0
            self._execute("COMMIT")
        except BaseException:
            self._connection.rollback()
            self._connection.unregister("new_rows")
            raise
        return added

    def _insert(self, table: str, rows: Rows) -> int:
        self._connection.register("new_rows", pa.Table.from_pylist([stored(row) for row in rows]))
        added = self._one(
            f"INSERT INTO {table} BY NAME SELECT * FROM new_rows ON CONFLICT DO NOTHING"
        )
        self._connection.unregister("new_rows")
        return added

    def _execute(self, sql: str, values: Mapping[str, object] | None = None) -> None:
        self._connection.execute(sql, dict(values or {}))

    def _all(self, sql: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, dict(values or {})).fetchall()
        except DatabaseError as error:
            if is_damage(error):
                raise unusable(self.path, error) from error
            raise

    def _one(self, sql: str) -> int:
        return int(self._all(sql)[0][0])


TABLES = ("articles", "evidence", "stances", "fetches", "rejects", "searches", "runs")


def migrations() -> list[Path]:
    """The numbered migrations, oldest first; a file's place is its version."""
    return sorted((SQL / "migrations").glob("*.sql"))


def version(connection: Connection) -> int:
    """The schema version of an open warehouse; 0 for an empty one."""
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)")
    row = connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()
    return int(row[0]) if row else 0


def _migrate(connection: Connection, path: Path) -> None:
    steps = migrations()
    at = version(connection)
    if at > len(steps):
        raise WarehouseUnusable(
            f"{path}: schema {at} is newer than this program's {len(steps)}; update fairweather"
        )
    for number, step in enumerate(steps[at:], at + 1):
        connection.execute("BEGIN")
        connection.execute(step.read_text(encoding="utf8"))
        connection.execute("INSERT INTO schema_version VALUES ($1)", [number])
        connection.execute("COMMIT")
