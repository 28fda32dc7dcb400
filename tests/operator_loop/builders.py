"""Small API objects for the unit tests: as the API server would send them."""

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from tuning_operator.api import Trial, TuningJob
from tuning_operator.cluster.projections import BatchJob, Pod, batch_job, pod

Body = dict[str, Any]
NOON = datetime(2026, 1, 1, 12, 0, 0, tzinfo=timezone.utc)
NOON_TEXT = "2026-01-01T12:00:00Z"


def metadata(name: str, uid: str, version: int, owner: tuple[str, str] | None = None, **more: Any) -> Body:
    kind, owner_uid = owner or ("", "")
    owners = [{"apiVersion": "v", "kind": kind, "name": "hello", "uid": owner_uid, "controller": True}]
    return {
        "name": name,
        "namespace": "ns",
        "uid": uid,
        "resourceVersion": str(version),
        "creationTimestamp": NOON_TEXT,
        "labels": {"tuning.dev/job": "hello", "tuning.dev/run": "1"},
        **({"ownerReferences": owners} if owner else {}),
        **more,
    }


def job_body(uid: str = "job", version: int = 1, template: Body | None = None, **spec: Any) -> Body:
    container = {"name": "trial", "image": "i"}
    return {
        "metadata": metadata("hello", uid, version),
        "spec": {
            "objectives": [{"metric": "score", "goal": "Maximize"}],
            "parameters": [{"name": "x", "type": "double", "min": 0, "max": 1}],
            "trials": {"max": 4},
            "template": template or {"spec": {"containers": [container]}},
            **spec,
        },
    }


def trial_body(
    uid: str = "trial", version: int = 1, job: str = "job", number: int = 1, **status: Any
) -> Body:
    return {
        "metadata": metadata(f"hello-{number}", uid, version, ("TuningJob", job)),
        "spec": {
            "number": number,
            "stage": 1,
            "purpose": "Search",
            "seed": 5,
            "parameters": {"x": 0.5},
            "basis": {"engine": "0"},
        },
        "status": status,
    }


def run_body(uid: str = "run", version: int = 1, trial: str = "trial", **status: Any) -> Body:
    return {"metadata": metadata("hello-1-r1", uid, version, ("Trial", trial)), "spec": {}, "status": status}


def pod_body(
    uid: str = "pod", version: int = 1, run: str = "run", state: Body | None = None, **more: Any
) -> Body:
    """A pod whose trial container is in this state; `more` goes to the status, but for `metadata`."""
    meta = metadata("hello-1-r1-abc", uid, version, ("Job", run), **more.pop("metadata", {}))
    statuses = [{"name": "trial", "imageID": "i@sha256:1", "state": state or {}}]
    status = {"phase": "Running", "podIP": "10.0.0.1", "containerStatuses": statuses, **more}
    return {"metadata": meta, "spec": {"nodeName": "n", "containers": [{"name": "trial"}]}, "status": status}


def tuning_job(**spec: Any) -> TuningJob:
    return TuningJob.model_validate(job_body(**spec))


def trial(*runs: Body) -> Trial:
    return Trial.model_validate(trial_body(runs=list(runs)))


def recorded(number: int = 1, uid: str = "run") -> Body:
    return {"number": number, "purpose": "Train", "uid": uid}


def run(
    deleting: bool = False,
    suspended: bool = False,
    ended: str | None = None,
    started: str = NOON_TEXT,
    conditions: Sequence[Body] = (),
) -> BatchJob:
    body = run_body(startTime=started, conditions=list(conditions))
    if deleting:
        body["metadata"]["deletionTimestamp"] = NOON_TEXT
    if ended:
        condition = {
            "type": ended,
            "status": "True",
            "reason": "R",
            "message": "m",
            "lastTransitionTime": NOON_TEXT,
        }
        body["status"]["conditions"] = [condition]
    body["spec"]["suspend"] = suspended
    found = batch_job(body)
    assert found is not None
    return found


def a_pod(**more: Any) -> Pod:
    found = pod(pod_body(**more))
    assert found is not None
    return found


def terminated(code: int, message: str | None = None, reason: str = "Error", at: str = NOON_TEXT) -> Body:
    state = {"exitCode": code, "reason": reason, "message": message, "startedAt": NOON_TEXT, "finishedAt": at}
    return {"terminated": state}


def running() -> Body:
    return {"running": {"startedAt": NOON_TEXT}}


def waiting(reason: str, message: str = "") -> Body:
    return {"waiting": {"reason": reason, "message": message}}


def disrupted(reason: str = "EvictionByEvictionAPI") -> Body:
    return {"type": "DisruptionTarget", "status": "True", "reason": reason, "message": "drained"}
