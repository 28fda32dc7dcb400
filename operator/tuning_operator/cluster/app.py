"""Puts the operator together, runs it, and takes it down in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from aiohttp import web

from tuning_operator.cluster.acts import Acts
from tuning_operator.cluster.client import Client, load_configuration
from tuning_operator.cluster.election import Election
from tuning_operator.cluster.errors import ApiError, Conflict, LeaseLost, NotFound, NotYet, Unavailable
from tuning_operator.cluster.figures import Figures
from tuning_operator.cluster.kinds import Kind
from tuning_operator.cluster.listing import parts, refresh
from tuning_operator.cluster.proposals import Proposer
from tuning_operator.cluster.reconcile import Reconciler, Stalled
from tuning_operator.cluster.recorder import Recorder
from tuning_operator.cluster.scraper import Scraper
from tuning_operator.cluster.server import Health, serve
from tuning_operator.cluster.store import JobKey, Store
from tuning_operator.cluster.watches import Watches
from tuning_operator.cluster.workqueue import WorkQueue
from tuning_operator.metrics.exporter import Exporter, Sources

logger = logging.getLogger(__name__)

VISITS_AT_ONCE = 8
REFRESH_EVERY = 180.0
RETRY_LIST_AFTER = 2.0
PATIENCE = 20.0  # for what is being written when SIGTERM comes
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@dataclass(frozen=True)
class Options:
    """The operator's flags. namespaces: none means all. metrics_port: 0 serves nothing."""

    namespaces: tuple[str, ...] = ()
    kubeconfig: str | None = None
    leader_elect: bool = True
    lease_namespace: str | None = None
    metrics_port: int = 8080
    workers: int = 2
    refresh_every: float = REFRESH_EVERY


class Operator:
    """One replica."""

    def __init__(self, options: Options) -> None:
        loop = asyncio.get_running_loop()
        self._options = options
        self._client = Client(load_configuration(options.kubeconfig))
        self._store = Store()
        self._exporter = Exporter()
        self._proposer = Proposer(options.workers)
        self._recorder = Recorder(self._client)
        acts = Acts(self._client, self._store)
        self._reconciler = Reconciler(self._store, acts, self._proposer, self._recorder, self._exporter)
        self._queue: WorkQueue[JobKey] = WorkQueue(self._reconciler.reconcile, _explain)
        self._reconciler.news = self._queue.news
        self._watches = Watches(self._client.configuration, options.namespaces, loop, self._receive)
        self._election = Election(self._client, _lease_namespace(options), _identity(), loop.time)
        self._leads = False
        self._listed = False
        self._client.write_only_while(self._may_write)
        requests = self._client.requests
        figures = Figures(self._store)
        self._exporter.read_from(
            Sources(
                lambda: figures.at(datetime.now(timezone.utc)),
                lambda: requests,
                lambda: len(self._queue),
                lambda: self._leads,
            )
        )

    async def run(self) -> int:
        """Run until SIGTERM or SIGINT (0), or until the lease is lost or something breaks (1)."""
        stop = _stop_signal()
        server = await self._serve()
        work = asyncio.create_task(self._work())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        code = _verdict(work) if work.done() else 0
        await self._end(work, server)
        stopped.cancel()
        return code

    async def _work(self) -> None:
        self._proposer.warm()
        await self._refresh_until_done()
        self._watches.start()
        if self._options.leader_elect:
            await self._election.win()
            await self._refresh_until_done()  # what a standby's watches missed must not be decided on
        self._leads = True
        self._visit_all()
        tasks = [self._queue.run(VISITS_AT_ONCE), self._keep_refreshing(), self._recorder.run()]
        tasks += [Scraper(self._store).run()]
        tasks += [self._election.hold()] if self._options.leader_elect else []
        await asyncio.gather(*tasks)

    async def _end(self, work: asyncio.Task[None], server: web.AppRunner | None) -> None:
        """What is being written comes to its end, then the lease is left to the next replica."""
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await work
        self._watches.stop()
        await self._queue.drain(PATIENCE)
        self._leads = False
        await self._election.release()
        self._proposer.close()
        if server is not None:
            await server.cleanup()
        self._client.close()
        logger.info("the operator has ended")

    async def _serve(self) -> web.AppRunner | None:
        if not self._options.metrics_port:
            return None
        health = Health(lambda: self._queue.overdue() if self._leads else 0.0, lambda: self._listed)
        return await serve(self._options.metrics_port, health, self._exporter)

    async def _keep_refreshing(self) -> None:
        while True:
            await asyncio.sleep(self._options.refresh_every)
            await self._refresh_until_done()
            self._visit_all()

    async def _refresh_until_done(self) -> None:
        for kind, namespace in parts(self._options.namespaces):
            while not await self._refresh(kind, namespace):
                await asyncio.sleep(RETRY_LIST_AFTER)
        self._store.collect()
        self._reconciler.keep_only({known.uid for known in self._store.jobs})
        self._listed = True

    async def _refresh(self, kind: Kind, namespace: str | None) -> bool:
        try:
            await refresh(self._client, self._store, kind, namespace)
        except NotFound:
            logger.warning("the CRDs are not installed: kubectl apply -k manifests/")
        except ApiError as error:
            logger.warning("a LIST failed and is tried again", extra={"kind": kind.plural, **_why(error)})
        else:
            return True
        return False

    def _visit_all(self) -> None:
        for known in self._store.jobs:
            self._queue.add((known.namespace, known.name))

    def _receive(self, kind: Kind, type_: str | None, body: dict[str, Any]) -> None:
        key = self._store.delete(kind, body) if type_ == "DELETED" else self._store.put(kind, body)
        if key is not None:
            self._queue.add(key)

    def _may_write(self) -> bool:
        return self._leads and (not self._options.leader_elect or self._election.is_leader)


def _explain(key: JobKey, error: Exception) -> float:
    """Log what made a visit fail; the pause that the error itself asks for."""
    job = {"job": "/".join(key)}
    if isinstance(error, Conflict):
        logger.info("somebody else wrote it meanwhile", extra={**job, "why": error.message})
    elif isinstance(error, Stalled | NotYet):
        logger.info("the job must wait", extra={**job, "why": str(error)})
    elif isinstance(error, ApiError):
        logger.warning("the API server did not do it", extra={**job, **_why(error)})
        return error.retry_after if isinstance(error, Unavailable) else 0.0
    elif not isinstance(error, LeaseLost):
        logger.error("the visit broke", extra=job, exc_info=error)
    return 0.0


def _why(error: ApiError) -> dict[str, Any]:
    return {"code": error.code, "reason": error.reason, "why": error.message}


def _verdict(work: asyncio.Task[None]) -> int:
    error = work.exception()
    if isinstance(error, LeaseLost):
        logger.error("another replica takes over", extra={"why": str(error)})
    else:
        logger.error("the operator broke", exc_info=error)
    return 1


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _lease_namespace(options: Options) -> str:
    if options.lease_namespace:
        return options.lease_namespace
    if SERVICE_ACCOUNT.exists():
        return SERVICE_ACCOUNT.read_text().strip()
    return options.namespaces[0] if options.namespaces else "default"


def _identity() -> str:
    return f"{os.environ.get('HOSTNAME') or socket.gethostname()}_{uuid.uuid4().hex[:8]}"
