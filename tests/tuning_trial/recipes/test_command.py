"""`tuning-trial recipe` as a process: a trial like any other, with its exit codes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.tuning_trial.trial_process import CountingTrial, Ended, TrialProcess


def run(trial: TrialProcess, *arguments: str) -> Ended:
    return trial.run("-m", "tuning_trial.cli", "recipe", *arguments)


@pytest.mark.tensorflow
def test_a_trial_reports_saves_its_model_and_is_judged_at_the_end(tmp_path: Path) -> None:
    sizes = np.random.default_rng(0).normal(size=60)
    y = np.arange(60) % 2
    rows = "".join(f"{a:.3f},{'red' if b else 'blue'},{b}\n" for a, b in zip(sizes, y, strict=True))
    (tmp_path / "data.csv").write_text("size,colour,kind\n" + rows)
    trial = TrialProcess(
        tmp_path,
        {"width": 4, "epochs": 2},
        TUNING_PURPOSE="Final",
        TUNING_SEED="4294967299",
        TUNING_ARTIFACT_DIR=str(tmp_path / "a"),
    )
    ended = run(trial, "tabular-classification", "--data", "data.csv", "--target", "kind", "--set", "depth=1")
    assert ended.code == 0, ended.stderr
    assert ended.stderr == ""
    assert [line.split("  ")[0] for line in ended.stdout.splitlines()] == ["epoch 1/2", "epoch 2/2"]
    assert next(iter(ended.message["metrics"])) == "val_accuracy"
    assert "test_accuracy" in ended.message["metrics"]
    assert (tmp_path / "a" / "model.keras").exists()


@pytest.mark.parametrize(
    ("parameters", "arguments", "words"),
    [
        ({}, ["--data", "no.npz"], "no.npz: there is no such file or directory"),
        ({"widht": 4}, ["--data", "no.npz"], "no parameter 'widht'; did you mean 'width'?"),
        (
            {"width": 4},
            ["--data", "no.npz", "--set", "width=4"],
            "'width' is in spec.parameters and in --set",
        ),
        ({}, ["--data", "no", "--test-share", "0.6", "--validation-share", "0.4"], "nothing to train on"),
        (
            {},
            ["--data", "data.npz"],
            "data.npz: y has labels from 0 to 9, and 2 classes are",
        ),
    ],
)
def test_exit_2_with_one_line_before_tensorflow(parameters, arguments, words, tmp_path: Path) -> None:
    np.savez(tmp_path / "data.npz", x=np.zeros((8, 4, 4)), y=np.array([0, 9] * 4))
    trial = CountingTrial(tmp_path, parameters)
    ended = run(trial, "image-cnn", *arguments)
    assert (ended.code, trial.imports) == (2, 0)
    assert words in ended.message["error"]
    assert ended.stderr == f"tuning-trial: {ended.message['error']}\n"


def test_the_command_line_needs_neither_numpy_nor_tensorflow(tmp_path: Path) -> None:
    ended = TrialProcess(tmp_path).run_program(
        "import sys, tuning_trial.cli as cli\ncli._parser()\n"
        "print([name for name in ('numpy', 'tensorflow', 'pyarrow') if name in sys.modules])"
    )
    assert ended.stdout == "[]\n"


def test_without_a_validation_part_nothing_is_tuned(tmp_path: Path) -> None:
    ended = run(TrialProcess(tmp_path), "image-cnn", "--data", "x.npz", "--validation-share", "0")
    assert ended.code == 2
    assert "--validation-share: it is '0'; give a share above 0" in ended.stderr
