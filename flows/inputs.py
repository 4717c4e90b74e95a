"""What a run starts from, read and checked before anything else happens."""

from dataclasses import dataclass

from flows.seeds import read_articles, read_feeds
from flows.settings import Settings
from flows.weights import open_model
from models.entities import Roster, read_roster
from models.records import Article, Feed
from models.stance import Judge


@dataclass(frozen=True)
class Inputs:
    """The weights, the names, the feeds and the articles of the seeds."""

    model: Judge
    roster: Roster
    feeds: tuple[Feed, ...]
    articles: tuple[Article, ...]


def read_inputs(settings: Settings) -> Inputs:
    """Raises BadInput or WeightsUnusable for the first that is not sound."""
    return Inputs(
        open_model(settings),
        read_roster(settings.seeds),
        tuple(read_feeds(settings.feeds_file)),
        tuple(read_articles(settings.seeds / "articles")),
    )
