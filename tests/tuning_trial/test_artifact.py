import signal

import pytest
from tuning_trial import artifact
from tuning_trial.errors import UserError

from tests.tuning_trial.trial_process import TrialProcess


def test_the_directory_is_made_before_the_training(tmp_path):
    artifact.prepare(str(tmp_path / "a" / "b"))
    assert (tmp_path / "a" / "b").is_dir()


def test_a_place_that_cannot_be_made_is_refused_at_once(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot be written to.*; mount a volume"):
        artifact.prepare(str(tmp_path / "file" / "below"))


def test_an_unknown_kind_of_url_is_refused_at_once():
    with pytest.raises(UserError, match="'nosuch://models' cannot be used"):
        artifact.prepare("nosuch://models")


@pytest.mark.parametrize("address", ["{}", "file://{}", "local://{}"])  # the last one is fsspec's alone
def test_what_a_killed_run_was_writing_is_removed_by_the_next_and_nothing_else(tmp_path, address):
    place = address.format(tmp_path)
    (tmp_path / f"{artifact.PARTIAL}1234-model.keras").touch()
    (tmp_path / "model.keras").touch()
    artifact.prepare(place)
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]


def test_so_does_a_program_of_the_sdk_that_loads_its_checkpoint(tmp_path):
    place = tmp_path / "a"
    place.mkdir()
    trial = TrialProcess(tmp_path, TUNING_ARTIFACT_DIR=str(place))
    stuck = (
        "import os, time, tuning_trial\n"
        "os.fsync = lambda file: (print('ready', flush=True), time.sleep(60))\n"
        "tuning_trial.save_checkpoint(b'state')"
    )
    with trial.start("-c", stuck) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGKILL)
        trial.end(process)
    assert [path.name for path in place.iterdir()] == [f"{artifact.PARTIAL}{process.pid}-checkpoint.zip"]
    assert trial.run_program("import tuning_trial; print(tuning_trial.load_checkpoint())").stdout == "None\n"
    assert not [*place.iterdir()]
