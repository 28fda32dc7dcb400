"""What a run of many trials took, computed from the API server's audit log and the runtime's exits."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.cluster.audit import Request

SETTLED_CODES = range(200, 300)


@dataclass(frozen=True)
class Timeline:
    """Moments of one run.

    asked: the TuningJob's create arrived (a bare loop: its first Job's create).
    first_pod: the first pod's create was answered.
    exits: a trial container ended, by the runtime; sorted.
    told: the API server had accepted the pod's next status after each exit, in the order of exits.
    creates: a Job's create arrived; sorted.
    parallel: how many ran at once.
    writes: what the run's own client wrote, without Events, as "verb resource".
    """

    asked: datetime
    first_pod: datetime
    exits: Sequence[datetime]
    told: Sequence[datetime]
    creates: Sequence[datetime]
    parallel: int
    writes: Counter[str]

    def turnarounds(self) -> list[float]:
        """Seconds from an exit to the create of the Job that takes its slot, by rank."""
        return self._gaps(self.exits)

    def tellings(self) -> list[float]:
        """Seconds from an exit until the kubelet has told the API server: nobody can act sooner."""
        return [(told - exit_).total_seconds() for exit_, told in zip(self.exits, self.told, strict=True)]

    def own_turnarounds(self) -> list[float]:
        """The same from the API server's knowledge of the exit: the client's own share."""
        return self._gaps(self.told)

    def _gaps(self, freed: Sequence[datetime]) -> list[float]:
        later = sorted(self.creates)[self.parallel :]
        return [(create - free).total_seconds() for free, create in zip(sorted(freed), later, strict=False)]

    def wall_seconds(self) -> float:
        """From the ask to the last exit."""
        return (max(self.exits) - self.asked).total_seconds()

    def first_pod_seconds(self) -> float:
        return (self.first_pod - self.asked).total_seconds()

    def writes_per_trial(self) -> float:
        return sum(self.writes.values()) / len(self.exits)


def read_timeline(
    requests: Iterable[Request],
    namespace: str,
    user: str,
    exits: dict[str, datetime],
    parallel: int,
) -> Timeline:
    """Pick one run out of the audit log.

    exits: pod name → when its trial container ended.
    user: whose writes are counted.
    """
    mine = [r for r in requests if r.namespace == namespace and r.code in SETTLED_CODES and not _is_dry(r)]
    creates = sorted(r.received for r in mine if (r.verb, r.resource) == ("create", "jobs"))
    asks = [
        r.received
        for r in mine
        if (r.verb, r.resource) in {("create", "tuningjobs"), ("patch", "tuningjobs")}
    ]
    statuses = [r for r in mine if r.verb == "patch" and r.resource == "pods/status"]
    return Timeline(
        asked=min(asks, default=creates[0]),
        first_pod=min(r.completed for r in mine if (r.verb, r.resource) == ("create", "pods")),
        exits=sorted(exits.values()),
        told=[_told(statuses, pod, at) for pod, at in sorted(exits.items(), key=lambda item: item[1])],
        creates=creates,
        parallel=parallel,
        writes=Counter(
            f"{r.verb} {r.resource}"
            for r in mine
            if r.is_write and r.user == user and r.resource != "events" and r.verb != "delete"
        ),
    )


def _is_dry(request: Request) -> bool:
    """A dry run writes nothing, and what it would have created never was."""
    return "dryRun" in request.raw.get("requestURI", "")


def _told(statuses: list[Request], pod: str, at: datetime) -> datetime:
    later = [r.completed for r in statuses if r.name == pod and r.completed > at]
    if not later:
        raise ValueError(f"the audit log has no status of pod {pod} after its exit at {at}")
    return min(later)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
