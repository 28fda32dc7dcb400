"""What the first visit says of a job that cannot run."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

from tuning_operator.cluster.admission import listed
from tuning_operator.cluster.kinds import TRIALS

from tests.operator_loop.conftest import RunOperator
from tests.operator_loop.hand_kubelet import HandKubelet
from tests.operator_loop.proxy import Asked, Fault, Proxy
from tests.operator_loop.test_names import condition
from tests.operator_loop.world import World, tuning_job


def test_a_few_problems_are_all_told() -> None:
    assert listed(["a", "b"]) == "a; b"


def test_of_many_problems_the_first_are_told_and_the_rest_counted() -> None:
    words = listed([f"p{n}" for n in range(640)])
    assert words.startswith("p0; p1; ")
    assert words.endswith("p9; and 630 more")


def test_what_only_a_visit_can_see_stalls_the_job_until_it_is_mended(
    world: World, run_operator: RunOperator, kubelet: Callable[..., HandKubelet]
) -> None:
    world.create(tuning_job(initialTrials=[{"parameters": {"x": 7}}, {"parameters": {"y": 0.5}}]))
    kubelet()
    run_operator()
    stalled = world.until("it is stalled", lambda: condition(world, "Stalled"))
    assert stalled["reason"] == "InvalidSpec"
    assert "spec.initialTrials[0].parameters.x: 7" in stalled["message"]
    assert "spec.initialTrials[1].parameters.y: 0.5: no parameter has this name" in stalled["message"]
    assert not world.every(TRIALS)
    world.patch("hello", {"spec": {"initialTrials": [{"parameters": {"x": 0.5}}]}})
    status = world.finished()
    assert (status["phase"], status["baseline"]["parameters"]) == ("Succeeded", {"x": 0.5})


def test_a_template_that_the_api_server_refuses_stalls_the_job_in_its_words(
    world: World, run_operator: RunOperator
) -> None:
    job = tuning_job()
    (container,) = job["spec"]["template"]["spec"]["containers"]
    container["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]  # and no volume has this name
    world.create(job)
    run_operator()
    stalled = world.until("it is stalled", lambda: condition(world, "Stalled"))
    assert stalled["reason"] == "AdmissionRefused"
    # the path within a Job: the Pod would be refused as well, but it is asked about second
    at = "spec.template.spec.containers[0].volumeMounts[0].name"
    assert f'{at}: Not found: "data"' in stalled["message"]
    assert not world.every(TRIALS)


def test_a_job_is_tried_as_strictly_as_its_pod_before_there_is_a_trial(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Callable[..., HandKubelet]
) -> None:
    proxy.answer = lambda asked: Fault(422, {}) if tried(asked) == "jobs" else None
    world.create(tuning_job())
    kubelet()
    run_operator(kubeconfig=proxy.kubeconfig)
    stalled = world.until("it is stalled", lambda: condition(world, "Stalled"))
    assert (stalled["reason"], stalled["message"]) == ("AdmissionRefused", "by the proxy")
    assert not world.every(TRIALS)
    proxy.answer = lambda _: None
    assert world.finished()["phase"] == "Succeeded"
    strict = {"dryRun": ["All"], "fieldValidation": ["Strict"]}
    dry_runs = [asked for asked in proxy.asked if tried(asked)]
    assert {tried(asked) for asked in dry_runs} == {"jobs", "pods"}
    assert [asked.query for asked in dry_runs if parse_qs(asked.query) != strict] == []


def test_parameters_that_are_edited_while_the_first_trial_starts_stall_the_job(
    world: World, proxy: Proxy, run_operator: RunOperator, kubelet: Callable[..., HandKubelet]
) -> None:
    """The API server refuses that edit from the first status on, and there is none yet."""

    def edit(asked: Asked) -> None:
        if asked.method == "POST" and asked.path.endswith("/trials") and len(world.every(TRIALS)) == 1:
            choice = {"name": "x", "type": "categorical", "values": ["a", "b"]}
            world.patch("hello", {"spec": {"parameters": [choice]}})

    proxy.accepted = edit
    world.create(tuning_job(search={"stages": [{"algorithm": "Bayesian"}]}))
    kubelet()
    run_operator(kubeconfig=proxy.kubeconfig)
    stalled = world.until("it is stalled", lambda: condition(world, "Stalled"))
    assert stalled["reason"] == "InvalidSpec"
    assert "was edited while hello-1 started, whose parameters.x: 0." in stalled["message"]
    assert stalled["message"].endswith("delete this job, and create it again")
    world.until("the first trial has ended", lambda: world.trials()[0]["status"].get("completionTime"))
    assert len(world.trials()) <= 2


def tried(asked: Asked) -> str:
    """The plural of what is tried by a dry run."""
    return asked.path.rpartition("/")[2] if "dryRun" in asked.query else ""
