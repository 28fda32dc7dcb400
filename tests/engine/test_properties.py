"""Whatever happens in whatever order, and however often the operator dies: what always holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tuning_operator.api import Trial
from tuning_operator.engine.actions import Decision
from tuning_operator.engine.bounded import size
from tuning_operator.engine.decide import decide
from tuning_operator.engine.limits import STATUS_BYTES
from tuning_operator.engine.proposal import Proposed, recompute
from tuning_operator.engine.ranges import from_ranges

from tests.engine.builders import job
from tests.engine.world import World
from tests.search.builders import spaces
from tests.search.generated import KINDS, Kind, calm

pytestmark = pytest.mark.no_cover  # they reach no line that other tests do not, and are slow when traced
MANY = settings(max_examples=150, deadline=None)
MOMENT = timedelta(milliseconds=1)
EXITS = [0, 0, 0, 0, 1, 2, 3, 143]
deaths = st.frozensets(st.integers(0, 80), max_size=12)
chances = st.integers(0, 2**32).map(
    Random
)  # one number is a whole schedule: quick to draw, nothing to shrink


def newest(world: World) -> dict[int, str]:
    """State of the newest run of each unfinished trial whose run is not over."""
    views = world.views()
    return {
        v.trial.number: v.run.state
        for v in views
        if v.run is not None and not v.trial.finished and v.run.state != "Gone"
    }


def happen(world: World, chance: Random, trouble: bool) -> None:
    """Something happens to one live run: most often what usually does."""
    live = newest(world)
    world.pass_time(chance.choice([0.3, 5, 61]))
    if not live:
        return
    number = chance.choice(sorted(live))
    stopping = next(v.run.stopping for v in world.views() if v.trial.number == number and v.run)
    if stopping:
        world.end(number, 143, chance.choice([None, 0.5]), interrupted=True)
    elif live[number] == "Ended":
        world.replace(number)
    elif live[number] == "Waiting":
        world.begin(number)
    elif trouble and chance.random() < 0.2:
        chance.choice([world.disrupt, world.vanish])(number)
    elif chance.random() < 0.5:
        world.observe(number, chance.randint(1, 9), chance.random())
    else:
        code = chance.choice(EXITS) if trouble else 0
        world.end(number, code, chance.random() if code == 0 else None)


def always(world: World, most: int) -> None:
    """What holds at every moment at which the operator has done its work."""
    counts = world.job.status.trials
    assert counts is not None
    assert world.live() <= world.job.spec.trials.parallel
    assert sorted(world.trials) == list(range(1, len(world.trials) + 1))
    assert len(world.trials) <= most
    assert counts.total == len(world.trials)
    assert counts.total == counts.running + counts.succeeded + counts.failed + counts.stopped
    assert all(size(t.status) <= STATUS_BYTES for t in world.trials.values())
    assert_wakes_in_time(world)


def assert_wakes_in_time(world: World) -> None:
    """As long as nothing changes there is nothing to do and nothing to write, until `wake`."""
    wake = look(world, world.now).wake
    for moment in (world.now, wake - MOMENT if wake else world.now + timedelta(days=99)):
        again = look(world, moment)
        assert (again.actions, again.status) == ((), world.job.status)
    if wake:
        assert look(world, wake).actions


def look(world: World, moment: datetime) -> Decision:
    return decide(world.job, world.views(), moment, exhausted=world.exhausted)


def assert_recomputes(world: World, trial: Trial) -> None:
    named = {*from_ranges(trial.spec.basis.finished), *from_ranges(trial.spec.basis.pending)}
    assert named == set(range(1, trial.number)), "the basis names every earlier trial"
    again = recompute(world.job, list(world.trials.values()), trial)
    assert again == Proposed(trial.spec.parameters, trial.spec.space)


@MANY
@given(chances, deaths, st.integers(1, 4), st.integers(1, 8))
def test_a_job_comes_to_its_end_through_any_trouble(chance, deaths, parallel, most):
    come_to_an_end(chance, deaths, parallel, most)


@pytest.mark.long
def test_thousands_of_jobs_come_to_their_ends():
    for seed in range(5000):
        chance = Random(seed)
        dies = frozenset(chance.sample(range(100), chance.randint(0, 20)))
        come_to_an_end(chance, dies, chance.choice([1, 2, 4, 8]), chance.randint(1, 20))


def come_to_an_end(chance: Random, deaths: frozenset[int], parallel: int, most: int, **spec: Any) -> None:
    limits = {"maxFailed": 5, "timeoutSeconds": 120}
    world = World(job(max=most, parallel=parallel, trials=limits, **spec), deaths)
    for _ in range(400):
        world.settle()
        always(world, most)
        if world.job.status.completion_time:
            break
        happen(world, chance, trouble=True)
    assert world.job.status.phase in ("Succeeded", "Failed")
    assert all(trial.finished for trial in world.trials.values())
    for trial in world.trials.values():
        assert_recomputes(world, trial)


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("examples", [3, pytest.param(100, marks=pytest.mark.long)], ids=["few", "many"])
def test_whatever_searches_any_space_its_proposals_are_made_again_from_their_bases(
    kind: Kind, examples: int
) -> None:
    @settings(calm, max_examples=examples)
    @given(spaces(), chances, deaths, st.integers(1, 4))
    def holds(parameters, chance, deaths, parallel):
        searched = [parameter.to_json() for parameter in parameters]
        search = {"seed": chance.randint(0, 99), "stages": [kind.stage()]}
        come_to_an_end(chance, deaths, parallel, 16, parameters=searched, search=search)

    holds()


@MANY
@given(chances, deaths)
def test_suspending_and_dying_cost_no_trial(chance, deaths):
    world = World(job(max=4, parallel=2), deaths)
    for turn in range(400):
        world.settle()
        always(world, 4)
        if world.job.status.completion_time:
            break
        happen(world, chance, trouble=False)
        if turn < 20 and chance.random() < 0.25:
            suspend(world, not world.job.spec.suspend)
        elif turn >= 20:
            suspend(world, False)
    assert [trial.status.reason for trial in world.trials.values()] == ["Completed"] * 4


@settings(max_examples=40, deadline=None)
@given(chances, deaths, st.floats(0.2, 0.9))
def test_a_reached_target_stops_the_rest(chance, deaths, target):
    world = World(job(max=8, parallel=3, target=target), deaths)
    for _ in range(400):
        world.settle()
        always(world, 8)
        if world.job.status.completion_time:
            break
        happen(world, chance, trouble=False)
    reasons = [trial.status.reason for trial in world.trials.values()]
    assert set(reasons) <= {"Completed", "TargetReached", "Stopped"}
    assert ("TargetReached" in reasons) or reasons == ["Completed"] * 8


@settings(max_examples=40, deadline=None)
@given(chances)
def test_an_undisturbed_trial_is_written_twice(chance):
    world = World(job(max=6, parallel=3))
    while not world.job.status.completion_time:
        world.settle()
        for number, state in newest(world).items():
            world.begin(number) if state == "Waiting" else world.end(number, 0, chance.random())
        world.pass_time(3)
    assert world.writes == dict.fromkeys(range(1, 7), 2)


@settings(max_examples=30, deadline=None)
@given(deaths)
def test_one_at_a_time_deaths_change_no_parameter(deaths):
    assert parameters_of_a_life(deaths) == parameters_of_a_life(frozenset())


@pytest.mark.parametrize("algorithm", ["Random", "Grid", "Sobol"])
def test_a_space_smaller_than_the_plan_ends_the_job(algorithm):
    small = [{"name": "x", "type": "categorical", "values": ["a", "b", "c"]}]
    world = World(job(max=9, parallel=2, parameters=small, search={"stages": [{"algorithm": algorithm}]}))
    live_through(world)
    assert (world.job.status.phase, len(world.trials)) == ("Succeeded", 3)


@settings(max_examples=60, deadline=None)
@given(chances, deaths, st.integers(1, 4))
def test_a_grid_that_is_used_up_hands_over_and_leaves_no_gap(chance, deaths, parallel):
    stages = [{"algorithm": "Grid", "trials": 7}, {"algorithm": "Random"}]
    world = World(job(max=9, parallel=parallel, search={"stages": stages}), deaths)
    for _ in range(400):
        world.settle()
        always(world, 9)
        if world.job.status.completion_time:
            break
        happen(world, chance, trouble=False)
    assert [trial.spec.stage for trial in world.trials.values()] == [1] * 5 + [2] * 4
    for trial in world.trials.values():
        assert_recomputes(world, trial)


def suspend(world: World, value: bool) -> None:
    spec = world.job.spec.model_copy(update={"suspend": value})
    world.job = world.job.model_copy(update={"spec": spec})


def parameters_of_a_life(deaths: frozenset[int]) -> list[object]:
    world = World(job(max=4, parallel=1), deaths)
    live_through(world)
    return [trial.spec.parameters for trial in world.trials.values()]


def live_through(world: World) -> None:
    """Every trial succeeds, one after the other."""
    for _ in range(100):
        world.settle()
        if world.job.status.completion_time:
            return
        for number, state in newest(world).items():
            world.begin(number) if state == "Waiting" else world.end(number, 0, number / 10)
        world.pass_time(1)
    raise AssertionError("the job never ends")
