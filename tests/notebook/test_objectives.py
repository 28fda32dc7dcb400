"""What a caller says of objectives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tuning_operator.errors import ManifestError
from tuning_operator.notebook.objectives import objectives
from tuning_operator.notebook.tune import _question


@pytest.mark.parametrize(
    ("metric", "goal"),
    [
        ("val_accuracy", "Maximize"),
        ("val_AUC", "Maximize"),
        ("val_loss", "Minimize"),
        ("train_time", "Minimize"),
    ],
)
def test_a_known_metrics_name_tells_its_goal(metric: str, goal: str) -> None:
    assert objectives(metric) == [{"metric": metric, "goal": goal}]


def test_several_may_be_said_each_in_its_way() -> None:
    said = ["val_accuracy", {"metric": "profit", "goal": "Maximize", "target": 3.0}]
    assert [one["metric"] for one in objectives(said)] == ["val_accuracy", "profit"]
    assert objectives(said)[1]["target"] == 3.0


def test_a_name_that_does_not_tell_is_asked_about() -> None:
    with pytest.raises(ManifestError, match=r"'profit' does not tell .*\"goal\": \"Maximize\""):
        objectives("profit")


def test_what_the_program_s_description_has_to_say_of_its_objective_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    note = "the objective is val_loss, for nobody knows"
    described = {"parameters": [{"name": "u"}], "defaults": {}, "objectives": [{}], "notes": [note]}
    program = tmp_path / "tuning-trial"
    program.write_text(f"#!/bin/sh\necho '{json.dumps(described)}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setenv("VIRTUAL_ENV", "another")
    _question(tmp_path / "program.py", None, "val_loss")
    assert capsys.readouterr().out == ""  # the caller has said what it is
    _question(tmp_path / "program.py", None, None)
    assert capsys.readouterr().out == f"{note}\n"
