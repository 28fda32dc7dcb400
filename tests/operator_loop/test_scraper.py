"""How often a running trial is scraped."""

from __future__ import annotations

from itertools import pairwise

import pytest
from tuning_operator.cluster.kinds import JOBS, PODS, TRIALS, TUNING_JOBS
from tuning_operator.cluster.scraper import Scraper, pause, targets
from tuning_operator.cluster.store import Store

from tests.operator_loop.builders import job_body, pod_body, run_body, running, trial_body


@pytest.fixture
def scraper() -> Scraper:
    """Of one trial, which has been running since 0."""
    store = Store()
    store.put(TUNING_JOBS, job_body())
    store.put(TRIALS, trial_body())
    store.put(JOBS, run_body())
    store.put(PODS, pod_body(state=running()))
    scraper = Scraper(store)
    assert scraper.due(0) == []
    return scraper


def test_a_pod_of_another_namespace_is_not_asked_whatever_owner_it_names() -> None:
    store = Store()
    store.put(TUNING_JOBS, job_body())
    store.put(TRIALS, trial_body())
    store.put(JOBS, run_body())
    store.put(PODS, pod_body(state=running(), metadata={"namespace": "elsewhere"}))
    assert list(targets(store)) == []


@pytest.mark.parametrize(("age", "seconds"), [(0, 1), (10, 1), (30, 3), (50, 5), (86_400, 5)])
def test_the_older_a_trial_the_longer_the_pause(age: float, seconds: float) -> None:
    assert pause(age) == seconds


def test_a_trial_is_not_asked_again_while_its_answer_is_awaited(scraper: Scraper) -> None:
    (target,) = scraper.due(1)
    assert [scraper.due(now) for now in (2, 10, 100)] == [[], [], []]
    scraper.ended(target, 100, answered=True)
    assert scraper.due(104) == []
    assert scraper.due(105) == [target]


def test_a_silent_trial_is_asked_less_and_less_often_within_bounds(scraper: Scraper) -> None:
    (target,) = scraper.due(1000)
    pauses = []
    for now in range(1000, 2000):
        if scraper.due(now) or now == 1000:
            pauses.append(now)
            scraper.ended(target, now, answered=False)
    gaps = [later - sooner for sooner, later in pairwise(pauses)]
    assert gaps[:6] == [10, 15, 20, 25, 30, 30]
    assert set(gaps[6:]) == {30}


def test_an_answer_makes_up_for_silence(scraper: Scraper) -> None:
    (target,) = scraper.due(1000)
    scraper.ended(target, 1000, answered=False)
    scraper.due(1010)
    scraper.ended(target, 1010, answered=True)
    assert scraper.due(1015) == [target]
