"""The records of the pipeline, in its order: Feed, Entry, Article, Evidence, Stance."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

Span = tuple[int, int]
"""Character offsets [start, end) into a text."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A source that is polled: one row of `seeds/feeds.csv`."""

    publisher: str
    url: str
    language: str
    country: str = ""
    ownership: str = ""
    bloc: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of one article: it may lack anything but the feed.

    `published_at` is in UTC; None where the feed gives no date that can be believed.
    """

    feed_url: str
    url: str
    title: str
    summary: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Article:
    """A text with its origin. `text` starts with the title, so one offset reaches all of it.

    `date_quality` tells where `published_at` (UTC) comes from: `given` by the
    publisher, `inferred` from the text or the page, or the day it was `collected`.
    `text_method` tells what the text is: `page`, `summary` (the feed's), `text` or `seed`.
    `source` is the feed, or how the article came in (`seeds`, `add`).
    """

    url: str
    title: str
    text: str
    language: str
    publisher: str
    bloc: str
    source: str
    published_at: datetime
    date_quality: str
    text_method: str

    @property
    def article_id(self) -> str:
        """Stands for an address and its text; a changed text is a new version beside the old."""
        return identity(self.url or self.publisher, self.text)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an article in which an actor may take a stance toward a target.

    `article.text[start:end] == sentence`. `context` is the part of the article that the
    model reads: the sentence, and before it the one that names the target where the
    sentence itself does not. `actor_spans` and `target_spans` are offsets into it.
    `is_joint`: the sentence says the same of several actors at once.
    """

    article_id: str
    actor: str
    target: str
    start: int
    end: int
    sentence: str
    language: str
    context: str
    actor_spans: tuple[Span, ...]
    target_spans: tuple[Span, ...]
    is_joint: bool = False

    @property
    def evidence_id(self) -> str:
        return identity(self.article_id, str(self.start), str(self.end), self.actor, self.target)


@dataclass(frozen=True, slots=True)
class Stance:
    """The judgment of a text for one actor and one target, in the codebook's codes.

    `p` holds the calibrated probabilities of favor, against, neutral and none; `level` is
    P(favor) - P(against). `p_codes` holds the calibrated probability of the code that each
    other field has. Where the stance is `none` or `unscored`, the other fields are empty;
    `reason` says why a text is `unscored`.
    """

    model: str
    stance: str
    level: float | None = None
    p: dict[str, float] = field(default_factory=dict)
    change: str = ""
    channel: str = ""
    domain: str = ""
    modality: str = ""
    attribution: str = ""
    reason: str = ""
    p_codes: dict[str, float] = field(default_factory=dict)


def identity(*parts: str) -> str:
    """A stable 16-character id of `parts`."""
    return sha256("\x1f".join(parts).encode("utf8", "surrogatepass")).hexdigest()[:16]
