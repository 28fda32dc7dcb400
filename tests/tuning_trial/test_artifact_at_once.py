"""A file of a trial's is there whole or not at all: on a volume, and where fsspec renames."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tuning_trial import artifact

from tests.tuning_trial.reading import read_while_written

pytest.importorskip("fsspec")
SIZE = 20 << 20


@pytest.fixture(params=["volume", "fsspec"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same directory as a path, and as an address whose file system fsspec has."""
    return str(tmp_path / "a") if request.param == "volume" else f"local://{tmp_path}/a"


def test_a_reader_finds_the_old_file_or_the_new_one(place: str, tmp_path: Path) -> None:
    artifact.prepare(place)
    versions = [bytes([i]) * SIZE for i in range(4)]
    seen, refused = read_while_written(place, versions)
    assert refused == []
    assert seen <= {(SIZE, content[:1] * 2) for content in versions}
    assert seen
    assert os.listdir(tmp_path / "a") == ["large"]


def test_who_has_opened_the_old_file_reads_it_to_its_end(place: str, tmp_path: Path) -> None:
    artifact.prepare(place)
    artifact.write(place, "model", b"old")
    with (tmp_path / "a" / "model").open("rb") as old:
        artifact.write(place, "model", b"new and longer")
        assert old.read() == b"old"
    assert artifact.read(place, "model") == b"new and longer"


def test_a_file_is_removed_once_and_again(place: str, tmp_path: Path) -> None:
    artifact.prepare(place)
    artifact.write(place, "checkpoint", b"x")
    artifact.remove(place, "checkpoint")
    artifact.remove(place, "checkpoint")
    assert artifact.read(place, "checkpoint") is None
    assert os.listdir(tmp_path / "a") == []
