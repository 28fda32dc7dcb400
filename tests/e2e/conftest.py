"""The operator as its users install it: its image, its manifests, its own ServiceAccount."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.jobs import Jobs, misses_its_image

OPERATOR = ("--namespace", "tuning-system")


@pytest.fixture(scope="session")
def operator(cluster: Any, images: Any) -> Any:
    """The cluster with the operator from manifests/ running in it."""
    manifests = cluster.kubectl("kustomize", "manifests/").stdout
    cluster.kubectl("apply", "-f", "-", input=images.named_in(manifests))
    cluster.kubectl(*OPERATOR, "rollout", "status", "deployment/tuning-operator", "--timeout=120s")
    return cluster


@pytest.fixture(scope="session")
def jobs_in(operator: Any) -> Callable[..., contextlib.AbstractContextManager[Jobs]]:
    """Makes a namespace for TuningJobs, and deletes it afterwards without waiting.

    exactly: of this very name; else of one that nobody has, as the cluster may be others' too.
    """

    @contextlib.contextmanager
    def make(name: str, enforce: str = "restricted", exactly: bool = False) -> Iterator[Jobs]:
        name = name if exactly else f"{name}-{secrets.token_hex(3)}"
        operator.kubectl("create", "namespace", name)
        operator.kubectl("label", "namespace", name, f"pod-security.kubernetes.io/enforce={enforce}")
        try:
            yield Jobs(operator, name)
        finally:
            operator.kubectl("delete", "namespace", name, "--wait=false")

    return make


@pytest.fixture(scope="session")
def unpulled(jobs_in: Any) -> Iterator[Jobs]:
    """A job whose image nobody has. The kubelet tries for two minutes; other tests begin this and go on."""
    with jobs_in("unpulled") as found:
        found.apply(misses_its_image("unpulled", "IfNotPresent"))
        yield found
