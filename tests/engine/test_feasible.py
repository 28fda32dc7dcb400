"""Which constraints a trial breaks, and how badly."""

from __future__ import annotations

import pytest
from tuning_operator.engine.feasible import breaches, constrained_metrics, feasible, judged_metrics, nearest
from tuning_operator.engine.outcome import judge
from tuning_operator.engine.snapshot import Observed, Report

from tests.engine.builders import exited, finished, job, measured

BOUNDED = job(constraints=[{"metric": "bytes", "max": 100}, {"metric": "recall", "min": 0.5, "max": 1}])


def words(**values: float) -> list[str]:
    return [breach.words for breach in breaches(BOUNDED, values.get)]


@pytest.mark.parametrize(
    ("what", "values", "said"),
    [
        ("within", {"bytes": 99, "recall": 0.7}, []),
        ("on the bounds", {"bytes": 100, "recall": 0.5}, []),
        ("above", {"bytes": 150, "recall": 0.7}, ["bytes 150 is above max 100"]),
        ("below", {"bytes": 1, "recall": 0.25}, ["recall 0.25 is below min 0.5"]),
        ("without a value", {"bytes": 1}, ["recall has no value"]),
        (
            "the worst first",
            {"bytes": 101, "recall": 0.1},
            ["recall 0.1 is below min 0.5", "bytes 101 is above max 100"],
        ),
    ],
)
def test_what_is_broken(what, values, said):
    assert words(**values) == said
    assert feasible(BOUNDED, values.get) == (not said)


def test_without_constraints_everything_is_feasible():
    assert feasible(job(), {}.get)


def test_metrics_are_judged_in_their_order_and_once():
    constraints = [{"metric": "bytes", "max": 1}, {"metric": "accuracy", "min": 0}]
    assert judged_metrics(job(constraints=constraints)) == ["accuracy", "bytes"]
    assert constrained_metrics(job(constraints=constraints)) == ["bytes"]


def test_the_nearest_trial_breaks_least_as_a_share_of_the_bound():
    trials = [measured(1, bytes=190, recall=0.7), measured(2, bytes=1, recall=0.4), measured(3, bytes=1)]
    trial, breach = nearest(BOUNDED, trials)
    assert (trial.number, breach.words) == (2, "recall 0.4 is below min 0.5")
    assert nearest(BOUNDED, [finished(4, 0.9)])[1].words == "bytes has no value"
    assert nearest(BOUNDED, []) is None


def test_a_bound_of_zero_counts_as_one():
    spec = job(constraints=[{"metric": "gap", "max": 0}])
    assert breaches(spec, {"gap": 0.25}.get)[0].excess == 0.25


# What becomes of a run


def judged(view, spec=BOUNDED):
    series = {metric: {} for metric in judged_metrics(spec)}
    for seen in view.scraped:
        series[seen.metric][seen.step] = seen.value
    return judge(spec, view, series, 1, None)


def test_a_constrained_metric_is_on_record_before_all_that_nobody_asked_for():
    extra = {f"a{i:02}": 0.0 for i in range(40)}
    outcome = judged(exited(report=Report(metrics={"accuracy": 0.9, "recall": 0.9, "bytes": 1, **extra})))
    assert [o.metric for o in outcome.observations][:4] == ["accuracy", "bytes", "recall", "a00"]
    assert (outcome.reason, outcome.message) == ("Completed", None)


def test_a_trial_that_breaks_a_constraint_says_so():
    outcome = judged(exited(report=Report(metrics={"accuracy": 0.9, "bytes": 400})))
    assert outcome.reason == "Completed"
    assert outcome.message == "not feasible: recall has no value; bytes 400 is above max 100"


def test_a_constrained_metric_that_is_not_finite_is_no_value():
    outcome = judged(exited(report=Report(metrics={"accuracy": 0.9, "bytes": 4, "recall": float("nan")})))
    assert outcome.message == "not feasible: recall has no value"


def test_without_a_report_the_scrape_at_the_first_objective_s_step_counts():
    values = {"accuracy": (0.1, 0.9, 0.5), "recall": (0.6, 0.7, 0.8), "bytes": (7, 7, 7)}
    seen = tuple(Observed(m, step, v) for m, vs in values.items() for step, v in enumerate(vs, start=1))
    outcome = judged(exited(scraped=seen))
    assert [(o.metric, o.value, o.step) for o in outcome.observations] == [
        ("accuracy", 0.9, 2),
        ("bytes", 7, 2),
        ("recall", 0.7, 2),
    ]


@pytest.mark.parametrize(("size", "reason"), [(50, "TargetReached"), (500, "Completed")])
def test_a_trial_that_breaks_a_constraint_reaches_no_target(size, reason):
    spec = job(target=0.5, constraints=[{"metric": "bytes", "max": 100}])
    assert judged(exited(report=Report({"accuracy": 0.9, "bytes": size})), spec).reason == reason


def test_the_targets_of_several_objectives_are_reached_together():
    goals = [{"metric": "accuracy", "goal": "Maximize", "target": 0.8}]
    spec = job(objectives=[*goals, {"metric": "loss", "goal": "Minimize", "target": 0.2}])
    assert judged(exited(report=Report({"accuracy": 0.9, "loss": 0.3})), spec).reason == "Completed"
    assert judged(exited(report=Report({"accuracy": 0.9, "loss": 0.1})), spec).reason == "TargetReached"
