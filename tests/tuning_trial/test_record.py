import math

import pytest
from tuning_trial.contract import Objective
from tuning_trial.record import Observation, Record, final_metrics, observe

ACCURACY = (Objective("accuracy"),)


def record_of(*reports, objectives=ACCURACY, rungs=frozenset()):
    record = Record()
    for step, metrics in reports:
        record = observe(record, Observation(step, metrics), objectives, rungs)
    return record


def outcome(*reports, objectives=ACCURACY):
    return final_metrics(record_of(*reports, objectives=objectives), objectives)


def test_take_best_means_every_metric_at_that_step():
    reports = [
        (1, {"accuracy": 0.5, "loss": 3}),
        (2, {"accuracy": 0.9, "loss": 2}),
        (3, {"accuracy": 0.8, "loss": 1}),
    ]
    assert outcome(*reports) == {"accuracy": 0.9, "loss": 2}
    assert record_of(*reports).kept.step == 2


def test_minimize_keeps_the_least():
    objectives = (Objective("loss", "Minimize"),)
    assert outcome((1, {"loss": 2}), (2, {"loss": 1}), (3, {"loss": 3}), objectives=objectives) == {"loss": 1}


def test_take_last_keeps_the_last():
    objectives = (Objective("accuracy", take="Last"),)
    assert outcome((1, {"accuracy": 0.9}), (2, {"accuracy": 0.5}), objectives=objectives) == {"accuracy": 0.5}


def test_a_second_objective_may_take_the_last_while_the_first_decides_the_model():
    objectives = (Objective("accuracy"), Objective("latency", "Minimize", "Last"))
    reports = [(1, {"accuracy": 0.9, "latency": 5}), (2, {"accuracy": 0.5, "latency": 7})]
    assert outcome(*reports, objectives=objectives) == {"accuracy": 0.9, "latency": 7}


def test_of_equals_the_first_is_kept():
    assert record_of((1, {"accuracy": 0.9}), (2, {"accuracy": 0.9})).kept.step == 1


def test_reports_of_one_step_belong_together():
    assert outcome((1, {"loss": 1}), (1, {"accuracy": 0.9}), (2, {"accuracy": 0.1, "loss": 9})) == {
        "accuracy": 0.9,
        "loss": 1,
    }


def test_a_metric_reported_once_is_not_lost():
    final = outcome((1, {"model_bytes": 500}), (2, {"accuracy": 0.9}), (3, {"accuracy": 0.5, "test": 0.7}))
    assert final == {"accuracy": 0.9, "model_bytes": 500, "test": 0.7}


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_number_is_better_than_none_and_the_reverse_never(bad):
    assert outcome((1, {"accuracy": bad}), (2, {"accuracy": 0.1})) == {"accuracy": 0.1}
    assert outcome((1, {"accuracy": 0.1}), (2, {"accuracy": bad})) == {"accuracy": 0.1}


def test_divergence_from_the_start_is_what_is_handed_in():
    assert math.isnan(outcome((1, {"loss": 1}), (2, {"accuracy": math.nan}))["accuracy"])


def test_objectives_come_first():
    assert list(outcome((1, {"a": 1, "accuracy": 0.5, "b": 2}))) == ["accuracy", "a", "b"]


def test_without_objectives_the_last_report_counts():
    assert outcome((1, {"a": 2}), (2, {"a": 1}), objectives=()) == {"a": 1}


def test_nothing_reported_is_nothing_handed_in():
    assert final_metrics(Record(), ACCURACY) == {}


def test_rungs_remember_what_counts_at_exactly_their_step():
    reports = [(step, {"accuracy": step / 10, "loss": 1}) for step in range(1, 6)]
    assert record_of(*reports, rungs={1, 3, 9}).rungs == {("accuracy", 1): 0.1, ("accuracy", 3): 0.3}


def test_what_every_trial_measures_comes_after_the_user_s_own_metrics_however_late_those_are_told():
    record = record_of(
        (1, {"accuracy": 0.5, "loss": 1, "train_time": 2, "flops": 3}), (1, {"test_recall": 0.4})
    )
    assert list(final_metrics(record, ACCURACY)) == ["accuracy", "loss", "test_recall", "train_time", "flops"]
    flops = (Objective("flops", "Minimize"),)
    assert list(final_metrics(record, flops, ["train_time"]))[:2] == ["flops", "train_time"]


def test_constrained_metrics_come_right_after_the_objectives():
    record = record_of((1, {"a": 1, "bytes": 5, "accuracy": 0.5}), objectives=ACCURACY)
    assert list(final_metrics(record, ACCURACY, ["bytes", "absent"])) == ["accuracy", "bytes", "a"]
