"""The main job as a Prefect flow: everything once, in the order of the data."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import as_completed
from prefect.task_runners import ThreadPoolTaskRunner

from flows import backlog
from flows.addresses import ledger_name
from flows.client import Client
from flows.collect import Poll, Seen, open_client, poll
from flows.inputs import Inputs, read_inputs
from flows.ledger import Run
from flows.progress import step
from flows.publish import publish
from flows.settings import Settings
from flows.warehouse import Warehouse, now
from models.entities import Roster
from models.errors import NothingFetched
from models.records import Feed

BATCH = 8
"""Hosts that one task polls: a task costs more than a request."""
RUNNER: Any = ThreadPoolTaskRunner(max_workers=12)


@flow(
    name="fairweather",
    task_runner=RUNNER,
    validate_parameters=False,
)
def run(settings: Settings, strict: bool = False) -> Run:
    """Poll, extract, judge, append, publish; what was done.

    Raises NothingFetched where `strict` is set and no feed answered; all that was
    stored is judged and published before.
    """
    given = read_inputs(settings)
    with Warehouse(settings.warehouse, run_id=uuid4().hex) as warehouse:
        warehouse.start()
        done = Run(warehouse.run_id, "done", feeds_total=len(given.feeds))
        seeded = warehouse.append_articles(given.articles)
        done = replace(done, articles=seeded)
        done = _collect(done, given, settings, warehouse)
        found = backlog.search(warehouse, given.roster, step("finding evidence"))
        lacking = warehouse.lacking(given.model.name)
        judged = backlog.judge(warehouse, given.model, step("judging", lacking))
        done = replace(done, evidence=found, stances=judged)
        if strict and not done.feeds_answered:
            done = replace(done, state="failed", error=f"0 of {len(given.feeds)} feeds answered")
        warehouse.finish(done)
    publish(settings.warehouse, settings.published, given.model.name)
    if done.state == "failed":
        raise NothingFetched(f"{done.error}; check the network, then `fairweather doctor`")
    return done


@task(name="poll", cache_policy=NO_CACHE, persist_result=False)
def poll_hosts(
    hosts: Sequence[Sequence[Feed]], settings: Settings, seen: Seen, roster: Roster
) -> list[Poll]:
    """Poll the feeds of several hosts, the hosts side by side, the feeds of one in turn."""
    with open_client(settings) as client, ThreadPoolExecutor(len(hosts)) as pool:
        polls = pool.map(lambda feeds: _poll_host(feeds, client, seen, roster), hosts)
        return [poll for host in polls for poll in host]


def _collect(done: Run, given: Inputs, settings: Settings, warehouse: Warehouse) -> Run:
    """Poll all feeds and append what each gave; `done` with the counts."""
    seen = Seen(frozenset(warehouse.known()), warehouse.validators())
    advance = step("polling feeds", len(given.feeds))
    batches = [poll_hosts.submit(b, settings, seen, given.roster) for b in _batches(given.feeds)]
    for future in as_completed(batches):
        for gave in future.result():
            new = warehouse.append_articles(gave.articles, gave.rejects, gave.fetch)
            done = replace(
                done,
                feeds_answered=done.feeds_answered + (not gave.fetch.error),
                entries=done.entries + gave.fetch.entries,
                articles=done.articles + new,
            )
            advance(1)
    return done


def _poll_host(feeds: Sequence[Feed], client: Client, seen: Seen, roster: Roster) -> list[Poll]:
    """Poll the feeds of one host; once it cannot be reached, the others are not tried."""
    polls: list[Poll] = []
    for feed in feeds:
        last = polls[-1].fetch if polls else None
        if last and last.error and last.status is None:
            fetch = replace(
                last, feed_url=ledger_name(feed.url), publisher=feed.publisher, fetched_at=now()
            )
            polls.append(Poll(fetch))
        else:
            polls.append(poll(feed, client, seen, roster, now()))
    return polls


def _batches(feeds: Sequence[Feed]) -> list[list[list[Feed]]]:
    ordered = sorted(feeds, key=_host)
    hosts = [list(group) for _, group in groupby(ordered, key=_host)]
    return [hosts[at : at + BATCH] for at in range(0, len(hosts), BATCH)]


def _host(feed: Feed) -> str:
    return urlsplit(feed.url).netloc
