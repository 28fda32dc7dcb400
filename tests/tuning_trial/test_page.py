import math
import shutil
import subprocess

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from tuning_trial.page import registry_of
from tuning_trial.record import Observation, Record

REPORTED = Record(
    last=Observation(4, {"val_accuracy": 0.9}),
    latest={"val_accuracy": 0.9, "loss": math.nan, 'odd "name"\n': math.inf},
    rungs={("val_accuracy", 1): 0.5, ("val_accuracy", 3): 0.8},
)


def page_of(record):
    return generate_latest(registry_of(lambda: record)).decode()


def samples_of(record):
    families = text_string_to_metric_families(page_of(record))
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


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
@pytest.mark.parametrize("record", [REPORTED, Record()])
def test_promtool_has_nothing_to_say(record):
    verdict = subprocess.run(
        ["promtool", "check", "metrics"], input=page_of(record), text=True, capture_output=True
    )
    assert (verdict.returncode, verdict.stdout + verdict.stderr) == (0, "")
