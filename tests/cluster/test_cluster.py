"""The test cluster itself: what every other test leans on."""

import json
from typing import Any

import pytest

from tests.cluster import Client, Cluster
from tests.cluster.traces import traces
from tests.conftest import Kubectl

RESTRICTED = "pod-security.kubernetes.io/enforce=restricted"


def shell_pod(cluster: Client, name: str, script: str, **resources: Any) -> dict[str, Any]:
    """A pod that Pod Security `restricted` admits, with one shell container."""
    security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container = {
        "name": "shell",
        "image": cluster.shell_image,
        "command": ["sh", "-ec", script],
        "securityContext": security,
        "resources": resources,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {
            "restartPolicy": "Never",
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
        },
    }


def terminated(cluster: Client, namespace: str, name: str) -> dict[str, Any]:
    """How the pod's only container ended."""
    ended = "jsonpath={.status.containerStatuses[0].state.terminated}"
    cluster.wait_for(ended, f"pod/{name}", "--namespace", namespace, seconds=30)
    status = cluster.get("pod", name, "--namespace", namespace)["status"]
    state: dict[str, Any] = status["containerStatuses"][0]["state"]["terminated"]
    return state


def test_the_api_server_has_the_version_that_was_asked_for(control_plane: Client) -> None:
    served = json.loads(control_plane.kubectl("get", "--raw", "/version").stdout)
    if isinstance(control_plane, Cluster):
        assert served["gitVersion"] == f"v{control_plane.version}"
    assert int(served["minor"]) >= 32


def test_the_audit_log_shows_a_write_as_soon_as_it_is_done(
    control_plane: Client, kubectl: Kubectl, namespace: str
) -> None:
    start = control_plane.audit_offset()
    kubectl("create", "configmap", "seen")
    writes = [each for each in control_plane.audit(start) if each.is_write and each.name == "seen"]
    assert [(each.verb, each.resource, each.namespace, each.code) for each in writes] == [
        ("create", "configmaps", namespace, 201)
    ]


def test_a_restricted_namespace_runs_an_unprivileged_pod_and_its_last_message_arrives(
    cluster: Client, namespace: str
) -> None:
    cluster.kubectl("label", "namespace", namespace, RESTRICTED)
    script = "test $(id -u) != 0; echo '{}' > /dev/termination-log; exit 3"
    cluster.apply(shell_pod(cluster, "speaks", script), namespace=namespace)
    state = terminated(cluster, namespace, "speaks")
    assert (state["exitCode"], state["message"].strip()) == (3, "{}")


def test_a_restricted_namespace_refuses_a_privileged_pod(cluster: Client, namespace: str) -> None:
    cluster.kubectl("label", "namespace", namespace, RESTRICTED)
    image = f"--image={cluster.shell_image}"
    refused = cluster.kubectl("run", "root", image, "--namespace", namespace, "--privileged", check=False)
    assert "violates PodSecurity" in refused.stderr


def test_a_pod_reaches_the_api_server_by_its_service_address_with_its_own_token(
    cluster: Client, namespace: str
) -> None:
    script = """
        token=$(cat /var/run/secrets/kubernetes.io/serviceaccount/token)
        api=https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT
        wget -q -O - --no-check-certificate --header "Authorization: Bearer $token" \\
            --header "Content-Type: application/json" --post-data \\
            '{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}' \\
            $api/apis/authentication.k8s.io/v1/selfsubjectreviews > /tmp/answer
        grep username /tmp/answer > /dev/termination-log
    """
    cluster.apply(shell_pod(cluster, "asks", script), namespace=namespace)
    assert f"system:serviceaccount:{namespace}:default" in terminated(cluster, namespace, "asks")["message"]


def test_a_container_beyond_its_memory_limit_is_killed(cluster: Client, namespace: str) -> None:
    limits = {"memory": "16Mi"}
    cluster.apply(shell_pod(cluster, "hungry", "tail /dev/zero", limits=limits), namespace=namespace)
    assert terminated(cluster, namespace, "hungry")["reason"] == "OOMKilled"


def test_an_advertised_resource_limits_how_many_pods_run(cluster: Client, namespace: str) -> None:
    cluster.advertise("tuning.dev/unit", 1)
    for name in ("first", "second"):
        limits = {"tuning.dev/unit": "1"}
        cluster.apply(shell_pod(cluster, name, "exec sleep 60", limits=limits), namespace=namespace)
    cluster.wait_for("jsonpath={.status.phase}=Running", "pod/first", "--namespace", namespace)
    pending = 'jsonpath={.status.conditions[?(@.type=="PodScheduled")].reason}=Unschedulable'
    cluster.wait_for(pending, "pod/second", "--namespace", namespace)


def test_the_traces_of_a_running_cluster_are_seen(cluster: Client) -> None:
    """Otherwise `stop`, which looks for them, would find nothing whatever it left."""
    if not isinstance(cluster, Cluster):
        pytest.skip("the cluster of KUBECONFIG leaves its traces elsewhere")
    kinds = {each.split()[0] for each in traces(cluster.directories.root)}
    assert kinds >= {"process", "interface", "directory"}
