"""Builds the objects that the operator creates. Pure: the same arguments give the same object."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tuning_operator.api import Basis, RunPurpose, Trial, TrialPurpose, TuningJob, names
from tuning_operator.cluster.projections import metrics_port
from tuning_operator.engine.environment import environment
from tuning_operator.engine.proposal import Proposed

Body = dict[str, Any]

KUEUE = "kueue.x-k8s.io/"  # its labels: the queue's name, the priority class, the longest time of execution

# A disrupted pod is replaced by the Job controller and counts as no failure. Every other failure ends
# the Job at once (backoffLimit 0): whether to run a trial again is `decide`'s to say.
FAILURE_POLICY: Body = {
    "rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]
}


def trial_body(
    job: TuningJob,
    *,
    number: int,
    stage: int,
    purpose: TrialPurpose,
    seed: int,
    proposed: Proposed,
    basis: Basis,
) -> Body:
    """The Trial to create."""
    space = {} if proposed.space is None else {"space": [one.to_json() for one in proposed.space]}
    return {
        "apiVersion": names.API_VERSION,
        "kind": "Trial",
        "metadata": {
            "name": names.trial_name(job.metadata.name, number),
            "namespace": job.metadata.namespace,
            "labels": {names.JOB_LABEL: job.metadata.name, names.TRIAL_LABEL: str(number)},
            "ownerReferences": [_owner(names.API_VERSION, "TuningJob", job.metadata.name, job.metadata.uid)],
        },
        "spec": {
            "number": number,
            "stage": stage,
            "purpose": purpose,
            "seed": seed,
            "parameters": dict(proposed.parameters),
            "basis": basis.to_json(),
            **space,
        },
    }


def run_body(job: TuningJob, trial: Trial, run: int, purpose: RunPurpose) -> Body:
    """The `batch/v1` Job of a Trial's run."""
    trial_name = trial.metadata.name
    labels = _labels(job, trial, run)
    template = pod_template(job, trial, purpose, labels)
    on_pods = template["metadata"]["labels"]
    queueing = {name: on_pods.pop(name) for name in list(on_pods) if name.startswith(KUEUE)}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": names.run_name(trial_name, run),
            "namespace": job.metadata.namespace,
            # Kueue manages a Job or a Pod by these labels: on both, it would count the trial twice.
            "labels": labels | queueing,
            "ownerReferences": [_owner(names.API_VERSION, "Trial", trial_name, trial.metadata.uid)],
        },
        "spec": {
            "completions": 1,
            "parallelism": 1,
            "backoffLimit": 0,
            "podReplacementPolicy": "Failed",  # never two pods of one trial at a time
            "podFailurePolicy": FAILURE_POLICY,
            "template": template,
        },
    }


def pod_template(job: TuningJob, trial: Trial, purpose: RunPurpose, labels: Mapping[str, str]) -> Body:
    """The job's template, made into this trial's: contract, metrics port and labels put in."""
    template = copy.deepcopy(job.spec.template)
    metadata = template.get("metadata") or {}
    template["metadata"] = {
        **{k: v for k, v in metadata.items() if k == "annotations" and v},
        "labels": {**(metadata.get("labels") or {}), **labels},
    }
    spec = template["spec"]
    spec["restartPolicy"] = "Never"
    spec.setdefault("automountServiceAccountToken", False)  # a trial needs no rights in the cluster
    spec["containers"] = [
        _trial_container(job, trial, purpose, c) if c.get("name") == names.TRIAL_CONTAINER else c
        for c in spec["containers"]
    ]
    return template


def pod_body(run: Mapping[str, Any]) -> Body:
    """The Pod that the Job controller would make of this Job, for a dry run."""
    template = copy.deepcopy(run["spec"]["template"])
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**template["metadata"], "namespace": run["metadata"]["namespace"]},
        "spec": template["spec"],
    }


def nameless(body: Body) -> Body:
    """The same object under a name that the server makes up, so that a dry run meets no namesake."""
    metadata = {k: v for k, v in body["metadata"].items() if k not in ("name", "ownerReferences")}
    return {**body, "metadata": {**metadata, "generateName": "tuning-dry-run-"}}


def _trial_container(job: TuningJob, trial: Trial, purpose: RunPurpose, container: Body) -> Body:
    port = metrics_port(container)
    contract = environment(
        job,
        trial,
        metrics_port=port,
        termination_log=container.get("terminationMessagePath"),
        purpose=purpose,
    )
    # The contract stands first, so that the user's own variables and args may refer to it, and what
    # the user sets under the same name still wins.
    variables = [{"name": name, "value": _literal(value)} for name, value in contract.items()]
    ports = list(container.get("ports") or ())
    if not any(p.get("name") == names.METRICS_PORT_NAME for p in ports):
        ports.append({"name": names.METRICS_PORT_NAME, "containerPort": port, "protocol": "TCP"})
    return {**container, "env": [*variables, *(container.get("env") or ())], "ports": ports}


def _literal(value: str) -> str:
    """Kubernetes reads `$(NAME)` in a variable's value as a reference, and `$$` as a dollar sign."""
    return value.replace("$", "$$")


def _labels(job: TuningJob, trial: Trial, run: int) -> dict[str, str]:
    return {
        names.JOB_LABEL: job.metadata.name,
        names.TRIAL_LABEL: str(trial.number),
        names.RUN_LABEL: str(run),
    }


def _owner(api_version: str, kind: str, name: str, uid: str | None) -> Body:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "name": name,
        "uid": uid,
        "controller": True,
        # True would let a child hold up the deletion of its parent, and would need rights on
        # the parent's finalizers.
        "blockOwnerDeletion": False,
    }
