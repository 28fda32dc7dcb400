"""What memory keeps of Jobs and Pods: the few facts that views are made from, never whole objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from tuning_operator.api import names

Body = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BatchJob:
    """A `batch/v1` Job of ours.

    owner: uid of the Trial that controls it. run: from 1.
    suspended: it is, or its controller has not started it again yet.
    started: when it was last started; a suspension leaves it as it is.
    ended: Complete, Failed, or None while it may still make pods.
    """

    namespace: str
    name: str
    uid: str
    version: int
    owner: str
    run: int
    created: datetime
    deleting: bool = False
    suspended: bool = False
    started: datetime | None = None
    ended: str | None = None
    ended_at: datetime | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a container does not run."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Terminated:
    """How a container ended. text: its termination message, unread."""

    exit_code: int
    reason: str
    text: str | None
    started: datetime | None
    finished: datetime | None


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod of ours.

    owner: uid of the Job that controls it.
    deletion_asked: when somebody asked to delete it (its grace period begins there).
    disruption: reason and message of its DisruptionTarget condition.
    blocked: what the scheduler or an init container says against it.
    gone: the API server no longer has it; kept until its Trial recorded what it said.
    """

    namespace: str
    name: str
    uid: str
    version: int
    owner: str
    created: datetime
    phase: str
    reason: str = ""
    message: str = ""
    deletion_asked: datetime | None = None
    disruption: str | None = None
    blocked: str | None = None
    waiting: Waiting | None = None
    started: datetime | None = None
    terminated: Terminated | None = None
    ip: str | None = None
    node: str | None = None
    port: int = names.METRICS_PORT
    image: str | None = None
    resources: Mapping[str, str] | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a Job's controller said when it could not make a pod (its FailedCreate event).

    at: when it said so last.
    """

    message: str
    at: datetime


def batch_job(body: Body) -> BatchJob | None:
    """None, when no Trial controls it: then it is not ours, whatever its labels say."""
    metadata, status = body["metadata"], body.get("status") or {}
    owner = controller(body)
    run = (metadata.get("labels") or {}).get(names.RUN_LABEL, "")
    if owner is None or owner.get("kind") != "Trial" or not run.isdigit():
        return None
    conditions = status.get("conditions") or ()
    ended = next((c for c in conditions if _holds(c, "Complete", "Failed")), None)
    return BatchJob(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        version=int(metadata["resourceVersion"]),
        owner=owner["uid"],
        run=int(run),
        created=_required_time(metadata["creationTimestamp"]),
        deleting="deletionTimestamp" in metadata,
        suspended=bool(body["spec"].get("suspend")) or any(_holds(c, "Suspended") for c in conditions),
        started=_time(status.get("startTime")),
        ended=ended and ended["type"],
        ended_at=_time(ended and ended.get("lastTransitionTime")),
        message=_sentence(ended.get("reason"), ended.get("message")) if ended else "",
    )


def pod(body: Body) -> Pod | None:
    """None, when no Job controls it."""
    metadata, status, spec = body["metadata"], body.get("status") or {}, body["spec"]
    owner = controller(body)
    if owner is None or owner.get("kind") != "Job":
        return None
    container = names.trial_container(spec.get("containers") or ())
    seen = names.trial_container(status.get("containerStatuses") or ())
    state = seen.get("state") or {}
    waiting = _waiting(state) or _first(_waiting(s.get("state") or {}) for s in _init(status))
    terminated = _terminated(state.get("terminated"))
    running = state.get("running") or {}
    return Pod(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        version=int(metadata["resourceVersion"]),
        owner=owner["uid"],
        created=_required_time(metadata["creationTimestamp"]),
        phase=status.get("phase") or "Pending",
        reason=status.get("reason") or "",
        message=status.get("message") or "",
        deletion_asked=_deletion_asked(metadata),
        disruption=_first(_words(c) for c in status.get("conditions") or () if _holds(c, "DisruptionTarget")),
        blocked=_blocked(status),
        waiting=waiting,
        started=terminated.started if terminated else _time(running.get("startedAt")),
        terminated=terminated,
        ip=status.get("podIP"),
        node=spec.get("nodeName"),
        port=metrics_port(container),
        image=seen.get("imageID") or container.get("image"),
        resources=_resources(container),
    )


def refusal(event: Body) -> Refusal:
    """Of an Event of either API: the older one counts repetitions, the newer one has a series of them."""
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    at = _first(times) or event["metadata"]["creationTimestamp"]
    return Refusal(event.get("message") or "FailedCreate", _required_time(at))


def controller(body: Body) -> Mapping[str, Any] | None:
    """The owner reference that controls the object."""
    return next((o for o in body["metadata"].get("ownerReferences") or () if o.get("controller")), None)


def metrics_port(container: Body) -> int:
    """The container port named `metrics`, else the one that is injected."""
    ports = container.get("ports") or ()
    named = (p["containerPort"] for p in ports if p.get("name") == names.METRICS_PORT_NAME)
    return next(named, names.METRICS_PORT)


def _init(status: Body) -> Iterable[Body]:
    return status.get("initContainerStatuses") or ()


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _holds(condition: Body, *types: str) -> bool:
    return condition.get("type") in types and condition.get("status") == "True"


def _words(condition: Body) -> str:
    return _sentence(condition.get("reason"), condition.get("message"))


def _sentence(reason: str | None, message: str | None) -> str:
    return ": ".join(part for part in (reason, message) if part)


def _waiting(state: Body) -> Waiting | None:
    waiting = state.get("waiting")
    # These two only say that its turn has not come; what holds it up stands elsewhere.
    if not waiting or waiting.get("reason") in (None, "ContainerCreating", "PodInitializing"):
        return None
    return Waiting(waiting["reason"], waiting.get("message") or "")


def _terminated(state: Body | None) -> Terminated | None:
    if not state:
        return None
    return Terminated(
        exit_code=state.get("exitCode", 0),
        reason=state.get("reason") or "",
        text=state.get("message"),
        started=_time(state.get("startedAt")),
        finished=_time(state.get("finishedAt")),
    )


def _blocked(status: Body) -> str | None:
    conditions = status.get("conditions") or ()
    unscheduled = (c for c in conditions if c.get("type") == "PodScheduled" and c["status"] == "False")
    failed = (
        f"init container {s['name']} exited with {ended['exitCode']}"
        for s in _init(status)
        if (ended := (s.get("state") or {}).get("terminated")) and ended.get("exitCode")
    )
    return _first((*map(_words, unscheduled), *failed))


def _deletion_asked(metadata: Body) -> datetime | None:
    at = _time(metadata.get("deletionTimestamp"))  # when it will be killed, not when it was asked
    return at and at - timedelta(seconds=metadata.get("deletionGracePeriodSeconds") or 0)


def _resources(container: Body) -> dict[str, str] | None:
    asked = container.get("resources") or {}
    amounts = asked.get("limits") or asked.get("requests")
    return {name: str(amount) for name, amount in amounts.items()} if amounts else None


def _time(text: str | None) -> datetime | None:
    return _required_time(text) if text else None


def _required_time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
