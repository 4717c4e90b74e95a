"""`add`: articles by hand, appended, searched, judged and published at once."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

from flows import backlog
from flows.collect import open_client
from flows.inputs import read_inputs
from flows.intake import Brought, bring, fetch, named, read_file
from flows.ledger import Run
from flows.progress import showing, step
from flows.publish import publish
from flows.settings import Settings
from flows.warehouse import Warehouse, now


def add(settings: Settings, origins: Sequence[str]) -> Iterator[str]:
    """Bring in what each of `origins` holds; a line on each, and one on the judgments.

    Everything is read before anything is written: raises BadInput for the first origin
    that holds no article, with the warehouse unchanged.
    """
    given = read_inputs(settings)
    brought = {origin: _bring(settings, origin) for origin in origins}
    with showing(), Warehouse(settings.warehouse, run_id=uuid4().hex) as warehouse:
        warehouse.start()
        articles = 0
        for origin, gave in brought.items():
            new = warehouse.append_articles(gave.articles, gave.rejects)
            articles += new
            yield _told(origin, gave, new)
        found = backlog.search(warehouse, given.roster, step("finding evidence"))
        lacking = warehouse.lacking(given.model.name)
        judged = backlog.judge(warehouse, given.model, step("judging", lacking))
        run = Run(warehouse.run_id, "done", articles=articles, evidence=found, stances=judged)
        warehouse.finish(run)
    publish(settings.warehouse, settings.published, given.model.name)
    yield f"{found} new sentences, {judged} judged"


def _bring(settings: Settings, origin: str) -> Brought:
    if origin == "-":
        return bring("standard input", sys.stdin.buffer.read(), "", now())
    if origin.startswith(("http://", "https://")):
        with open_client(settings) as client:
            body, content_type = fetch(origin, client)
        return bring(origin, body, content_type, now())
    return bring(origin, read_file(Path(origin)), "", now())


def _told(origin: str, gave: Brought, new: int) -> str:
    parts = [f"{new} new articles", f"{len(gave.articles) - new} known"]
    if gave.rejects:
        first = gave.rejects[0]
        parts.append(f"{len(gave.rejects)} rejected (the first: {first.url} {first.reason})")
    return f"{named(origin)}: {', '.join(parts)}"
