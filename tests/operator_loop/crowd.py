"""A cluster full of live trials: whole objects, as large as an API server sends them.

As a program, it fills a Store with so many jobs of so many trials each, and says what that took:

    python -m tests.operator_loop.crowd JOBS TRIALS
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tuning_operator.cluster.main
import tuning_operator.search.suggest  # noqa: F401  the operator imports it while it waits
from tuning_operator.api import Basis, Point, Run, Series, Trial, TrialStatus, TuningJob
from tuning_operator.cluster import objects
from tuning_operator.cluster.figures import Figures
from tuning_operator.cluster.kinds import JOBS, PODS, TRIALS, TUNING_JOBS, Kind
from tuning_operator.cluster.snapshot import trial_views
from tuning_operator.cluster.store import Store
from tuning_operator.engine.decide import decide
from tuning_operator.engine.limits import SERIES_POINTS
from tuning_operator.engine.proposal import Proposed
from tuning_operator.engine.snapshot import Observed
from tuning_operator.metrics.series import MOST_POINTS

from tests.operator_loop.builders import NOON, NOON_TEXT, Body
from tests.operator_loop.world import tuning_job

PAGE = 500
NAME, NODE, METRIC = "vision-0", "gpu-node-17.example.internal", "val_accuracy"
IMAGE = "registry.example.com/team/vision/train@sha256:" + "0123456789abcdef" * 4
AMOUNTS = {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1"}
MOUNTS = [{"name": name, "mountPath": f"/mnt/{name}"} for name in ("data", "cache", "artifacts")]
CONTAINER = {
    "name": "trial",
    "image": IMAGE,
    "command": ["tuning-trial", "run", "/mnt/data/model.py", "--epochs", "50"],
    "env": [{"name": name, "value": "value of " + name} for name in ("DATA_DIR", "CACHE_DIR", "AWS_REGION")],
    "resources": {"requests": AMOUNTS, "limits": AMOUNTS},
    "volumeMounts": MOUNTS,
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "imagePullPolicy": "IfNotPresent",
}
POD = {
    "containers": [CONTAINER],
    "volumes": [{"name": m["name"], "persistentVolumeClaim": {"claimName": m["name"]}} for m in MOUNTS],
    "securityContext": {"runAsNonRoot": True, "fsGroup": 1000},
    "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
}
DEFAULTS = {
    "nodeName": NODE,
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "serviceAccountName": "default",
    "terminationGracePeriodSeconds": 30,
    "enableServiceLinks": True,
    "preemptionPolicy": "PreemptLowerPriority",
    "priority": 0,
}
PARAMETERS = ("units", "dropout", "rate", "decay", "momentum", "depth", "warmup", "smoothing")


def pages(jobs: int, trials: int) -> Iterator[tuple[Kind, str]]:
    """What a LIST of each kind answers, page by page: so many jobs with so many trials that run."""
    for kind, items in _one_job(trials).items():
        like, at_once = ",".join(map(json.dumps, items)), max(PAGE // len(items), 1)
        for first in range(0, jobs, at_once):
            places = range(first, min(first + at_once, jobs))
            copies = [like.replace(NAME, f"vision-{place}") for place in places]
            yield kind, f'{{"items": [{",".join(copies)}]}}'


def _one_job(trials: int) -> dict[Kind, list[Body]]:
    body = _job()
    job = TuningJob.model_validate(body)
    made = [_trial(job, number) for number in range(1, trials + 1)]
    runs = [objects.run_body(job, Trial.parse(trial), 1, "Train") for trial in made]
    return {TUNING_JOBS: [body], TRIALS: made, JOBS: [*map(_batch_job, runs)], PODS: [*map(_pod, runs)]}


def _job() -> Body:
    body = tuning_job(
        NAME,
        objectives=[{"metric": METRIC, "goal": "Maximize"}],
        parameters=[{"name": name, "type": "double", "min": 0, "max": 1} for name in PARAMETERS],
        trials={"max": 100, "parallel": 20},
        template={"spec": POD},
    )
    return _served(body, {"phase": "Running", "message": "20 running", "startTime": NOON_TEXT})


def _trial(job: TuningJob, number: int) -> Body:
    body = objects.trial_body(
        job,
        number=number,
        stage=1,
        purpose="Search",
        seed=number,
        proposed=Proposed({name: 1 / (3 + number + i) for i, name in enumerate(PARAMETERS)}),
        basis=Basis(engine="0.1.0"),
    )
    name = f"{body['metadata']['name']}-r1"
    run = Run(
        number=1,
        purpose="Train",
        uid=_uid(name),
        pod=_uid(f"{name}-pod"),
        start_time=NOON,
        node=NODE,
        image=IMAGE,
        resources=AMOUNTS,
    )
    points = [Point(step=step, value=1 / (3 + number + step)) for step in range(SERIES_POINTS)]
    status = TrialStatus(observed_time=NOON, runs=[run], series=[Series(metric=METRIC, points=points)])
    return _served(body, status.to_json())


def _batch_job(body: Body) -> Body:
    counts = {"active": 1, "ready": 1, "terminating": 0, "uncountedTerminatedPods": {}}
    return _served(body, {"startTime": NOON_TEXT, **counts})


def _pod(run: Body) -> Body:
    body, name = objects.pod_body(run), run["metadata"]["name"]
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": name, "uid": _uid(name), "controller": True}
    body["metadata"] |= {"name": f"{name}-pod", "ownerReferences": [owner]}
    body["spec"] |= DEFAULTS
    conditions = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    container = {
        "name": "trial",
        "image": IMAGE,
        "imageID": IMAGE,
        "containerID": "containerd://" + "fedcba9876543210" * 4,
        "ready": True,
        "started": True,
        "restartCount": 0,
        "lastState": {},
        "state": {"running": {"startedAt": NOON_TEXT}},
        "allocatedResources": AMOUNTS,
        "resources": CONTAINER["resources"],
        "volumeMounts": [{**mount, "recursiveReadOnly": "Disabled"} for mount in MOUNTS],
    }
    status = {
        "phase": "Running",
        "qosClass": "Guaranteed",
        "startTime": NOON_TEXT,
        "hostIP": "192.168.17.23",
        "hostIPs": [{"ip": "192.168.17.23"}],
        "podIP": "10.42.17.23",
        "podIPs": [{"ip": "10.42.17.23"}],
        "conditions": [{"type": c, "status": "True", "lastTransitionTime": NOON_TEXT} for c in conditions],
        "containerStatuses": [container],
    }
    return _served(body, status)


def _served(body: Body, status: Body) -> Body:
    """The object with what the API server adds, the record of who set which field included."""
    name = body["metadata"]["name"]
    own = {"uid": _uid(name), "resourceVersion": "1000", "creationTimestamp": NOON_TEXT}
    entry = {"apiVersion": body["apiVersion"], "operation": "Update", "time": NOON_TEXT}
    managed = [
        {**entry, "manager": "tuning-operator", "fieldsV1": _fields({"spec": body["spec"]})},
        {**entry, "manager": "kube", "subresource": "status", "fieldsV1": _fields({"status": status})},
    ]
    metadata = {"namespace": "lab", "generation": 1, **body["metadata"], **own, "managedFields": managed}
    return {**body, "metadata": metadata, "status": status}


def _fields(value: Any) -> Body:
    """The names of the fields, as managedFields has them."""
    if isinstance(value, list):
        return {f"k:{json.dumps({'name': i})}": {".": {}, **_fields(one)} for i, one in enumerate(value)}
    return {f"f:{name}": _fields(one) for name, one in value.items()} if isinstance(value, dict) else {}


def _uid(name: str) -> str:
    return f"{name:0>36}"


def fill(store: Store, kind: Kind, page: str) -> None:
    """Take in a page of a LIST."""
    for body in json.loads(page)["items"]:
        store.put(kind, body)


def _watch(store: Store) -> None:
    """What comes by and by: the scrapes of each trial, a visit to each job, a look at the operator's page."""
    for run in store.runs:
        seen = (Observed(METRIC, step, 1 / (3 + step)) for step in range(MOST_POINTS))
        store.scraped[run.uid] = tuple(seen)
    for known in store.jobs:
        decide(known.job, trial_views(store, known), NOON)
    Figures(store).at(NOON)


def _peak() -> float:
    """The largest resident set of this process, MiB; unlike ru_maxrss nothing of the one that started it."""
    [line] = [x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def main() -> None:
    store, bare = Store(), _peak()
    for kind, page in pages(*map(int, sys.argv[1:])):
        fill(store, kind, page)
    _watch(store)
    live = sum(not known.trial.finished for known in store.trials)
    print(json.dumps({"trials": live, "pods": len(store.pods), "bare": bare, "mebibytes": _peak()}))


if __name__ == "__main__":
    main()
