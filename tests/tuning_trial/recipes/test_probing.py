"""`tuning-trial recipe NAME --find`: what a user finds out before a job is begun."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from tuning_trial import sdk
from tuning_trial.cli import main

from tests.tuning_trial.trial_process import TrialProcess

RECIPE = ["recipe", "tabular-classification", "--data", "data.npz"]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """100 examples, 60 of which are trained on."""
    x = np.random.default_rng(0).normal(size=(100, 3)).astype("float32")
    np.savez(tmp_path / "data.npz", x=x, y=(x[:, 0] > 0).astype("int32"))
    monkeypatch.chdir(tmp_path)


@pytest.mark.tensorflow
@pytest.mark.usefixtures("data")
def test_a_recipe_gets_a_range_of_rates_and_leaves_nothing_but_the_picture(tmp_path: Path) -> None:
    parameters = {"width": 8, "schedule": "cosine", "batch_size": 20}
    trial = TrialProcess(tmp_path, parameters, TUNING_ARTIFACT_DIR=str(tmp_path / "a"), TUNING_SEED="1")
    ended = trial.run(
        "-m", "tuning_trial.cli", *RECIPE, "--find", "rate", "--batches", "50", "--set", "depth=1"
    )
    assert (ended.code, ended.message) == (0, None), ended.stderr
    (read,) = yaml.safe_load(ended.stdout)
    assert (read["name"], read["scale"]) == ("learning_rate", "log")
    assert 1e-5 <= read["min"] < read["max"] <= 0.1
    assert "50 rates tried" in ended.stderr
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["learning-rate.svg"]


@pytest.mark.tensorflow
@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(("size", "examples", "is_all"), [(16, 16, False), (64, 60, True)])
def test_an_attempt_trains_a_recipe_with_its_batch_whatever_is_set(
    tmp_path: Path, size: int, examples: int, is_all: bool
) -> None:
    attempt = ["--attempt", str(size), "--answer", str(tmp_path / "answer.json")]
    given = ["--set", "width=4", "--set", "batch_size=5"]
    ended = TrialProcess(tmp_path).run("-m", "tuning_trial.cli", *RECIPE, "--find", "batch", *attempt, *given)
    assert ended.code == 0, ended.stderr
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert (answer["examples"], answer["is_all"]) == (examples, is_all)
    assert dict(answer["memory"])["peak_memory_bytes"] > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--find", "rate", "--folds", "3"], "--find and --folds exclude each other"),
        (["--find", "rate", "--set", "widht=4"], "no parameter 'widht'; did you mean 'width'?"),
        (["--find", "rate", "--plot", "nowhere/rates.svg"], "--plot nowhere/rates.svg: there is no such"),
        (["--find", "rate", "--export", "int8"], "--find and --export exclude each other; leave one of them"),
        (["--find", "batch", "--plot", "rates.svg"], "--plot has an effect with --find rate only; add that"),
        (["--plot", "rates.svg"], "--plot has an effect with --find rate only"),
        (["--batches", "9"], "--batches has an effect with --find rate only"),
    ],
)
def test_what_cannot_be_found_is_refused_before_the_data_is_looked_for(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk, "_session", None)  # put back at the end
    assert main([*RECIPE, *arguments]) == 2
    assert words in capsys.readouterr().err


def test_one_process_of_several_finds_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk, "_session", None)  # put back at the end
    monkeypatch.setenv("TF_CONFIG", "{}")
    assert main([*RECIPE, "--find", "rate"]) == 2
    assert "--find and TF_CONFIG exclude each other; unset TF_CONFIG" in capsys.readouterr().err
