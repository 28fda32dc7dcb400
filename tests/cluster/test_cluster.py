"""The test cluster itself: what every other test leans on."""

import json

from tests.cluster import Client, Cluster
from tests.conftest import Kubectl


def test_the_api_server_has_the_version_that_was_asked_for(control_plane: Client) -> None:
    served = json.loads(control_plane.kubectl("get", "--raw", "/version").stdout)
    assert isinstance(control_plane, Cluster)
    assert served["gitVersion"] == f"v{control_plane.version}"


def test_the_audit_log_shows_a_write_as_soon_as_it_is_done(
    control_plane: Client, kubectl: Kubectl, namespace: str
) -> None:
    start = control_plane.audit_offset()
    kubectl("create", "configmap", "seen")
    writes = [each for each in control_plane.audit(start) if each.is_write and each.name == "seen"]
    assert [(each.verb, each.resource, each.namespace, each.code) for each in writes] == [
        ("create", "configmaps", namespace, 201)
    ]
