"""What every trial measures may be an objective: accuracy, time and memory, in one job of real trials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.local.commands import Directory
from tests.tuning_trial.keeping.test_again import MODEL

GOALS = {"val_accuracy": "Maximize", "train_time": "Minimize", "peak_memory_bytes": "Minimize"}
JOB: dict[str, Any] = {
    "apiVersion": "tuning.dev/v1alpha1",
    "kind": "TuningJob",
    "metadata": {"name": "job"},
    "spec": {
        "objectives": [{"metric": metric, "goal": goal} for metric, goal in GOALS.items()],
        "constraints": [{"metric": "flops", "max": 10**6}],
        "parameters": [
            {"name": "units", "type": "int", "min": 2, "max": 8},
            {"name": "rate", "type": "double", "min": 1e-3, "max": 1, "scale": "log"},
        ],
        "search": {"stages": [{"algorithm": "Random"}]},
        "trials": {"max": 2, "parallel": 2},
        "template": {
            "spec": {
                "containers": [
                    {"name": "trial", "image": "none", "command": ["tuning-trial", "run", "model.py"]}
                ]
            }
        },
    },
}


@pytest.mark.tensorflow
def test_accuracy_time_and_memory_make_a_front(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    there = Directory(tmp_path, JOB)
    done = there.run(CUDA_VISIBLE_DEVICES="", OMP_NUM_THREADS="1")
    assert done.returncode == 0, done.stdout + done.stderr
    status = there.job().status
    assert status.pareto
    for member in status.pareto:
        values = {one.metric: one.value for one in member.objectives}
        assert values.keys() == GOALS.keys()
        assert 0 <= values["val_accuracy"] <= 1
        assert 0 < values["train_time"] < 600
        assert values["peak_memory_bytes"] > 10**8
