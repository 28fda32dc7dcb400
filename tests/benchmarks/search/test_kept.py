"""Kept results are those of this version and these settings, or none."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.search.kept import Job, Kept
from tests.benchmarks.search.simulation import Run, Step

JOB = Job("layers", 1, 8, 3)
RUN = Run([Step(1, 2.5, 0.5), Step(3, 7.0, 0.25)], finished=3, seconds=7.0, cpu=0.125)


def test_a_run_is_read_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    Kept(path, "peer", "1.0", "defaults").add(JOB, RUN)
    assert Kept(path, "peer", "1.0", "defaults").find(JOB) == RUN


def test_a_longer_run_serves_a_shorter_one_and_not_the_reverse(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept.jsonl", "peer", "1.0", "defaults")
    kept.add(JOB, RUN)
    assert kept.find(Job("layers", 1, 8, 2)) == RUN
    assert kept.missing([JOB, Job("layers", 1, 8, 4), Job("layers", 2, 8, 3)]) == [
        Job("layers", 1, 8, 4),
        Job("layers", 2, 8, 3),
    ]


def test_another_version_or_setting_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    Kept(path, "peer", "1.0", "defaults").add(JOB, RUN)
    assert Kept(path, "peer", "1.0", "others").find(JOB) is None
    newer = Kept(path, "peer", "2.0", "defaults")
    assert newer.find(JOB) is None
    newer.add(Job("canyon", 1, 1, 3), RUN)
    assert len(path.read_text().splitlines()) == 2


def test_a_peer_that_is_not_installed_keeps_its_results(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    Kept(path, "peer", "1.0", "defaults").add(JOB, RUN)
    assert Kept(path, "peer", None, "defaults").find(JOB) == RUN
