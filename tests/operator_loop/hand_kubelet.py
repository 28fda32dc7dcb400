"""A kubelet by hand: writes the pod statuses that a real one would, without running anything.

Only the kubelet is played; the API server, the Job controller and the garbage collector are real.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any

from kubernetes import client as kubernetes_client
from tuning_operator.cluster.client import load_configuration

Body = dict[str, Any]
NODE = "by-hand"
Plan = Callable[[Mapping[str, str]], "Ending"]


class Ending(dict[str, Any]):
    """How a container ends: exit code, termination message, after how many seconds."""


def succeeds(metrics: Mapping[str, float], seconds: float = 0.0) -> Ending:
    return Ending(exit_code=0, message=json.dumps({"metrics": dict(metrics)}), seconds=seconds)


def fails(exit_code: int, message: str = "", reason: str = "Error", seconds: float = 0.0) -> Ending:
    return Ending(exit_code=exit_code, message=message, reason=reason, seconds=seconds)


def stays() -> Ending:
    """Runs on until it is deleted."""
    return Ending(seconds=float("inf"))


class HandKubelet:
    """Moves every pod of one namespace on: Running, then terminated as `plan` says.

    plan: called with the trial container's environment.
    accepted: when the API server accepted a pod's terminated status, by the pod's Job.
    """

    def __init__(self, kubeconfig: str, namespace: str, plan: Plan) -> None:
        self.plan = plan
        self.namespace = namespace
        self.accepted: dict[str, float] = {}
        self.seen: list[str] = []
        self._core = kubernetes_client.CoreV1Api(kubernetes_client.ApiClient(load_configuration(kubeconfig)))
        self._pods: dict[str, tuple[Ending, float]] = {}
        self._done: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "HandKubelet":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._core.api_client.rest_client.pool_manager.clear()

    def _run(self) -> None:
        while not self._stop.wait(0.02):
            try:
                for pod in self._list():
                    self._move_on(pod)
            except Exception as error:
                if not self._stop.is_set():
                    print(f"hand kubelet: {error!r}")

    def _list(self) -> list[Body]:
        answer = self._core.list_namespaced_pod(
            self.namespace, label_selector="tuning.dev/job", _preload_content=False, _request_timeout=10
        )
        items: list[Body] = json.loads(answer.data)["items"]
        return items

    def _move_on(self, pod: Body) -> None:
        uid = pod["metadata"]["uid"]
        if uid not in self._pods:
            ending = self.plan(environment(pod))
            self.seen.append(pod["metadata"]["labels"]["batch.kubernetes.io/job-name"])
            self._pods[uid] = (ending, time.monotonic() + ending["seconds"])
            self._bind(pod)
            self._write(pod, running())
        ending, due = self._pods[uid]
        if "deletionTimestamp" in pod["metadata"] and uid not in self._done:
            self._done.add(uid)
            self._write(pod, terminated(fails(143, json.dumps({"interrupted": True, "metrics": {}}))))
            self._remove(pod)
        elif time.monotonic() >= due and uid not in self._done:
            self._done.add(uid)
            self._write(pod, terminated(ending))
            self.accepted[pod["metadata"]["labels"]["batch.kubernetes.io/job-name"]] = time.time()
        elif "deletionTimestamp" in pod["metadata"]:
            self._remove(pod)

    def _bind(self, pod: Body) -> None:
        """A pod without a node is deleted at once; on one, its kubelet ends it first."""
        if not pod["spec"].get("nodeName"):
            target = {"apiVersion": "v1", "kind": "Node", "name": NODE}
            body = {"metadata": {"name": pod["metadata"]["name"]}, "target": target}
            self._core.create_namespaced_pod_binding(
                pod["metadata"]["name"], self.namespace, body, _preload_content=False
            )

    def _write(self, pod: Body, status: Body) -> None:
        try:
            self._core.patch_namespaced_pod_status(
                pod["metadata"]["name"], self.namespace, {"status": status}, _preload_content=False
            )
        except kubernetes_client.ApiException as error:
            if error.status != 404:
                raise

    def _remove(self, pod: Body) -> None:
        """As a kubelet does when all containers of a deleted pod have ended."""
        try:
            options = {"gracePeriodSeconds": 0, "preconditions": {"uid": pod["metadata"]["uid"]}}
            self._core.delete_namespaced_pod(
                pod["metadata"]["name"], self.namespace, body=options, _preload_content=False
            )
        except kubernetes_client.ApiException as error:
            if error.status not in (404, 409):
                raise


def environment(pod: Body) -> dict[str, str]:
    container = next(c for c in pod["spec"]["containers"] if c["name"] == "trial")
    return {variable["name"]: variable.get("value", "") for variable in container["env"]}


def now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def running() -> Body:
    return {
        "phase": "Running",
        "podIP": "127.0.0.1",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [_container({"running": {"startedAt": now()}}, ready=True)],
    }


def terminated(ending: Ending) -> Body:
    reason = "Completed" if ending["exit_code"] == 0 else ending["reason"]
    state = {
        "exitCode": ending["exit_code"],
        "reason": reason,
        "message": ending["message"],
        "startedAt": now(),
        "finishedAt": now(),
    }
    return {
        "phase": "Succeeded" if ending["exit_code"] == 0 else "Failed",
        "containerStatuses": [_container({"terminated": state, "running": None}, ready=False)],
    }


def _container(state: Body, ready: bool) -> Body:
    return {
        "name": "trial",
        "image": "trial",
        "imageID": "trial@sha256:0",
        "ready": ready,
        "restartCount": 0,
        "state": state,
    }
