"""README.md's commands for a laptop, word for word, beside a model and a job of the names that it uses."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.commands import ROOT, Shell, commands
from tests.local.commands import COMMAND, Directory, manifest

ENTER, *COMMANDS = commands(ROOT / "README.md")["On a laptop"]


@pytest.mark.tensorflow
def test_the_readmes_commands_for_a_laptop_do_what_it_says(tmp_path: Path) -> None:
    assert ENTER.split()[:2] == ["source", ".venv/bin/activate"]  # the shell below has it entered already
    Directory(tmp_path, manifest())
    shutil.copy(ROOT / "manifests" / "examples" / "digits.py", tmp_path / "model.py")
    (tmp_path / "programs").mkdir()
    shell = Shell(tmp_path / "programs", {"tuning": COMMAND, "python": [sys.executable]})
    _, live, again, printed, verdict = shell.run_all(*(f"cd {tmp_path} && {command}" for command in COMMANDS))
    asked = yaml.safe_load((tmp_path / "model.yaml").read_text())["spec"]["parameters"]
    assert {"units", "learning_rate"} <= {parameter["name"] for parameter in asked}
    job = json.loads(printed)
    best = f"{job['status']['best']['objectives'][0]['value']:g}"
    assert (job["status"]["phase"], best in live, best in again) == ("Succeeded", True, True)
    assert verdict == "job.yaml: TuningJob/job is valid\n"
