"""Small TuningJobs whose trials are shell scripts, and how to look at what became of them."""

from __future__ import annotations

import copy
import os
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.cluster import Client

# on a given cluster, an image that it can pull; it needs sh, sleep and httpd
SHELL_IMAGE = (
    os.environ.get("SHELL_IMAGE", "busybox:stable") if "KUBECONFIG" in os.environ else Client.shell_image
)
OPERATOR_USER = "system:serviceaccount:tuning-system:tuning-operator"
REPORT = 'echo "{\\"metrics\\": {\\"score\\": $TUNING_PARAM_x}}" > /dev/termination-log\n'

RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def shell_job(
    name: str, script: str = REPORT, trials: dict[str, Any] | None = None, **spec: Any
) -> dict[str, Any]:
    """A TuningJob over one double `x`, whose trials run the script and report `score`."""
    container = {
        "name": "trial",
        "image": SHELL_IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["/bin/sh", "-c", script],
        "securityContext": copy.deepcopy(RESTRICTED),
    }
    return {
        "apiVersion": "tuning.dev/v1alpha1",
        "kind": "TuningJob",
        "metadata": {"name": name},
        "spec": {
            "objectives": [{"metric": "score", "goal": "Maximize"}],
            "parameters": [{"name": "x", "type": "double", "min": 0, "max": 1}],
            "search": {"seed": 1, "stages": [{"algorithm": "Random"}]},
            "trials": {"max": 2, "parallel": 1, **(trials or {})},
            "template": {
                "spec": {"terminationGracePeriodSeconds": 2, "containers": [container]},
            },
            **spec,
        },
    }


def container(job: dict[str, Any]) -> dict[str, Any]:
    """The trial container of a job, to change."""
    found: dict[str, Any] = job["spec"]["template"]["spec"]["containers"][0]
    return found


def first_trial_only(fault: str) -> str:
    """A script whose first trial meets the fault, and whose others report and end well."""
    return f'if [ "$TUNING_TRIAL_NUMBER" = 1 ]; then\n{fault}\nfi\n{REPORT}'


def misses_its_image(name: str, policy: str) -> dict[str, Any]:
    """A job of one trial, of an image that nobody has."""
    job = shell_job(name, trials={"max": 1})
    container(job).update(image="registry.invalid/none:1", imagePullPolicy=policy)
    return job


class Jobs:
    """TuningJobs of one namespace."""

    def __init__(self, cluster: Any, namespace: str) -> None:
        self.cluster = cluster
        self.namespace = namespace

    def kubectl(self, *arguments: str, **more: Any) -> Any:
        return self.cluster.kubectl("--namespace", self.namespace, *arguments, **more)

    def apply(self, *objects: dict[str, Any]) -> None:
        self.cluster.apply(*objects, namespace=self.namespace)

    def get(self, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = self.cluster.get("--namespace", self.namespace, *arguments)
        return found

    def items(self, kind: str, job: str | None = None) -> list[dict[str, Any]]:
        """Objects of that kind, of one job if it is named, the oldest number first."""
        selector = ["-l", f"tuning.dev/job={job}"] if job else []
        found: list[dict[str, Any]] = self.get(kind, *selector)["items"]
        return sorted(found, key=lambda item: int(item["metadata"]["labels"].get("tuning.dev/trial", 0)))

    def trials(self, job: str) -> list[dict[str, Any]]:
        return self.items("trials", job)

    def trial(self, job: str, number: int) -> dict[str, Any]:
        return self.get("trial", f"{job}-{number}")

    def status(self, job: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get("tuningjob", job).get("status", {})
        return found

    def finished(self, job: str, seconds: int = 120) -> dict[str, Any]:
        """Wait until the job is Finished; its status."""
        self.kubectl("wait", "--for=condition=Finished", f"tuningjob/{job}", f"--timeout={seconds}s")
        return self.status(job)

    def assert_described(self, job: str, reason: str) -> None:
        """Why the job's first trial failed stands where a person looks: in `kubectl describe`, of either."""
        of_trial = self.kubectl("describe", "trial", f"{job}-1").stdout
        assert re.search(rf"^  Reason: +{reason}$", of_trial, re.MULTILINE), of_trial
        self.assert_told(job, rf"TrialFailed .*{job}-1.*{reason}")

    def assert_told(self, job: str, pattern: str) -> None:
        """An Event in `kubectl describe` of the job says this, once; it comes after the status."""

        def look() -> bool:
            of_job = self.kubectl("describe", "tuningjob", job).stdout
            assert len(re.findall(rf"^ +Warning +{pattern}", of_job, re.MULTILINE)) == 1, of_job
            return True

        self.eventually(f"{pattern} in kubectl describe", look, seconds=10)

    def eventually(self, what: str, check: Callable[[], Any], seconds: int = 60) -> Any:
        """Wait until the check gives something true; what it gave. Not found yet is not true yet."""
        for last in _moments(seconds):
            try:
                if answer := check():
                    return answer
            except Exception:
                if last:
                    raise
        raise AssertionError(f"after {seconds} s still not: {what}")

    def pod_of(self, trial: str, phase: str = "Running", seconds: int = 60) -> str:
        """The name of a trial's newest pod, once it is in that phase."""

        def look() -> str | None:
            pods = self.get("pods", "-l", "tuning.dev/job")["items"]
            mine = [p for p in pods if p["metadata"]["name"].startswith(f"{trial}-r")]
            ready = [p["metadata"]["name"] for p in mine if p["status"].get("phase") == phase]
            return ready[-1] if ready else None

        name: str = self.eventually(f"a {phase} pod of {trial}", look, seconds)
        return name


def _moments(seconds: float) -> Iterator[bool]:
    """One tick every 0.3 s; True at the last."""
    deadline = time.monotonic() + seconds
    while (now := time.monotonic()) < deadline:
        yield now > deadline - 0.7
        time.sleep(0.3)
