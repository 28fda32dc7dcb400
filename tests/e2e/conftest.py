"""The operator as its users install it: its image, its manifests, its own ServiceAccount."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.e2e.jobs import Jobs, misses_its_image

OPERATOR = ("--namespace", "tuning-system")


@pytest.fixture(scope="session")
def operator(cluster: Any, images: Any) -> Any:
    """The cluster with the operator from manifests/ running in it."""
    cluster.kubectl("apply", "-k", "manifests/")
    cluster.kubectl(*OPERATOR, "rollout", "status", "deployment/tuning-operator", "--timeout=120s")
    return cluster


@pytest.fixture(scope="session")
def jobs_in(operator: Any) -> Callable[..., contextlib.AbstractContextManager[Jobs]]:
    """Makes a namespace for TuningJobs, and deletes it afterwards without waiting."""

    @contextlib.contextmanager
    def make(name: str, enforce: str = "restricted") -> Iterator[Jobs]:
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
