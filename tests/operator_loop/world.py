"""A namespace of the real API server as the tests of the operator see it."""

import copy
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tuning_operator.cluster.client import Client, load_configuration
from tuning_operator.cluster.kinds import JOBS, PODS, TRIALS, TUNING_JOBS, Kind

from tests.operator_loop.hand_kubelet import Ending, succeeds

Body = dict[str, Any]
KINDS = {"tuningjobs": TUNING_JOBS, "trials": TRIALS, "jobs": JOBS, "pods": PODS}

# Nobody schedules these pods, so no real kubelet comes between them and the one by hand.
TEMPLATE: Body = {
    "spec": {
        "schedulerName": "by-hand",
        "containers": [{"name": "trial", "image": "trial", "command": ["trial"]}],
    }
}


def tuning_job(name: str = "hello", trials: Body | None = None, **spec: Any) -> Body:
    """Four trials of one parameter, drawn at random."""
    return {
        "apiVersion": "tuning.dev/v1alpha1",
        "kind": "TuningJob",
        "metadata": {"name": name},
        "spec": {
            "objectives": [{"metric": "score", "goal": "Maximize"}],
            "parameters": [{"name": "x", "type": "double", "min": 0.1, "max": 1}],
            "search": {"seed": 7, "stages": [{"algorithm": "Random"}]},
            "trials": {"max": 4, "parallel": 2} | (trials or {}),
            "template": copy.deepcopy(TEMPLATE),
            **spec,
        },
    }


def scores_x(environment: Any) -> Ending:
    """The trial's score is its x, after a moment."""
    return succeeds({"score": float(environment["TUNING_PARAM_x"])}, 0.1)


class World:
    """Reads and writes one namespace with the official client's connections."""

    def __init__(self, kubeconfig: Path, namespace: str) -> None:
        self.kubeconfig = kubeconfig
        self.namespace = namespace
        self._client = Client(load_configuration(str(kubeconfig)))

    def close(self) -> None:
        self._client.close()

    def create(self, body: Body, kind: Kind = TUNING_JOBS) -> Body:
        return self._call("POST", kind.path(self.namespace), body)

    def patch(self, name: str, change: Body, kind: Kind = TUNING_JOBS) -> Body:
        path = kind.path(self.namespace, name)
        return self._call("PATCH", path, change, "application/merge-patch+json")

    def delete(self, name: str, kind: Kind = TUNING_JOBS, how: str = "Background") -> None:
        self._call("DELETE", kind.path(self.namespace, name), {"propagationPolicy": how})

    def evict(self, pod: str) -> None:
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}}
        self._call("POST", f"{PODS.path(self.namespace, pod)}/eviction", eviction)

    def get(self, name: str, kind: Kind = TUNING_JOBS) -> Body:
        return self._call("GET", kind.path(self.namespace, name))

    def every(self, kind: Kind) -> list[Body]:
        items: list[Body] = self._call("GET", kind.path(self.namespace))["items"]
        return items

    def trials(self, job: str = "hello") -> list[Body]:
        """The job's Trials by number."""
        uid = self.get(job)["metadata"]["uid"]
        mine = [t for t in self.every(TRIALS) if t["metadata"]["ownerReferences"][0]["uid"] == uid]
        return sorted(mine, key=lambda trial: int(trial["spec"]["number"]))

    def status(self, name: str = "hello") -> Body:
        status: Body = self.get(name).get("status") or {}
        return status

    def finished(self, name: str = "hello", seconds: float = 60) -> Body:
        """The job's status, once it has finished."""
        return self.until(f"{name} has finished", lambda: self._end(name), seconds)

    def until(self, what: str, look: Callable[[], Any], seconds: float = 30) -> Any:
        """What `look` gives, once it gives something true."""
        deadline = time.monotonic() + seconds
        while not (seen := look()):
            assert time.monotonic() < deadline, f"after {seconds:.0f} s still not: {what}; {self._words()}"
            time.sleep(0.05)
        return seen

    def _end(self, name: str) -> Body | None:
        status = self.status(name)
        return status if status.get("phase") in ("Succeeded", "Failed") else None

    def _words(self) -> str:
        return json.dumps([job.get("status") for job in self.every(TUNING_JOBS)])

    def _call(
        self, method: str, path: str, body: Body | None = None, content: str = "application/json"
    ) -> Body:
        payload = None if body is None else json.dumps(body)
        _, answer = self._client._exchange(method, path, payload, content)
        if isinstance(answer, Exception):
            raise answer
        return answer
