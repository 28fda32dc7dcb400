"""The tactic `deterministic`: two processes of the same trial give the same numbers, whatever is drawn."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.tuning_trial.keeping.test_again import MEASURED
from tests.tuning_trial.trial_process import TrialProcess

pytestmark = pytest.mark.tensorflow

FILE = """
import keras, numpy

def build_model(hp):
    layers = keras.layers
    inside = [layers.Conv2D(4, 3), layers.Flatten(), layers.Dropout(0.3)]
    model = keras.Sequential([keras.Input((8, 8, 1)), *inside, layers.Dense(3)])
    model.compile('adam', keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])
    return model

def load_data():
    x = numpy.random.default_rng(0).random((48, 8, 8, 1)).astype('float32')
    y = numpy.arange(48) % 3
    return (x[:32], y[:32]), (x[32:], y[32:])
"""
DRAWN = {
    **{"flip": True, "rotation": 0.1, "zoom": 0.1, "translation": 0.1, "contrast": 0.2},
    **{"mix_up": 0.3, "cut_mix": 1.0, "batch_size": 8, "epochs": 3},
}
RECIPE = ["recipe", "image-cnn", "--data", "tuning_trial.datasets.samples:digits", "--set", "width=2"]


def curves(directory: Path, command: list[str], given: dict[str, Any], seed: int) -> list[dict[str, float]]:
    directory.mkdir()
    (directory / "model.py").write_text(FILE)
    trial = TrialProcess(
        directory, DRAWN | given, TUNING_ARTIFACT_DIR=str(directory / "a"), TUNING_SEED=str(seed)
    )
    ended = trial.run("-m", "tuning_trial.cli", *command)
    assert ended.code == 0, ended.stderr
    rows = json.loads((directory / "a" / "record.json").read_text())["curves"]
    return [{name: value for name, value in row.items() if name not in MEASURED} for row in rows]


@pytest.mark.parametrize("command", [["run", "model.py"], RECIPE], ids=["a file", "a recipe"])
def test_a_seed_gives_the_same_numbers_and_another_one_others(command: list[str], tmp_path: Path) -> None:
    given = {"deterministic": True} | ({"depth": 1, "dropout": 0.3, "epochs": 1} if command == RECIPE else {})
    with ThreadPoolExecutor(2) as pool:
        seeds = enumerate((3, 3, 4))
        made = pool.map(lambda one: curves(tmp_path / str(one[0]), command, given, one[1]), seeds)
        first, second, other = made
    assert first == second
    assert first != other
