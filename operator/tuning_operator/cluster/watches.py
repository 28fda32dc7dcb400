"""Watches the four kinds with kopf, and hands every event to the operator's own loop.

What was read in kopf 1.45's code, and what follows from it:

- When kopf.operator() ends for any reason, it cancels every task of its event loop that is younger
  than itself, and it takes SIGTERM and SIGINT for itself. So it gets a thread and a loop of its own.
- A re-list (at the start, after 410 Gone in the stream, after 429) comes as events of type None;
  objects that vanished meanwhile are not told. `listing` finds those.
- Cut connections are taken up again where they were. Any other error in a stream and an HTTP error on
  a watch (410 among them) end kopf.operator() for good. So it is begun again, after a pause that grows.
- 5xx and 429 after all retries would end it too, and four watches that give up at once can leave its end
  waiting for ever (seen with 1.45). So its retries have no end: `Backoffs`.
- Label selectors are applied by the server (from 1.45; with an older kopf, everything is sent and
  the Store leaves aside what no Trial or Job controls).
- For each object it keeps a small record until it sees the object's deletion, and a task for
  `idle_timeout` after each event. It compares each object with the last one handled, stored in
  an annotation, even when only on.event wants it: `Nothing` below spares that.
- It writes nothing for on.event handlers, with posting switched off and without peering.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import kopf
from kubernetes.client import Configuration

from tuning_operator.api import names
from tuning_operator.cluster.kinds import JOBS, PODS, TRIALS, TUNING_JOBS, Kind

logger = logging.getLogger(__name__)

Receive = Callable[[Kind, "str | None", dict[str, Any]], None]

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
GROUPS = {TUNING_JOBS: (names.GROUP, names.VERSION), TRIALS: (names.GROUP, names.VERSION)}
GROUPS |= {JOBS: ("batch", "v1"), PODS: ("", "v1")}


class Watches:
    """kopf in a thread of its own.

    receive: called on `loop` with the kind, the event's type (None in a list) and the object.
    """

    def __init__(
        self,
        configuration: Configuration,
        namespaces: Sequence[str],
        loop: asyncio.AbstractEventLoop,
        receive: Receive,
    ) -> None:
        self._configuration = configuration
        self._namespaces = namespaces
        self._loop = loop
        self._receive = receive
        self._stop = threading.Event()
        # kopf waits for a threading.Event in an executor, which asyncio.run would then join for ever.
        self._stop_kopf: Callable[[], object] = lambda: None
        self._thread = threading.Thread(target=self._run, name="watches", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; it is a daemon thread and holds nothing that must be put away."""
        self._stop.set()
        self._stop_kopf()

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            begun = self._now()
            try:
                asyncio.run(self._watch())
            except (Exception, asyncio.CancelledError) as error:  # whatever ended it, it must go on
                logger.warning("the watches broke and begin again", extra={"why": repr(error)})
            if self._now() - begun > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            self._stop.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _now(self) -> float:
        return self._loop.time()

    async def _watch(self) -> None:
        names_ = self._namespaces
        where: dict[str, Any] = {"namespaces": names_} if names_ else {"clusterwide": True}
        where["identity"] = "tuning-operator"  # else kopf asks for the user's name, and a uid may have none
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        self._stop_kopf = lambda: None if loop.is_closed() else loop.call_soon_threadsafe(stop.set)
        await kopf.operator(
            registry=self._registry(), settings=_settings(), standalone=True, stop_flag=stop, **where
        )

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()
        kopf.on.login(registry=registry)(self._login)
        for kind in GROUPS:
            self._subscribe(registry, kind)
        return registry

    def _subscribe(self, registry: kopf.OperatorRegistry, kind: Kind) -> None:
        group, version = GROUPS[kind]

        @kopf.on.event(group, version, kind.plural, registry=registry, id=kind.plural)
        async def handle(event: Any, **_: Any) -> None:
            self._hand_over(kind, event["type"], dict(event["object"]))

    def _hand_over(self, kind: Kind, type_: str | None, body: dict[str, Any]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._receive, kind, type_, body)

    def _login(self, **_: Any) -> kopf.ConnectionInfo:
        configuration = self._configuration
        header = configuration.get_api_key_with_prefix("BearerToken", alias="authorization") or ""
        scheme, _space, token = header.partition(" ")
        return kopf.ConnectionInfo(
            server=configuration.host,
            ca_path=configuration.ssl_ca_cert,
            insecure=not configuration.verify_ssl,
            scheme=scheme or None,
            token=token or None,
            certificate_path=configuration.cert_file,
            private_key_path=configuration.key_file,
        )


class Backoffs:
    """Seconds between the attempts of one request: ever longer ones, without an end."""

    def __iter__(self) -> Iterator[float]:
        return itertools.chain((0.5, 1.0, 2.0, 4.0, 8.0), itertools.repeat(15.0))


class Nothing(kopf.DiffBaseStorage):
    """Remembers nothing of an object, and so writes no annotation and compares nothing."""

    def build(self, *, body: Any, extra_fields: Any = None) -> Any:
        return {}

    def fetch(self, *, body: Any) -> Any:
        return None

    def store(self, *, body: Any, patch: Any, essence: Any) -> None:
        return None


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.peering.standalone = True
    settings.scanning.disabled = True  # or it would want to list namespaces and CRDs
    settings.persistence.diffbase_storage = Nothing()
    settings.queueing.idle_timeout = 1.0
    settings.networking.error_backoffs = Backoffs()
    settings.process.ultimate_exiting_timeout = None  # it would SIGKILL the whole process
    settings.watching.chunk_size = 500
    if hasattr(settings.watching, "label_selectors"):
        for kind in (JOBS, PODS):
            group, version = GROUPS[kind]
            settings.watching.label_selectors[group, version, kind.plural] = kind.selector
    return settings
