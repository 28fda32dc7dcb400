"""What is created: deterministic, owned, labelled, and true to the contract."""

from typing import Any

import pytest
from tuning_operator.cluster.objects import nameless, pod_body, run_body

from tests.operator_loop.builders import trial, tuning_job

Body = dict[str, Any]


def a_run(container: Body | None = None, pod: Body | None = None, **metadata: Body) -> Body:
    spec = {"containers": [{"name": "sidecar"}, {"name": "trial", **(container or {})}], **(pod or {})}
    job = tuning_job(template={"metadata": metadata, "spec": spec})
    return run_body(job, trial(), 1, "Train")


def trial_container(run: Body) -> Body:
    found: Body = run["spec"]["template"]["spec"]["containers"][1]
    return found


def test_the_same_arguments_give_the_same_object() -> None:
    assert a_run() == a_run()


def test_the_job_never_retries_and_ignores_disruptions() -> None:
    spec = a_run()["spec"]
    assert (spec["completions"], spec["backoffLimit"], spec["podReplacementPolicy"]) == (1, 0, "Failed")
    assert spec["podFailurePolicy"]["rules"][0]["action"] == "Ignore"
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    assert "ttlSecondsAfterFinished" not in spec


def test_the_trial_owns_its_job_and_blocks_nothing() -> None:
    (owner,) = a_run()["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"], owner["controller"]) == ("Trial", "trial", True)
    assert owner["blockOwnerDeletion"] is False


def test_the_templates_labels_and_annotations_go_on_the_pod() -> None:
    run = a_run(labels={"team": "a"}, annotations={"note": "b"})
    assert run["spec"]["template"]["metadata"]["labels"]["team"] == "a"
    assert run["spec"]["template"]["metadata"]["annotations"] == {"note": "b"}
    assert set(run["metadata"]["labels"]) == {"tuning.dev/job", "tuning.dev/trial", "tuning.dev/run"}


@pytest.mark.parametrize("name", ["queue-name", "priority-class", "max-exec-time-seconds"])
def test_kueues_labels_go_on_the_job_only(name: str) -> None:
    run = a_run(labels={f"kueue.x-k8s.io/{name}": "7"})
    assert run["metadata"]["labels"][f"kueue.x-k8s.io/{name}"] == "7"
    assert f"kueue.x-k8s.io/{name}" not in run["spec"]["template"]["metadata"]["labels"]


def test_the_contract_stands_before_the_users_variables() -> None:
    names = [
        v["name"]
        for v in trial_container(a_run({"env": [{"name": "MINE", "value": "$(TUNING_PARAM_x)"}]}))["env"]
    ]
    assert names[-1] == "MINE"
    assert "TUNING_PARAM_x" in names


def test_a_dollar_in_a_value_is_not_a_reference() -> None:
    parameters = [{"name": "x", "type": "categorical", "values": ["$(HOME)"]}]
    tried = trial()
    tried = tried.model_copy(update={"spec": tried.spec.model_copy(update={"parameters": {"x": "$(HOME)"}})})
    run = run_body(tuning_job(parameters=parameters), tried, 1, "Train")
    variables = {v["name"]: v["value"] for v in run["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert variables["TUNING_PARAM_x"] == "$$(HOME)"


@pytest.mark.parametrize(
    ("asked", "given"),
    [({}, False), ({"serviceAccountName": "me"}, False), ({"automountServiceAccountToken": True}, True)],
)
def test_a_trial_gets_a_token_only_when_its_template_asks(asked: Body, given: bool) -> None:
    assert a_run(pod=asked)["spec"]["template"]["spec"]["automountServiceAccountToken"] is given


def test_a_metrics_port_is_put_in_where_there_is_none() -> None:
    assert trial_container(a_run())["ports"] == [
        {"name": "metrics", "containerPort": 9464, "protocol": "TCP"}
    ]


def test_the_users_own_metrics_port_is_kept_and_told() -> None:
    container = trial_container(a_run({"ports": [{"name": "metrics", "containerPort": 8000}]}))
    variables = {v["name"]: v["value"] for v in container["env"]}
    assert (container["ports"], variables["TUNING_METRICS_PORT"]) == (
        [{"name": "metrics", "containerPort": 8000}],
        "8000",
    )


def test_other_containers_are_left_alone() -> None:
    assert a_run()["spec"]["template"]["spec"]["containers"][0] == {"name": "sidecar"}


def test_a_dry_run_has_no_name_to_meet_and_no_owner_to_miss() -> None:
    body = nameless(pod_body(a_run()))
    assert body["kind"] == "Pod"
    assert "name" not in body["metadata"]
    assert "ownerReferences" not in body["metadata"]
