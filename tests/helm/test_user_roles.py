"""Whoever may view, edit or administer a namespace may do the same with its TuningJobs, and no more."""

from __future__ import annotations

import time

import pytest

from tests.cluster import Client
from tests.tools.helm import Helm

READ, WRITE = {"get", "list", "watch"}, {"create", "update", "patch", "delete"}
ROLES = {"view": READ, "edit": READ | WRITE, "admin": READ | WRITE}


@pytest.fixture(scope="module")
def roles(control_plane: Client, helm: Helm) -> Client:
    control_plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", "manifests/crds")
    user_roles = helm.render({}, "--show-only", "templates/user-roles.yaml")
    control_plane.kubectl("apply", "-f", "-", input=user_roles)
    return control_plane


def may(client: Client, namespace: str, verb: str, what: str, *flags: str) -> bool:
    asked = ("auth", "can-i", verb, what, "--namespace", namespace, "--as", "ann")
    return client.kubectl(*asked, *flags, check=False).stdout.strip() == "yes"


def allowed(client: Client, namespace: str, what: str) -> set[str]:
    return {verb for verb in READ | WRITE if may(client, namespace, verb, what)}


def settled(client: Client, namespace: str, wanted: set[str]) -> set[str]:
    """What is allowed on TuningJobs, once the controller manager has gathered the aggregated rules."""
    deadline = time.monotonic() + 20
    while (found := allowed(client, namespace, "tuningjobs.tuning.dev")) != wanted:
        if time.monotonic() > deadline:
            break
    return found


@pytest.mark.parametrize("role", ROLES)
def test_a_role_of_a_namespace_reaches_its_tuningjobs(role: str, roles: Client, namespace: str) -> None:
    binding = ("rolebinding", "ann", f"--clusterrole={role}", "--user=ann")
    roles.kubectl("--namespace", namespace, "create", *binding)
    assert settled(roles, namespace, ROLES[role]) == ROLES[role]
    assert allowed(roles, namespace, "trials.tuning.dev") == READ, "Trials are the operator's record"
    assert not may(roles, namespace, "patch", "tuningjobs.tuning.dev", "--subresource=status")
    assert allowed(roles, "default", "tuningjobs.tuning.dev") == set()
