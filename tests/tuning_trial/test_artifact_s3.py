"""Artifacts on a real S3-compatible server, through s3fs."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from tuning_trial import artifact
from tuning_trial.errors import UserError

from tests.cluster.errors import Unavailable
from tests.tools import s3
from tests.tuning_trial.keeping.test_again import MODEL
from tests.tuning_trial.reading import read_while_written
from tests.tuning_trial.trial_process import TrialProcess, free_port

PLACE = "s3://models/team/7/1"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    try:
        with s3.running(tmp_path_factory.mktemp("s3"), free_port(), "models") as server:
            yield server
    except Unavailable as why:
        pytest.skip(str(why))


@pytest.fixture
def client(server, monkeypatch):
    """This process as a client of the server."""
    import s3fs

    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    yield server
    s3fs.S3FileSystem.clear_instance_cache()


def test_a_file_is_written_read_and_removed(client):
    artifact.prepare(PLACE)
    assert artifact.read(PLACE, "a.txt") is None
    artifact.write(PLACE, "a.txt", b"one")
    artifact.write(PLACE, "a.txt", b"another")
    assert artifact.read(PLACE, "a.txt") == b"another"
    artifact.remove(PLACE, "a.txt")
    artifact.remove(PLACE, "a.txt")
    assert artifact.read(PLACE, "a.txt") is None


def test_a_reader_never_finds_half_a_file(client):
    """40 MB go up as one object or in parts, while another thread reads what is there.

    This server keeps an object's checksum in a second file: in between, the client refuses what it reads.
    """
    versions = [bytes([i]) * (40 << 20) for i in range(3)]
    seen, refused = read_while_written(PLACE, versions)
    assert seen <= {(len(content), content[:1] * 2) for content in versions}
    assert seen
    assert not [words for words in refused if "FlexibleChecksumError" not in words]


def test_a_bucket_that_is_not_there_is_refused_before_the_training(client):
    with pytest.raises(UserError, match=r"'s3://nobody/1' cannot be written to"):
        artifact.prepare("s3://nobody/1")


def test_a_wrong_key_is_refused_before_the_training(client, monkeypatch):
    import s3fs

    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(UserError, match="cannot be written to"):
        artifact.prepare(PLACE)


@pytest.fixture
def silent(monkeypatch):
    """This process as a client of a server that takes each connection and never answers."""
    import s3fs

    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        for name, value in s3.S3(endpoint, Path()).environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(artifact, "SILENCE", 0.1)
        monkeypatch.setattr(artifact, "PATIENCE", 1.0)
        s3fs.S3FileSystem.clear_instance_cache()
        yield
    s3fs.S3FileSystem.clear_instance_cache()


def test_a_store_that_never_answers_is_refused_before_the_training_and_told_of_until_then(silent, capsys):
    with pytest.raises(UserError, match="has not answered for 1 seconds; see that the store can be reached"):
        artifact.prepare(PLACE)
    assert f"waiting for {PLACE}, which has not answered" in capsys.readouterr().err


@pytest.mark.parametrize(
    "ask",
    [
        lambda: artifact.write(PLACE, "a.txt", b"one"),
        lambda: artifact.read(PLACE, "a.txt"),
        lambda: artifact.remove(PLACE, "a.txt"),
    ],
    ids=["write", "read", "remove"],
)
def test_a_store_that_falls_silent_later_is_not_waited_for_without_end(silent, ask):
    with pytest.raises(TimeoutError, match="it has not answered for 1 seconds"):
        ask()


def test_a_trial_keeps_model_and_record_there(server, tmp_path):
    parameters = {"units": 8, "rate": 0.05, "epochs": 2}
    trial = TrialProcess(tmp_path, parameters, TUNING_ARTIFACT_DIR="s3://models/t/1", **server.environment)
    ended = trial.run_model(MODEL)
    assert ended.code == 0, ended.stderr
    kept = server.objects / "models" / "t" / "1"
    names = ["history.csv", "model.keras", "model.svg", "model.weights.h5", "record.json"]
    assert sorted(path.name for path in kept.iterdir()) == names
    record = json.loads((kept / "record.json").read_text())
    assert record["metrics"] == ended.message["metrics"]
    assert server.environment["AWS_SECRET_ACCESS_KEY"] not in json.dumps(record)


LOOP = """
from tuning_trial import load_checkpoint, report, save_checkpoint
found = load_checkpoint()
print("goes on" if found else "starts")
for step in (1, 2):
    report(step=step, val_accuracy=step / 4)
    save_checkpoint(b"state")
"""


def test_a_checkpoint_there_is_removed_by_a_program_that_just_ends(server, tmp_path):
    trial = TrialProcess(tmp_path, TUNING_ARTIFACT_DIR="s3://models/t/2", **server.environment)
    for _ in range(2):
        ended = trial.run_program(LOOP)
        assert (ended.code, ended.stdout) == (0, "starts\n"), ended.stderr
        assert "cannot" not in ended.stderr
    assert ended.message["metrics"] == {"val_accuracy": 0.5}
