"""Which replica acts: one Lease, held by renewing it.

kubernetes.leaderelection is not used: it blocks a thread for ever, cannot be stopped, and leaves
the lease unreleased, so that every rollout would stand still until it has run out.
The Lease is no fence: status writes carry resourceVersion, and Trials and Jobs have names that
can be taken only once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Literal

from tuning_operator.cluster.client import Body, Client
from tuning_operator.cluster.errors import ApiError, Conflict, LeaseLost, NotFound
from tuning_operator.cluster.kinds import LEASES

logger = logging.getLogger(__name__)

NAME = "tuning-operator"
DURATION = 15.0  # seconds without a renewal after which others may take it
RENEW_EVERY = 5.0
GIVE_UP_AFTER = 10.0  # before the others may think that we are gone
TRY_EVERY = 1.0


@dataclass(frozen=True)
class Seen:
    """A Lease as last seen. at: our own clock when it last changed; nobody else's clock is trusted."""

    holder: str
    version: str
    duration: float
    at: float


Step = Literal["create", "take", "renew", "wait"]


def observe(lease: Mapping[str, Any], before: Seen | None, now: float) -> Seen:
    """The Lease as it is; its age counts from when we first saw it so."""
    spec, version = lease.get("spec") or {}, lease["metadata"]["resourceVersion"]
    seen = Seen(spec.get("holderIdentity") or "", version, spec.get("leaseDurationSeconds") or DURATION, now)
    return replace(seen, at=before.at) if before and before.version == version else seen


def next_step(seen: Seen | None, me: str, now: float) -> Step:
    """What a candidate does about the Lease."""
    if seen is None:
        return "create"
    if seen.holder == me:
        return "renew"
    return "take" if not seen.holder or now - seen.at > seen.duration else "wait"


class Election:
    """Holds the Lease, or waits for it."""

    def __init__(self, client: Client, namespace: str, me: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._namespace = namespace
        self._me = me
        self._clock = clock
        self._seen: Seen | None = None
        self._lease: Body | None = None
        self._renewed: float | None = None

    @property
    def is_leader(self) -> bool:
        """We hold the Lease, and nobody can yet think that we do not."""
        return self._renewed is not None and self._clock() - self._renewed < GIVE_UP_AFTER

    async def win(self) -> None:
        """Wait until we hold the Lease."""
        while True:
            await self._try()
            if self.is_leader:
                logger.info("the lease is held", extra={"holder": self._me})
                return
            await asyncio.sleep(TRY_EVERY)

    async def hold(self) -> None:
        """Renew until it is lost, which raises LeaseLost."""
        while True:
            await asyncio.sleep(RENEW_EVERY if self._is_fresh() else TRY_EVERY)
            await self._try()
            if not self.is_leader:
                holder = self._seen.holder if self._seen else "nobody"
                raise LeaseLost(f"the lease could not be renewed in time; it is held by {holder}")

    async def release(self) -> None:
        """Leave the Lease to the next one at once."""
        if self._renewed is None or self._lease is None:
            return
        self._renewed = None
        try:
            await self._put(holder="", duration=1)
        except ApiError as error:
            logger.warning("the lease was not released", extra={"why": error.message})

    def _is_fresh(self) -> bool:
        return self._renewed is not None and self._clock() - self._renewed < RENEW_EVERY / 2

    async def _try(self) -> None:
        try:
            if self._renewed is None:
                await self._read()
            step = next_step(self._seen, self._me, self._clock())
            if step == "wait":
                self._renewed = None
                return
            begun = self._clock()  # the lease runs from before the request, as others may see it
            if step == "create":
                await self._create()
            else:
                await self._put(self._me, int(DURATION), taken=step == "take")
            self._renewed = begun
        except Conflict:  # somebody else has written it: see who
            self._renewed = None
            await self._try()
        except ApiError as error:
            logger.warning("the lease cannot be had or renewed now", extra={"why": error.message})

    async def _read(self) -> None:
        try:
            self._lease = await self._client.get(LEASES, self._namespace, NAME)
            self._seen = observe(self._lease, self._seen, self._clock())
        except NotFound:
            self._lease = self._seen = None

    async def _create(self) -> None:
        body = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": NAME, "namespace": self._namespace},
            "spec": _spec(self._me, int(DURATION), {}, taken=True),
        }
        self._lease = await self._client.post_unfenced(LEASES, self._namespace, body)
        self._seen = observe(self._lease, None, self._clock())

    async def _put(self, holder: str, duration: int, taken: bool = False) -> None:
        """Replace the Lease we last saw; Conflict when somebody else has changed it since."""
        assert self._lease is not None
        spec = _spec(holder, duration, self._lease.get("spec") or {}, taken)
        body = {**self._lease, "spec": spec}
        self._lease = await self._client.put_unfenced(LEASES, self._namespace, NAME, body)
        self._seen = observe(self._lease, None, self._clock())


def _spec(holder: str, duration: int, before: Mapping[str, Any], taken: bool) -> Body:
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "holderIdentity": holder,
        "leaseDurationSeconds": duration,
        "acquireTime": now if taken else before.get("acquireTime", now),
        "renewTime": now,
        "leaseTransitions": int(before.get("leaseTransitions") or 0) + int(taken),
    }
