"""What the chart makes of its values."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.cluster.images import version
from tests.helm.values import EVERYTHING, MONITORING, NAMESPACED, PEER, WAYS
from tests.tools.helm import CHART, ROOT, Helm

Body = dict[str, Any]
MONITORS = ("ServiceMonitor", "PodMonitor", "PrometheusRule", "ConfigMap")
CLUSTER_WIDE = {"ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"}


def key(body: Body) -> tuple[str, str, str]:
    metadata = body["metadata"]
    return body["kind"], metadata.get("namespace", ""), metadata["name"]


def of_kind(objects: list[Body], *kinds: str) -> list[Body]:
    return [each for each in objects if each["kind"] in kinds]


def only(objects: list[Body], kind: str) -> Body:
    [found] = of_kind(objects, kind)
    return found


def pod_spec(objects: list[Body]) -> Body:
    found: Body = only(objects, "Deployment")["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize("way", WAYS)
def test_both_major_versions_of_helm_render_the_same(way: str, helm: Helm, tools: Any) -> None:
    by_three, by_four = Helm(tools.helm3).objects(WAYS[way]), helm.objects(WAYS[way])
    assert {key(b): b for b in by_three} == {key(b): b for b in by_four}


@pytest.mark.parametrize(("kubernetes", "is_taken"), [("1.31.9", False), ("1.32.0", True), ("1.35.4", True)])
def test_only_a_kubernetes_that_we_support_is_installed_on(
    kubernetes: str, is_taken: bool, helm: Helm
) -> None:
    said = helm.run("template", str(CHART), "--kube-version", kubernetes, check=False)
    assert (said.returncode == 0) == is_taken
    assert is_taken or ">=1.32" in said.stderr


def test_helm_lint_is_content(each_helm: Helm) -> None:
    each_helm.run("lint", "--strict", str(CHART))


def test_kubectl_apply_k_manifests_installs_the_same_objects(helm: Helm) -> None:
    folder = ROOT / "manifests"
    resources = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    plain = [b for path in resources for b in yaml.safe_load_all((folder / path).read_text())]
    charted = [b for b in helm.objects() if "helm.sh/hook" not in str(b["metadata"])]
    without_namespace = {key(b): strip(b) for b in plain if b["kind"] != "Namespace"}
    assert without_namespace == {key(b): strip(b) for b in charted}


def strip(body: Body) -> Body:
    """CRDs have neither label nor annotation in manifests/: those are the release's business."""
    if body["kind"] == "CustomResourceDefinition":
        return {**body, "metadata": {"name": body["metadata"]["name"]}}
    return body


def test_a_list_of_namespaces_means_roles_only(helm: Helm) -> None:
    objects = helm.objects(NAMESPACED | {"crds": {"enabled": False}})
    assert not of_kind(objects, *CLUSTER_WIDE)
    roles = {(r["metadata"]["namespace"], r["metadata"]["name"]) for r in of_kind(objects, "Role")}
    assert roles == {
        ("team-red", "tuning-operator"),
        ("team-blue", "tuning-operator"),
        ("tuning-system", "tuning-operator-lease"),
    }
    bindings = of_kind(objects, "RoleBinding")
    assert {b["subjects"][0]["namespace"] for b in bindings} == {"tuning-system"}
    assert len(bindings) == 3
    arguments = pod_spec(objects)["containers"][0]["args"]
    assert [a for a in arguments if "namespace" in a] == ["--namespace=team-red", "--namespace=team-blue"]


def test_the_rights_are_the_same_in_a_namespace_and_everywhere(helm: Helm) -> None:
    everywhere = next(
        r for r in of_kind(helm.objects(), "ClusterRole") if r["metadata"]["name"] == "tuning-operator"
    )
    in_namespaces = [
        r for r in of_kind(helm.objects(NAMESPACED), "Role") if "lease" not in r["metadata"]["name"]
    ]
    assert [r["rules"] for r in in_namespaces] == [everywhere["rules"]] * 2


@pytest.mark.parametrize("way", WAYS)
def test_no_right_is_a_wildcard_or_reads_secrets(way: str, helm: Helm) -> None:
    for role in of_kind(helm.objects(WAYS[way]), "Role", "ClusterRole"):
        for rule in role["rules"]:
            said = {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}
            assert not said & {"*", "secrets", "escalate", "bind", "impersonate"}, role["metadata"]["name"]


@pytest.mark.parametrize(("replicas", "budgets"), [(1, 0), (2, 1)])
def test_a_disruption_budget_comes_with_the_second_replica(replicas: int, budgets: int, helm: Helm) -> None:
    found = of_kind(helm.objects({"replicas": replicas}), "PodDisruptionBudget")
    assert len(found) == budgets
    for budget in found:
        assert budget["spec"]["maxUnavailable"] == 1
        assert "minAvailable" not in budget["spec"]


def test_everything_that_can_be_said_of_the_pod_is_said(helm: Helm) -> None:
    spec = pod_spec(helm.objects(EVERYTHING))
    for name in ("imagePullSecrets", "nodeSelector", "affinity", "tolerations", "priorityClassName"):
        assert spec[name] == EVERYTHING[name]
    [container] = spec["containers"]
    assert container["resources"]["limits"]["cpu"] == "2"
    assert container["image"].endswith(f":{version()}@sha256:{'0' * 64}")
    assert container["args"] == ["operator", "--log-format=text", "--workers=3", "--refresh-seconds=60"]


@pytest.mark.parametrize("way", WAYS)
def test_every_pod_is_restricted(way: str, helm: Helm) -> None:
    objects = helm.objects(WAYS[way])
    pods = [d["spec"]["template"] for d in of_kind(objects, "Deployment")] + of_kind(objects, "Pod")
    assert len(pods) == 2, "the operator and the check of `helm test`"
    for pod in pods:
        assert pod["spec"]["securityContext"] == {
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        for container in pod["spec"]["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_extra_labels_are_on_every_object(helm: Helm) -> None:
    bare = [
        key(body)
        for body in helm.objects(EVERYTHING)
        if "helm.sh/hook" not in body["metadata"].get("annotations", {})
        and body["metadata"]["labels"].get("team") != "ml-platform"
    ]
    assert bare == []


def test_the_crds_outlive_the_release_unless_told_otherwise(helm: Helm) -> None:
    policy = "helm.sh/resource-policy"
    kept, gone, absent = (
        of_kind(helm.objects({"crds": crds}), "CustomResourceDefinition")
        for crds in ({}, {"keep": False}, {"enabled": False})
    )
    assert [crd["metadata"]["annotations"][policy] for crd in kept] == ["keep", "keep"]
    assert [crd["metadata"].get("annotations") for crd in gone] == [None, None]
    assert absent == []


def test_the_crds_are_word_for_word_those_of_manifests(helm: Helm) -> None:
    for crd in of_kind(helm.objects(), "CustomResourceDefinition"):
        group = crd["spec"]["group"]
        path = ROOT / "manifests" / "crds" / f"{group}_{crd['spec']['names']['plural']}.yaml"
        assert crd["spec"] == yaml.safe_load(path.read_text())["spec"]


def test_the_network_policy_lets_the_operator_reach_what_it_needs(helm: Helm) -> None:
    spec = only(helm.objects({"networkPolicy": {"enabled": True}}), "NetworkPolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["ingress"] == [{"ports": [{"port": "metrics", "protocol": "TCP"}]}]
    names, server, trials = spec["egress"]
    assert [port["port"] for port in names["ports"]] == [53, 53]
    assert [port["port"] for port in server["ports"]] == [443, 6443]
    assert trials["ports"] == [{"port": "metrics", "protocol": "TCP"}]
    assert trials["to"][0]["podSelector"]["matchExpressions"][0]["key"] == "tuning.dev/trial"


def test_the_network_policy_takes_narrower_and_wider_rules_from_the_values(helm: Helm) -> None:
    spec = only(helm.objects(EVERYTHING | NAMESPACED), "NetworkPolicy")["spec"]
    assert spec["ingress"][0]["from"] == [PEER]
    _, server, trials, extra = spec["egress"]
    assert server["to"] == [{"ipBlock": {"cidr": "10.0.0.1/32"}}]
    assert [to["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for to in trials["to"]] == [
        "team-red",
        "team-blue",
    ]
    assert extra == EVERYTHING["networkPolicy"]["extraEgress"][0]


@pytest.mark.parametrize(
    ("switch", "kind", "count"),
    [
        ("serviceMonitor", "ServiceMonitor", 1),
        ("podMonitor", "PodMonitor", 1),
        ("rules", "PrometheusRule", 1),
        ("dashboards", "ConfigMap", 3),
    ],
)
def test_each_part_of_monitoring_has_a_switch_of_its_own(
    switch: str, kind: str, count: int, helm: Helm
) -> None:
    before = {key(body) for body in helm.objects()}
    added = [b for b in helm.objects({"monitoring": {switch: MONITORING[switch]}}) if key(b) not in before]
    assert [body["kind"] for body in added] == [kind] * count
    for body in added:
        assert MONITORING[switch].get("labels", {}).items() <= body["metadata"]["labels"].items()


def test_rules_and_dashboards_come_word_for_word(helm: Helm) -> None:
    """Both are full of braces, which Helm would take for its own."""
    objects = helm.objects({"monitoring": MONITORING})
    rules = yaml.safe_load((CHART / "files" / "alerts.yaml").read_text())
    assert only(objects, "PrometheusRule")["spec"] == rules
    data = {name: text for body in of_kind(objects, "ConfigMap") for name, text in body["data"].items()}
    files = sorted((CHART / "files" / "dashboards").glob("*.json"))
    assert {name: json.loads(text) for name, text in data.items()} == {
        file.name: json.loads(file.read_text()) for file in files
    }


def test_trials_are_scraped_where_the_operator_looks_and_nowhere_else(helm: Helm) -> None:
    monitor = {"monitoring": {"podMonitor": {"enabled": True}}}
    everywhere, narrow = (only(helm.objects(monitor | way), "PodMonitor")["spec"] for way in ({}, NAMESPACED))
    assert everywhere["namespaceSelector"] == {"any": True}
    assert narrow["namespaceSelector"] == {"matchNames": NAMESPACED["namespaces"]}


def test_a_trial_can_pass_neither_for_another_one_nor_for_the_operator(helm: Helm) -> None:
    spec = only(helm.objects({"monitoring": {"podMonitor": {"enabled": True}}}), "PodMonitor")["spec"]
    [endpoint] = spec["podMetricsEndpoints"]
    assert endpoint["honorLabels"] is False
    assert {r["targetLabel"] for r in endpoint["relabelings"]} == {"tuning_job", "tuning_trial", "tuning_run"}
    assert endpoint["metricRelabelings"][0]["regex"] == "tuning_operator_.*"
    assert spec["sampleLimit"] > 0


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"replica": 2}, "replica"),
        ({"image": {"tags": "1"}}, "tags"),
        ({"monitoring": {"alerts": {}}}, "alerts"),
        ({"replicas": "two"}, "replicas"),
        ({"namespaces": ["Team A"]}, "namespaces"),
        ({"namespaces": ["a", "a"]}, "namespaces"),
        ({"image": {"digest": "sha256:12"}}, "digest"),
        ({"logFormat": "xml"}, "logFormat"),
        ({"networkPolicy": {"apiServer": {"ports": []}}}, "ports"),
        ({"extraLabels": {"app.kubernetes.io/name": "mine"}}, "app.kubernetes.io/name"),
        ({"imagePullSecrets": [{"names": "registry"}]}, "names"),
        ({"tolerations": [{"kee": "gpu"}]}, "kee"),
        ({"resources": {"limit": {"cpu": "1"}}}, "limit"),
        ({"affinity": {"podAntiAffinity": {"preferred": []}}}, "preferred"),
        # each of these would let more through than was meant
        ({"networkPolicy": {"metricsFrom": [{}]}}, "metricsFrom"),
        ({"networkPolicy": {"metricsFrom": [{"podSelector": {"matchLabel": {"a": "b"}}}]}}, "matchLabel"),
        ({"networkPolicy": {"apiServer": {"to": [{"ipblock": {"cidr": "10.0.0.1/32"}}]}}}, "ipblock"),
        ({"networkPolicy": {"extraEgress": [{"too": [PEER]}]}}, "too"),
    ],
)
def test_a_wrong_value_is_refused_and_named(values: Body, says: str, each_helm: Helm) -> None:
    with pytest.raises(Exception, match=says):
        each_helm.objects(values)


@pytest.mark.parametrize(
    "path",
    [
        "image",
        "image.repository",
        "workers",
        "crds.keep",
        "networkPolicy.apiServer.ports",
        "monitoring.podMonitor.interval",
    ],
)
def test_a_value_that_is_taken_away_is_missed_and_not_guessed(path: str, each_helm: Helm) -> None:
    """Helm drops what is null. Without its ports, a rule of a NetworkPolicy lets everything through."""
    with pytest.raises(Exception, match=f"missing property '{path.split('.')[-1]}'"):
        each_helm.objects({}, "--set", f"{path}=null")


@pytest.mark.parametrize("name", ["1234", "on", "null", "1e3"])
def test_a_name_that_looks_like_something_else_stays_a_name(name: str, helm: Helm) -> None:
    """All of them are names that a namespace may have."""
    values = EVERYTHING | {"namespaces": [name], "priorityClassName": name, "image": {"repository": "*x"}}
    objects = list(yaml.safe_load_all(helm.render(values, namespace=name)))
    own = [b for b in objects if b["kind"] not in CLUSTER_WIDE]
    assert {b["metadata"]["namespace"] for b in own} == {name}
    assert {s["namespace"] for b in of_kind(objects, "RoleBinding") for s in b["subjects"]} == {name}
    assert pod_spec(objects)["priorityClassName"] == name
    assert pod_spec(objects)["containers"][0]["image"] == f"*x:{version()}"
    to = only(objects, "NetworkPolicy")["spec"]["egress"][2]["to"][0]
    assert to["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": name}
    assert only(objects, "Pod")["spec"]["containers"][0]["args"][1:] == [name, name]


def test_a_label_that_is_given_twice_stands_once(helm: Helm) -> None:
    """A key that stands twice is no YAML to kustomize; the more particular label counts."""
    monitors = {name: {"enabled": True, "labels": {"release": "mine"}} for name in MONITORING}
    text = helm.render(
        {"extraLabels": {"release": "all"}, "monitoring": monitors, "crds": {"enabled": False}}
    )
    for document in text.split("---\n"):
        is_monitoring = any(f"kind: {kind}\n" in document for kind in MONITORS)
        labels = [line for line in document.splitlines() if line.startswith("    release: ")]
        assert not is_monitoring or labels == ["    release: mine"], document


def test_the_schema_knows_exactly_the_values_that_there_are() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())
    del schema["properties"]["global"]  # Helm itself sets it where the chart is a part of another
    assert shape_of_schema(schema, values) == shape(values)


def shape(value: Any) -> Any:
    return {name: shape(inner) for name, inner in value.items()} if is_group(value) else None


def is_group(value: Any) -> bool:
    """Not a map of the user's own, such as labels."""
    return isinstance(value, dict) and bool(value) and not set(value) & {"grafana_dashboard", "limits"}


def shape_of_schema(schema: Any, value: Any) -> Any:
    if not is_group(value):
        return None
    assert schema["additionalProperties"] is False, schema
    return {name: shape_of_schema(inner, value.get(name)) for name, inner in schema["properties"].items()}


def test_the_versions_of_chart_and_images_are_the_projects() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == version()
