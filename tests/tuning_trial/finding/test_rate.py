"""`find-rate`: a range of learning rates in a manifest's words."""

import math

import pytest
import yaml
from tuning_trial.finding.rate import snippet

from tests.tuning_trial.keeping.test_again import MODEL
from tests.tuning_trial.trial_process import TrialProcess


@pytest.mark.parametrize(
    ("low", "high", "ends"), [(1.234e-3, 0.0567, (1.3e-3, 0.056)), (1e-5, 0.1, (1e-5, 0.1))]
)
def test_the_ends_are_numbers_within_the_range(low, high, ends):
    (read,) = yaml.safe_load(snippet(low, high))
    assert (read["min"], read["max"]) == ends


def test_a_picture_that_cannot_be_written_is_refused_before_the_sweep(tmp_path):
    trial = TrialProcess(tmp_path)
    trial.model(MODEL)
    ended = trial.run("-m", "tuning_trial.cli", "find-rate", "model.py", "--plot", "nowhere/rate.svg")
    assert ended.code == 2
    assert "--plot nowhere/rate.svg: there is no such directory; make it" in ended.stderr


@pytest.mark.tensorflow
def test_a_trial_s_file_gets_a_range_and_leaves_nothing_but_the_picture(tmp_path):
    """The trial's parameters hold, `optimizer` as a tactic; there is no message, no record and no page."""
    parameters = {"units": 8, "rate": 0.5, "optimizer": "sgd", "batch_size": 16}
    trial = TrialProcess(tmp_path, parameters, TUNING_ARTIFACT_DIR=str(tmp_path / "a"), TUNING_SEED="1")
    trial.model(MODEL)
    ended = trial.run("-m", "tuning_trial.cli", "find-rate", "model.py", "--batches", "40")
    assert (ended.code, ended.message) == (0, None), ended.stderr
    (read,) = yaml.safe_load(ended.stdout)
    assert {**read, "min": 0, "max": 0} == {
        "name": "learning_rate", "type": "double", "min": 0, "max": 0, "scale": "log",
    }  # fmt: skip
    assert 1e-5 <= read["min"] < read["max"] <= 0.1
    assert math.isfinite(read["max"])
    assert "tactics of the manifest: optimizer='sgd'" in ended.stderr
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["learning-rate.svg"]
    assert {path.name for path in tmp_path.iterdir()} <= {"a", "model.py", "__pycache__"}
