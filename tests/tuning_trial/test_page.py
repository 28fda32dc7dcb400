import math
import subprocess

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from tuning_trial.gradients.health import GroupHealth, Health
from tuning_trial.page import registry_of
from tuning_trial.record import Observation, Record

from tests.conftest import needs

REPORTED = Record(
    last=Observation(4, {"val_accuracy": 0.9}),
    latest={"val_accuracy": 0.9, "loss": math.nan, 'odd "name"\n': math.inf},
    rungs={("val_accuracy", 1): 0.5, ("val_accuracy", 3): 0.8},
)

UNWELL = Health(
    measurements=12,
    groups={"1 dense": GroupHealth(0.5, vanishing=2), "2 dense_1": GroupHealth(math.nan, exploding=3, nan=1)},
    losses=100,
    turns=80,
    dead={"1 dense": 0.25},
)


def page_of(record, health=None, batch=None):
    return generate_latest(registry_of(lambda: record, lambda: health or Health(), lambda: batch)).decode()


def samples_of(*shown):
    families = text_string_to_metric_families(page_of(*shown))
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_the_page_shows_latest_values_step_and_rungs():
    samples = samples_of(REPORTED)
    assert samples["tuning_trial_metric", "val_accuracy"] == 0.9
    assert samples["tuning_trial_step",] == 4
    assert samples["tuning_trial_rung_metric", "val_accuracy", "3"] == 0.8


def test_nan_and_odd_names_survive():
    samples = samples_of(REPORTED)
    assert math.isnan(samples["tuning_trial_metric", "loss"])
    assert samples["tuning_trial_metric", 'odd "name"\n'] == math.inf


def test_before_the_first_report_there_is_step_0_and_no_value():
    assert samples_of(Record()) == {("tuning_trial_step",): 0}


def test_the_health_of_a_training_has_a_family_for_each_thing_that_can_be_wrong():
    samples = samples_of(REPORTED, UNWELL)
    assert samples["tuning_trial_gradient_norm", "1 dense"] == 0.5
    assert samples["tuning_trial_unsound_gradients_total", "1 dense", "vanishing"] == 2
    assert samples["tuning_trial_unsound_gradients_total", "2 dense_1", "nan"] == 1
    assert samples["tuning_trial_gradient_measurements_total",] == 12
    assert samples["tuning_trial_loss_turns_total",] / samples["tuning_trial_losses_total",] == 0.8
    assert samples["tuning_trial_dead_relu_ratio", "1 dense"] == 0.25


def test_the_running_epoch_is_shown_where_that_is_asked_for():
    samples = samples_of(REPORTED, None, Observation(200, {"loss": 0.3}))
    assert samples["tuning_trial_batch",] == 200
    assert samples["tuning_trial_batch_metric", "loss"] == 0.3


@needs("promtool")
@pytest.mark.parametrize(
    "shown", [(REPORTED,), (Record(),), (REPORTED, UNWELL, Observation(2, {"loss": 0.3}))]
)
def test_promtool_has_nothing_to_say(shown):
    verdict = subprocess.run(
        ["promtool", "check", "metrics"], input=page_of(*shown), text=True, capture_output=True
    )
    assert (verdict.returncode, verdict.stdout + verdict.stderr) == (0, "")
