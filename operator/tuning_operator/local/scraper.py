"""Reads the metrics page of every live run about once a second."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import aiohttp

from tuning_operator.api import TuningJob
from tuning_operator.engine.feasible import judged_metrics
from tuning_operator.errors import PageError, ScrapeError
from tuning_operator.local.process import LocalRun
from tuning_operator.local.world import World
from tuning_operator.metrics.scrape import scrape
from tuning_operator.metrics.series import merge

EVERY_SECONDS = 1.0


@contextlib.asynccontextmanager
async def scraping(world: World, job: TuningJob, note: Callable[[str], None]) -> AsyncIterator[None]:
    """Scrape while the context lasts. `note` is told why a page cannot be read, each reason once."""
    async with aiohttp.ClientSession(trust_env=False) as session:
        task = asyncio.create_task(_scrape_all(session, world, judged_metrics(job), note))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _scrape_all(
    session: aiohttp.ClientSession, world: World, metrics: list[str], note: Callable[[str], None]
) -> None:
    said: set[str] = set()
    while True:
        problems = await asyncio.gather(*(_scrape(session, run, metrics) for run in world.live))
        for problem in sorted({p for p in problems if p} - said):
            said.add(problem)
            note(problem)
        await asyncio.sleep(EVERY_SECONDS)


async def _scrape(session: aiohttp.ClientSession, run: LocalRun, metrics: list[str]) -> str | None:
    """A trial that serves no page is none the worse for it: its termination message is enough."""
    try:
        run.scraped = merge(run.scraped, await scrape(session, run.url, metrics))
    except ScrapeError:
        return None
    except PageError as error:
        return str(error)
    return None
