"""The examples of transfer and distillation, really trained: each with its first trials, with and without."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from tuning_operator.api.manifest import load

from tests.local.commands import Directory

EXAMPLES = Path(__file__).parents[2] / "manifests" / "examples"


@pytest.mark.tensorflow
@pytest.mark.parametrize(("name", "tactic"), [("transfer", "pretrained"), ("distillation", "teacher")])
def test_an_example_makes_its_file_and_trains_with_and_without_it(
    name: str, tactic: str, tmp_path: Path
) -> None:
    with tempfile.TemporaryDirectory() as files:  # whose path is short; an older file may lie in /tmp itself

        def here(text: str) -> str:
            return text.replace("/tmp/", f"{files}/")

        (tmp_path / f"{name}.py").write_text(here((EXAMPLES / f"{name}.py").read_text()))
        (body,) = [d for d in load(here((EXAMPLES / f"{name}.yaml").read_text())) if d["kind"] == "TuningJob"]
        body["metadata"]["name"] = "job"
        body["spec"]["trials"]["max"] = 2
        there = Directory(tmp_path, body)
        done = there.run(PATH="/usr/bin:/bin", CUDA_VISIBLE_DEVICES="", OMP_NUM_THREADS="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [t.status.reason for t in there.trials()] == ["Completed"] * 2
    kept = tmp_path / "runs" / "job" / "artifacts"
    records = [json.loads((kept / str(n) / "record.json").read_text()) for n in (1, 2)]
    assert [record["files"].keys() for record in records] == [set(), {tactic}]
    best = there.job().status.best
    assert best is not None
    assert best.objectives[0].value > 0.6
