"""The example, really trained: the manifest of `make demo`, cut to three trials."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml
from tuning_operator.api.manifest import load

from tests.local.commands import Directory

EXAMPLES = Path(__file__).parents[2] / "manifests" / "examples"


@pytest.fixture
def digits(tmp_path: Path) -> Directory:
    """digits.py and its job with three trials of a few seconds."""
    (body,) = [d for d in load(EXAMPLES / "digits.yaml") if d["kind"] == "TuningJob"]
    body["metadata"]["name"] = "job"
    body["spec"]["trials"]["max"] = 3
    body["spec"]["template"]["spec"]["containers"][0]["args"] = ["--epochs", "60"]
    shutil.copy(EXAMPLES / "digits.py", tmp_path)
    return Directory(tmp_path, body)


@pytest.mark.tensorflow
def test_the_example_learns_to_read_digits(digits: Directory) -> None:
    # the command is found beside this Python, as in a virtual environment that was never activated
    done = digits.run(PATH="/usr/bin:/bin", CUDA_VISIBLE_DEVICES="")
    assert done.returncode == 0, done.stderr
    status, trials = digits.job().status, digits.trials()
    assert [t.status.reason for t in trials] == ["Completed"] * 3
    assert status.best is not None
    assert status.best.objectives[0].value > 0.5
    assert status.best.artifact is not None
    assert list(Path(digits.path / status.best.artifact).iterdir())
    assert all(series.points for t in trials for series in t.status.series), "scraped while they trained"
    assert any(t.status.series for t in trials)


def test_the_example_s_parameters_are_those_its_program_asks_for() -> None:
    (body,) = [d for d in load(EXAMPLES / "digits.yaml") if d["kind"] == "TuningJob"]
    program = (EXAMPLES / "digits.py").read_text()
    for parameter in body["spec"]["parameters"]:
        assert f'"{parameter["name"]}"' in program


def test_the_example_s_manifest_holds_its_program() -> None:
    head = next(yaml.safe_load_all((EXAMPLES / "digits.yaml").read_text()))
    assert head["data"]["digits.py"] == (EXAMPLES / "digits.py").read_text()
