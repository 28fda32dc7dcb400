"""Values that switch on everything, and the ways in which a release may be meant."""

from __future__ import annotations

from typing import Any

MONITORING: dict[str, Any] = {
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "rules": {"enabled": True, "labels": {"release": "prometheus"}},
    "dashboards": {"enabled": True, "annotations": {"grafana_folder": "Tuning"}},
}
PEER = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
EVERYTHING: dict[str, Any] = {
    "image": {"digest": "sha256:" + "0" * 64},
    "imagePullSecrets": [{"name": "registry"}],
    "replicas": 2,
    "logFormat": "text",
    "workers": 3,
    "refreshSeconds": 60,
    "resources": {"limits": {"cpu": "2"}},
    "nodeSelector": {"disk": "ssd"},
    "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
    "tolerations": [{"key": "infra", "operator": "Exists"}],
    "priorityClassName": "system-cluster-critical",
    "extraLabels": {"team": "ml-platform"},
    "podAnnotations": {"example.com/owner": "ml platform"},
    "networkPolicy": {
        "enabled": True,
        "apiServer": {"to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}], "ports": [6443]},
        "metricsFrom": [PEER],
        "extraEgress": [{"to": [PEER], "ports": [{"port": 4318, "protocol": "TCP"}]}],
    },
    "monitoring": MONITORING,
}
NAMESPACED: dict[str, Any] = {"namespaces": ["team-red", "team-blue"]}
WAYS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "everything": EVERYTHING,
    "namespaced": NAMESPACED,
    "everything-namespaced": EVERYTHING | NAMESPACED,
}
