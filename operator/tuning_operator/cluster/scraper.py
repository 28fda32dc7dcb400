"""Scrapes the metrics of every running trial, by its pod's address. Never causes a visit to a job."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp

from tuning_operator.cluster.projections import Pod
from tuning_operator.cluster.store import Store
from tuning_operator.engine.feasible import judged_metrics
from tuning_operator.errors import PageError, ScrapeError
from tuning_operator.metrics.scrape import scrape
from tuning_operator.metrics.series import merge

logger = logging.getLogger(__name__)

FIRST_AFTER = 1.0  # a container that has just started is still importing
SHORTEST, LONGEST = 1.0, 5.0  # seconds between two scrapes of one trial …
SHARE = 0.1  # … a tenth of its age: a short trial is seen several times, a long one costs little
MOST_PATIENCE = 6  # times the pause: a pod that never answers is asked every 30 s
AT_ONCE = 50
TICK = 0.5


@dataclass(frozen=True)
class Target:
    """A running trial's page. run: the uid of its Job."""

    pod: str
    run: str
    trial: str
    url: str
    metrics: tuple[str, ...]


class Scraper:
    """Scrapes each target every few seconds while it runs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._since: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._asked: set[str] = set()  # one that waits for its answer is not asked again
        self._silent: dict[str, int] = {}
        self._told: set[str] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        async with aiohttp.ClientSession(trust_env=False) as session, _Tasks() as tasks:
            while True:
                for target in self.due(loop.time()):
                    tasks.start(self._scrape(session, target))
                await asyncio.sleep(TICK)

    def due(self, now: float) -> list[Target]:
        """The targets whose turn it is; each must be given to `ended` before it has another one."""
        running = {target.pod: target for target in targets(self._store)}
        self._since = {pod: self._since.get(pod, now) for pod in running}
        self._due = {pod: self._due.get(pod, now + FIRST_AFTER) for pod in running}
        self._silent = {pod: times for pod, times in self._silent.items() if pod in running}
        self._told &= set(running)
        turns = {pod for pod in running if self._due[pod] <= now} - self._asked
        self._asked |= turns
        return [target for pod, target in running.items() if pod in turns]

    def ended(self, target: Target, now: float, *, answered: bool) -> None:
        """Note the target's next turn, the later the longer it has been silent."""
        pod = target.pod
        self._asked.discard(pod)
        if pod not in self._since:
            return  # it ended meanwhile
        self._silent[pod] = 0 if answered else self._silent.get(pod, 0) + 1
        patience = min(1 + self._silent[pod], MOST_PATIENCE)
        self._due[pod] = now + pause(now - self._since[pod]) * patience

    async def _scrape(self, session: aiohttp.ClientSession, target: Target) -> None:
        answered = False
        try:
            answered = await self._look(session, target)
        finally:
            self.ended(target, asyncio.get_running_loop().time(), answered=answered)

    async def _look(self, session: aiohttp.ClientSession, target: Target) -> bool:
        """Keep what the page says; False where there is none."""
        try:
            async with self._slots:
                found = await scrape(session, target.url, target.metrics)
        except ScrapeError as error:  # no page at all: many images have none
            logger.debug("not scraped", extra={"trial": target.trial, "why": str(error)})
            return False
        except PageError as error:
            if target.pod not in self._told:
                self._told.add(target.pod)
                extra = {"trial": target.trial, "why": str(error)}
                logger.warning("metrics page not understood", extra=extra)
        else:
            known = self._store.scraped.get(target.run, ())
            self._store.scraped[target.run] = merge(known, found)
        return True


def pause(age: float) -> float:
    """Seconds until the next scrape of a trial that has run for `age` seconds."""
    return min(max(SHARE * age, SHORTEST), LONGEST)


def targets(store: Store) -> Iterator[Target]:
    """The pages of all trials whose container runs now."""
    for pod in store.pods:
        run = store.runs.owner_of(pod)
        trial = store.trials.owner_of(run) if run else None
        job = store.jobs.owner_of(trial) if trial else None
        if trial is None or job is None or trial.trial.finished or not _is_running(pod):
            continue
        metrics = tuple(judged_metrics(job.job))
        yield Target(pod.uid, pod.owner, f"{trial.namespace}/{trial.name}", _url(pod), metrics)


def _is_running(pod: Pod) -> bool:
    return bool(pod.ip) and pod.started is not None and pod.terminated is None and not pod.gone


def _url(pod: Pod) -> str:
    address = ipaddress.ip_address(pod.ip or "")
    host = f"[{address}]" if address.version == 6 else str(address)
    return f"http://{host}:{pod.port}/metrics"


class _Tasks:
    """Keeps background tasks alive, and ends them with itself."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> _Tasks:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
