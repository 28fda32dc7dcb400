"""Ctrl-C in a terminal: one line and exit code 130, whatever the command is doing just then."""

import signal
from pathlib import Path

import pytest

from tests.tuning_trial.keeping.test_again import MODEL
from tests.tuning_trial.trial_process import Ended, TrialProcess

DIGITS = "tuning_trial.datasets.samples:digits"
PARAMETERS = {"units": 8, "rate": 0.05, "epochs": 10**6}
# What the tests are started by may ignore SIGINT, as a shell's background job does.
HEEDING = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
# A gate that stands in TensorFlow's place: the moment of its import is too short to hit.
IMPORTING = """
import importlib.abc, sys, time

class Gate(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == 'tensorflow':
            print('importing', flush=True)
            time.sleep(300)

sys.meta_path.insert(0, Gate())
"""


def stopped(trial: TrialProcess, at: str, *command: str) -> Ended:
    """Press Ctrl-C when a line with these words is printed."""
    with trial.start(*command) as process:
        while at not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        return trial.end(process)


@pytest.mark.parametrize(
    "command", [["run", "model.py"], ["recipe", "image-cnn", "--data", DIGITS]], ids=["run", "recipe"]
)
def test_before_tensorflow_is_there_it_ends_with_one_line(command, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(HEEDING + IMPORTING)
    trial = TrialProcess(tmp_path, PYTHONPATH=str(tmp_path))
    (tmp_path / "model.py").write_text(MODEL)
    ended = stopped(trial, "importing", "-m", "tuning_trial.cli", *command)
    assert (ended.code, ended.stderr) == (130, "tuning-trial: stopped by Ctrl-C (SIGINT)\n")


@pytest.mark.tensorflow
def test_in_the_midst_of_a_training_the_best_model_is_kept_and_one_line_is_said(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(HEEDING)
    place = {"PYTHONPATH": str(tmp_path), "TUNING_ARTIFACT_DIR": str(tmp_path / "a")}
    trial = TrialProcess(tmp_path, PARAMETERS, **place)
    ended = stopped(trial, "epoch 3", *trial.model(MODEL))
    assert (ended.code, ended.stderr) == (130, "tuning-trial: stopped by Ctrl-C (SIGINT)\n")
    assert ended.message == {"error": "stopped by Ctrl-C (SIGINT)"}
    assert (tmp_path / "a" / "model.keras").exists()
