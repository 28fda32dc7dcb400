"""A recipe with a loop of its own that gets a SIGTERM goes on when it starts again: real processes."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from tuning_trial.datasets.loading import load
from tuning_trial.datasets.request import Request

from tests.tuning_trial.in_process import Here
from tests.tuning_trial.recipes.training import train
from tests.tuning_trial.trial_process import TrialProcess

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings(
        "ignore:__array__ implementation:DeprecationWarning"
    ),  # Keras saving a variable
]

PLACE = "tuning_trial.datasets.samples:tumours"
PARAMETERS = {"width": 4, "epochs": 7, "learning_rate": 1e-9}  # the weights stay as they were drawn
COMMAND = ("-m", "tuning_trial.cli", "recipe", "tabular-classification", "--data", PLACE, "--folds", "2")


def cut_off(trial: TrialProcess, *command: str, after: str) -> Any:
    """Run a trial, and send it a SIGTERM when it has told of an epoch."""
    with trial.start(*command) as process:
        for line in process.stdout:
            if line.startswith(after):
                break
        process.send_signal(signal.SIGTERM)
        return trial.end(process)


def test_folds_go_on_after_the_last_epoch_that_all_of_them_had(here: Here, tmp_path: Path, capsys) -> None:
    artifacts = tmp_path / "a"
    trial = TrialProcess(tmp_path, PARAMETERS, TUNING_ARTIFACT_DIR=str(artifacts), TUNING_SEED="3")
    ended = cut_off(trial, *COMMAND, after="epoch 3/")
    assert ended.code == 143, ended.stderr
    before = json.loads((artifacts / "record.json").read_text())["curves"]
    data = load(Request(PLACE, folds=2), "classes of features", False)
    ran = train(here, "tabular-classification", data, PARAMETERS, artifact_dir=str(artifacts), seed=3)
    told = capsys.readouterr()
    first = int(told.out.split("/")[0].removeprefix("epoch "))
    assert 2 <= first <= len(before) + 1 < 7
    assert f"going on after step {first - 1}" in told.err
    rows = json.loads((artifacts / "record.json").read_text())["curves"]
    assert [row["step"] for row in rows] == [*range(1, 8)]
    assert rows[: first - 1] == before[: first - 1]
    for fold in (1, 2):  # each has its own weights again
        losses = [row[f"val_loss_fold_{fold}"] for row in rows]
        assert losses == pytest.approx([losses[0]] * 7, rel=1e-4)
    assert ran.steps == 7
