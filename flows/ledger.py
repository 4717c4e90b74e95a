"""The ledger: how polls and runs ended, and which entries were rejected."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Fetch:
    """The ledger row of one poll of a feed; entries = stored + known + rejected."""

    feed_url: str
    fetched_at: datetime
    publisher: str
    status: int | None
    etag: str = ""
    last_modified: str = ""
    entries: int = 0
    stored: int = 0
    known: int = 0
    rejected: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """An entry that did not become an article, and why."""

    source: str
    url: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """How a run ended: what it appended and what answered."""

    run_id: str
    state: str
    feeds_answered: int = 0
    feeds_total: int = 0
    entries: int = 0
    articles: int = 0
    evidence: int = 0
    stances: int = 0
    error: str = ""
