"""The chart on the cluster, by the commands of docs/install.md, while a job runs: nothing is lost."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.cluster import Cluster
from tests.commands import ROOT, Shell, commands
from tests.e2e.conftest import OPERATOR
from tests.e2e.jobs import OPERATOR_USER, REPORT, Jobs, shell_job
from tests.tools import Tools

INSTALL = commands(ROOT / "docs" / "install.md")
MONITORING = commands(ROOT / "docs" / "monitoring.md")["With the Prometheus operator and Grafana's sidecar"]
MANY = 500  # more trials than there will ever be


@pytest.fixture(scope="module")
def shell(operator: Any, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """kubectl and Helm 4, where manifests/ installed the operator; so it is again afterwards."""
    only_on_our_own(operator, "its operator is removed, and others installed")
    programs = {"kubectl": operator.kubectl_program(), "helm": [str(tools.helm4)]}
    found = Shell(tmp_path_factory.mktemp("helm"), programs, operator.kubeconfig)
    yield found
    found.run("helm uninstall tuning-operator --namespace tuning-system --ignore-not-found --wait")
    found.run_all(*INSTALL["By kubectl"])


def test_a_job_lives_through_take_over_removal_upgrade_loss_of_the_leader_and_rollback(
    shell: Shell, tools: Tools, jobs_in: Any
) -> None:
    install, label, check, take_over = INSTALL["By Helm"]
    upgrade, go_back = INSTALL["Upgrading and going back"]
    remove, *_ = INSTALL["Removing it"]
    with jobs_in("through-it-all") as jobs:
        offset = jobs.cluster.audit_offset()
        jobs.apply(shell_job("long", f"sleep 1.5\n{REPORT}", trials={"max": MANY, "parallel": 2}))
        goes_on(jobs)
        shell.run_all(take_over, label, check)
        goes_on(jobs)
        shell.run(remove)
        assert jobs.cluster.get(*OPERATOR, "deployments")["items"] == []
        jobs.eventually("running trials come to their end", lambda: not running_pods(jobs))
        before = len(jobs.trials("long"))
        since = jobs.cluster.audit_offset()  # while it was removed, its rights went before it
        shell.run_all(install, check)
        goes_on(jobs)
        watch_it(shell, jobs, tools)
        shell.run(upgrade)
        assert replicas(jobs) == 2
        assert jobs.cluster.get(*OPERATOR, "pdb")["items"][0]["spec"]["maxUnavailable"] == 1
        kill_the_leader(jobs)
        goes_on(jobs)
        shell.run(go_back)
        assert replicas(jobs) == 1
        goes_on(jobs)
        enough = len(jobs.trials("long")) + 2
        jobs.kubectl(
            "patch", "tj", "long", "--type=merge", "-p", f'{{"spec":{{"trials":{{"max":{enough}}}}}}}'
        )
        assert jobs.finished("long")["phase"] == "Succeeded"
        trials = jobs.trials("long")
        assert len(trials) == enough > before
        assert [trial["spec"]["number"] for trial in trials] == list(range(1, enough + 1))
        assert {trial["status"]["reason"] for trial in trials} == {"Completed"}
        assert [len(trial["status"]["runs"]) for trial in trials] == [1] * enough
        assert len(created_jobs(jobs, offset)) == len(set(created_jobs(jobs, offset))) == enough
        assert refused(jobs, since) == []


def watch_it(shell: Shell, jobs: Jobs, tools: Tools) -> None:
    """With the Prometheus operator's own CRDs, its objects come into being by the command of the document."""
    for crd in sorted(tools.crds.glob("monitoring.*")):
        jobs.cluster.kubectl("apply", "--server-side", "-f", str(crd))
        jobs.cluster.kubectl("wait", "--for=condition=Established", "-f", str(crd), "--timeout=30s")
    shell.run_all(*MONITORING)
    made = jobs.cluster.get(*OPERATOR, "servicemonitors,podmonitors,prometheusrules,configmaps")["items"]
    kinds = Counter(body["kind"] for body in made if body["metadata"]["name"] != "kube-root-ca.crt")
    assert kinds == {"ServiceMonitor": 1, "PodMonitor": 1, "PrometheusRule": 1, "ConfigMap": 3}


def goes_on(jobs: Jobs) -> None:
    """Two more trials end well than have until now."""
    before = succeeded(jobs)
    jobs.eventually("two more trials have ended well", lambda: succeeded(jobs) >= before + 2)


def succeeded(jobs: Jobs) -> int:
    found: int = (jobs.status("long").get("trials") or {}).get("succeeded", 0)
    return found


def replicas(jobs: Jobs) -> int:
    found: int = jobs.cluster.get(*OPERATOR, "deployment/tuning-operator")["status"]["readyReplicas"]
    return found


def running_pods(jobs: Jobs) -> list[Any]:
    return [pod for pod in jobs.items("pods", "long") if pod["status"]["phase"] in ("Pending", "Running")]


def holder(jobs: Jobs) -> str:
    found: str = jobs.cluster.get(*OPERATOR, "lease/tuning-operator")["spec"]["holderIdentity"]
    return found


def only_on_our_own(cluster: Any, why: str) -> None:
    if not isinstance(cluster, Cluster):
        pytest.skip(f"the cluster is not ours: {why}")


def kill_the_leader(jobs: Jobs) -> None:
    """SIGKILL, as when the node loses its power; another holds the lease afterwards."""
    leader = holder(jobs)
    pod = jobs.cluster.get(*OPERATOR, f"pod/{leader.rpartition('_')[0]}")
    container = pod["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
    only_on_our_own(jobs.cluster, "its processes are killed")
    socket = str(jobs.cluster.directories.containerd_socket)
    ctr = ["ctr", "--address", socket, "--namespace", "k8s.io"]
    subprocess.run([*ctr, "tasks", "kill", "--signal", "SIGKILL", container], check=True)
    jobs.eventually("another holds the lease", lambda: holder(jobs) not in ("", leader), seconds=40)


def created_jobs(jobs: Jobs, offset: int) -> list[str]:
    """The names of the Jobs that the operator made, dry runs left out."""
    return [
        request.name
        for request in jobs.cluster.audit(offset)
        if (request.user, request.verb, request.resource) == (OPERATOR_USER, "create", "jobs")
        and request.namespace == jobs.namespace
        and request.code == 201
        and "dryRun" not in request.raw["requestURI"]
    ]


def refused(jobs: Jobs, offset: int) -> list[str]:
    """What RBAC refused the operator, which looked after all namespaces."""
    asked = [request for request in jobs.cluster.audit(offset) if request.user == OPERATOR_USER]
    assert asked
    return [
        f"{request.verb} {request.resource} in {request.namespace or 'all namespaces'}"
        for request in asked
        if request.raw["annotations"]["authorization.k8s.io/decision"] == "forbid"
    ]


def test_an_operator_for_two_namespaces_by_helm_3_leaves_a_third_alone(
    shell: Shell, tools: Tools, jobs_in: Any
) -> None:
    once, install, check = INSTALL["Some namespaces only"]
    helm_3 = Shell(
        shell.directory / "helm-3", {**shell.programs, "helm": [str(tools.helm3)]}, shell.kubeconfig
    )
    helm_3.directory.mkdir()
    shell.run("kubectl --namespace tuning-system delete deployment tuning-operator --ignore-not-found --wait")
    with ExitStack() as stack:
        team_a, team_b, team_c, _ = (
            stack.enter_context(jobs_in(name, exactly=True))
            for name in ("team-a", "team-b", "team-c", "team-tuning")
        )
        shell.run(once)
        stack.callback(helm_3.run, "helm uninstall tuning-operator --namespace team-tuning --wait")
        helm_3.run_all(install, check)
        manifest = helm_3.run("helm get manifest tuning-operator --namespace team-tuning").stdout
        assert "kind: Role\n" in manifest
        assert "kind: ClusterRole" not in manifest
        for team in (team_c, team_a, team_b):
            team.apply(shell_job("hello"))
        assert team_a.finished("hello")["phase"] == team_b.finished("hello")["phase"] == "Succeeded"
        assert (team_c.status("hello"), team_c.trials("hello")) == ({"observedGeneration": -1}, [])


def test_what_kubectl_installed_is_removed_and_with_the_crds_everything(shell: Shell, jobs_in: Any) -> None:
    remove_by_helm, remove, remove_everything = INSTALL["Removing it"]
    with jobs_in("removed") as jobs:
        shell.run(f"{remove_by_helm} --ignore-not-found")
        shell.run_all(*INSTALL["By kubectl"])
        jobs.apply(shell_job("hello", retain="All"))
        jobs.finished("hello")
        shell.run(remove)
        assert shell.run("kubectl get namespace tuning-system --ignore-not-found").stdout == ""
        assert len(jobs.trials("hello")) == 2, "the CRDs stay, and what they describe"
        shell.run(remove_everything)
        jobs.eventually("nothing is left", lambda: not [*jobs.items("jobs"), *jobs.items("pods")])
