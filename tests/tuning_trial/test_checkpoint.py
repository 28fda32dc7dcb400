"""Checkpoints of any program: a session that saves, and another one that goes on."""

import io
import json
import math
import signal
import zipfile

import pytest
from tuning_trial import artifact, checkpoint
from tuning_trial.contract import Contract, Objective
from tuning_trial.session import Session

from tests.tuning_trial.trial_process import TrialProcess

COUNTS = """
import time
from tuning_trial import load_checkpoint, report, save_checkpoint
found = load_checkpoint()
value = int(found.data) if found else 0
for step in range(found.step if found else 0, 6):
    value += 10
    report(step=step + 1, val_accuracy=value)
    save_checkpoint(str(value).encode())
    print(step + 1, value, flush=True)
    if PAUSES: time.sleep(0.2)
"""


def session_of(place, seed=7):
    objectives = (Objective("accuracy"),)
    return Session(
        Contract(in_trial=True, parameters={"units": 8}, objectives=objectives, seed=seed, artifact_dir=place)
    )


@pytest.fixture
def place(tmp_path):
    session = session_of(str(tmp_path))
    session.report(1, {"accuracy": 0.9, "loss": math.nan})
    session.report(2, {"accuracy": 0.8})
    checkpoint.save(session, b"state")
    return str(tmp_path)


def test_another_process_goes_on_with_everything_that_was_reported(place):
    session = session_of(place)
    assert checkpoint.load(session) == checkpoint.Checkpoint(2, b"state")
    assert session.record.kept.step == 1
    first, second = session.curves.rows()
    assert (first["step"], first["accuracy"], math.isnan(first["loss"])) == (1, 0.9, True)
    assert second == {"step": 2, "accuracy": 0.8}


def test_a_checkpoint_of_another_seed_is_passed_over(place, capsys):
    session = session_of(place, seed=8)
    assert checkpoint.load(session) is None
    assert session.record.last is None
    assert "of other parameters or another seed" in capsys.readouterr().err


def test_a_file_that_is_none_is_passed_over(place, capsys):
    artifact.write(place, checkpoint.CHECKPOINT_FILE, b"PK\x03\x04 and no more")
    assert checkpoint.load(session_of(place)) is None
    assert "is none that this version wrote" in capsys.readouterr().err


def test_a_checkpoint_that_does_not_say_whose_it_is_is_passed_over(place, capsys):
    header, data = checkpoint.unpack(artifact.read(place, checkpoint.CHECKPOINT_FILE))
    del header["of"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(checkpoint.HEADER, json.dumps(header))
        archive.writestr(checkpoint.DATA, data)
    artifact.write(place, checkpoint.CHECKPOINT_FILE, file.getvalue())
    assert checkpoint.load(session_of(place)) is None
    assert "is none that this version wrote" in capsys.readouterr().err


def test_it_stays_until_the_result_is_complete(place):
    session = session_of(place)
    checkpoint.load(session)
    checkpoint.forget(session)
    assert artifact.read(place, checkpoint.CHECKPOINT_FILE)
    session.finish()
    checkpoint.forget(session)
    assert artifact.read(place, checkpoint.CHECKPOINT_FILE) is None


def test_without_an_artifact_directory_nothing_is_saved_or_found():
    session = session_of(None)
    checkpoint.save(session, b"state")
    assert checkpoint.load(session) is None


def test_a_killed_program_reports_no_step_twice(tmp_path):
    trial = TrialProcess(tmp_path, TUNING_ARTIFACT_DIR=str(tmp_path))
    with trial.start("-c", COUNTS.replace("PAUSES", "True")) as process:
        assert [process.stdout.readline() for _ in range(3)] == ["1 10\n", "2 20\n", "3 30\n"]
        process.send_signal(signal.SIGKILL)
        rest = trial.end(process).stdout.splitlines()
    ended = trial.run_program(COUNTS.replace("PAUSES", "False"))
    assert [*rest, *ended.stdout.splitlines()] == ["4 40", "5 50", "6 60"]
    assert ended.message == {"metrics": {"val_accuracy": 60.0}, "step": 6}
    assert not (tmp_path / checkpoint.CHECKPOINT_FILE).exists()
