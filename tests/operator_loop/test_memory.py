"""What the operator keeps in memory: the facts that it decides by, and never whole objects."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from tuning_operator.cluster.kinds import JOBS, PODS, TRIALS, Kind
from tuning_operator.cluster.store import Store

from tests.operator_loop.crowd import fill, pages

ROOT = Path(__file__).parents[2]


def test_200_jobs_with_20_live_trials_each_take_less_than_400_mib() -> None:
    program = [sys.executable, "-m", "tests.operator_loop.crowd", "200", "20"]
    ended = subprocess.run(program, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    took = json.loads(ended.stdout)
    assert (took["trials"], took["pods"]) == (4000, 4000)
    assert took["mebibytes"] < 400, took


@pytest.fixture(scope="module")
def listed() -> dict[Kind, str]:
    """One job with 100 live trials."""
    return dict(pages(1, 100))


def kept(kind: Kind, page: str) -> int:
    """Bytes that a Store keeps of a page."""

    def filled() -> Store:
        store = Store()
        fill(store, kind, page)
        return store

    filled()  # what is made once, by whomever comes first, is not counted
    return taken_by(filled)


def taken_by(make: Callable[[], object]) -> int:
    """Bytes of what this makes."""
    tracemalloc.start()
    made = make()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del made  # it had to live until here
    return size


@pytest.mark.parametrize("kind", [JOBS, PODS], ids=["Job", "Pod"])
def test_of_what_a_run_consists_of_memory_keeps_a_fraction(listed: dict[Kind, str], kind: Kind) -> None:
    assert kept(kind, listed[kind]) < len(listed[kind]) / 4


def test_a_trial_takes_far_less_than_its_objects_would_if_they_were_kept(
    listed: dict[Kind, str],
) -> None:
    kinds = (TRIALS, JOBS, PODS)
    whole = sum(taken_by(lambda page=listed[kind]: json.loads(page)) for kind in kinds)
    assert sum(kept(kind, listed[kind]) for kind in kinds) < whole / 3


@pytest.mark.parametrize("kind", [TRIALS, JOBS, PODS], ids=["Trial", "Job", "Pod"])
def test_what_nobody_asks_of_an_object_takes_no_memory(listed: dict[Kind, str], kind: Kind) -> None:
    body = json.loads(listed[kind])
    for item in body["items"]:
        item["metadata"]["managedFields"] *= 10
        item["spec"]["unknown"] = "x" * 10_000
    assert kept(kind, json.dumps(body)) == pytest.approx(kept(kind, listed[kind]), rel=0.02)
