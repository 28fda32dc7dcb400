"""The PyTorch program of docs/trial.md, run where there is a PyTorch: it is no dependency of ours."""

from __future__ import annotations

import re
import signal
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.tuning_trial.trial_process import TrialProcess

PAGE = Path(__file__).parents[2] / "docs" / "trial.md"
pytestmark = pytest.mark.skipif(find_spec("torch") is None, reason="no PyTorch here")


def program(epochs: int = 20) -> str:
    [found] = [
        text for text in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL) if "torch" in text
    ]
    return found.replace(", 20):", f", {epochs}):")


@pytest.fixture
def trial(tmp_path: Path) -> TrialProcess:
    chosen = {"learning_rate": 0.05, "hidden": 8}
    return TrialProcess(tmp_path, chosen, TUNING_SEED="3", TUNING_ARTIFACT_DIR=str(tmp_path))


def test_it_learns_with_the_trial_s_parameters_and_hands_in_its_best(trial: TrialProcess) -> None:
    ended = trial.run_program(program() + "\nassert network[0].out_features == 8\n")
    assert ended.code == 0, ended.stderr
    assert ended.message["metrics"]["val_accuracy"] > 0.8


def test_one_that_is_killed_goes_on_and_comes_to_the_same_end(trial: TrialProcess, tmp_path: Path) -> None:
    asks = "    if should_stop()"
    tells = program(200).replace(asks, f"    print(epoch, flush=True)\n{asks}")
    with trial.start("-c", tells) as process:
        while process.stdout.readline() != "5\n":
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        trial.end(process)
    ended = trial.run_program(program(200) + "\nprint(found.step)")
    assert ended.code == 0, ended.stderr
    assert int(ended.stdout) >= 5
    assert ended.message["metrics"]["val_accuracy"] > 0.8
    assert not (tmp_path / "checkpoint.zip").exists()
