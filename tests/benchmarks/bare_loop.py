"""The least that could do the work: create a Job, wait, create the next.

It creates the same Jobs as the operator did (read back from the cluster), with the official
client, and knows nothing of parameters, metrics or crashes.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kubernetes import client, config


def run_bare_loop(
    kubeconfig: Path, namespace: str, job: dict[str, Any], count: int, parallel: int, on: str
) -> None:
    """Run `count` copies of a Job, `parallel` at once.

    on: "jobs" starts the next when a Job is Complete, "pods" when a pod has Succeeded.
    """
    api = config.new_client_from_config(str(kubeconfig))
    batch, core = client.BatchV1Api(api), client.CoreV1Api(api)
    created, ended = 0, set[str]()
    listing = batch.list_namespaced_job if on == "jobs" else core.list_namespaced_pod
    stream = listing(namespace, watch=True, _preload_content=False)
    while created < min(parallel, count):
        created += 1
        batch.create_namespaced_job(namespace, copy_of(job, created))
    for item in _objects(stream):
        if item["metadata"]["uid"] in ended or not is_through(item):
            continue
        ended.add(item["metadata"]["uid"])
        if created < count:
            created += 1
            batch.create_namespaced_job(namespace, copy_of(job, created))
        if len(ended) == count:
            return


def is_through(item: dict[str, Any]) -> bool:
    """A Job is Complete, or a pod has Succeeded."""
    status = item.get("status", {})
    complete = any(c["type"] == "Complete" and c["status"] == "True" for c in status.get("conditions", []))
    return bool(status.get("phase") == "Succeeded" or complete)


def copy_of(job: dict[str, Any], number: int) -> dict[str, Any]:
    """A Job like this one, for a bare loop: its own name, no owner, nothing of the original's run."""
    spec = copy.deepcopy(job["spec"])
    spec.pop("selector", None)
    spec["template"]["metadata"] = {}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": f"bare-{number}"},
        "spec": spec,
    }


def _objects(stream: Any) -> Iterator[dict[str, Any]]:
    rest = b""
    for chunk in stream.stream(8192, decode_content=False):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield json.loads(line)["object"]
