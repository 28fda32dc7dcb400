"""The space that a stage narrows to: drawn once, on record in its first Trial, and computed again alike."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from tuning_operator.api import Range
from tuning_operator.engine.problem import ranges, within
from tuning_operator.engine.proposal import propose, recompute

from tests.engine.builders import job
from tests.engine.test_properties import always, assert_recomputes, chances, deaths, happen
from tests.engine.test_proposal import basis
from tests.engine.world import World

TYPES = [
    {"name": "x", "type": "double", "min": 0, "max": 1},
    {"name": "kind", "type": "categorical", "values": ["a", "b", "c"]},
    {"name": "deep", "type": "bool"},
]
COARSE_TO_FINE = {
    "stages": [
        {"algorithm": "Random", "trials": 3},
        {"algorithm": "Sobol", "trials": 3, "narrow": {"keep": 0.5}},
        {"algorithm": "Random", "narrow": {"keep": 0.25, "freeze": 0.1}},
    ]
}


def test_only_what_is_narrower_is_told():
    whole = job(parameters=TYPES).spec.parameters
    narrow = [
        whole[0].model_copy(update={"max": 0.5}),
        whole[1],
        whole[2].model_copy(update={"values": ["true"]}),
    ]
    told = ranges(whole, narrow)
    assert told == [Range(name="deep", values=["true"]), Range(name="x", min=0, max=0.5)]
    assert within(whole, told) == tuple(narrow)


def test_a_bool_with_both_values_is_no_narrower():
    whole = job(parameters=TYPES).spec.parameters
    both = [p.model_copy(update={"values": ["false", "true"]}) if p.type == "bool" else p for p in whole]
    assert ranges(whole, both) == []


@settings(max_examples=60, deadline=None)
@given(chances, deaths)
def test_each_space_is_drawn_once_and_every_proposal_of_its_stage_keeps_to_it(chance: Random, deaths):
    world = World(job(max=9, parallel=3, parameters=TYPES, search=COARSE_TO_FINE), deaths)
    for _ in range(400):
        world.settle()
        always(world, 9)
        if world.job.status.completion_time:
            break
        happen(world, chance, trouble=False)
    stages = [t.spec.stage for t in world.trials.values()]
    assert stages == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert [n for n, t in world.trials.items() if t.spec.space is not None] == [4, 7]
    for trial in world.trials.values():
        assert_recomputes(world, trial)
    for first in (4, 7):
        left = {p.name: p for p in within(world.job.spec.parameters, world.trials[first].spec.space)}
        for number in range(first, first + 3):
            parameters = world.trials[number].spec.parameters
            assert left["x"].min <= parameters["x"] <= left["x"].max
            assert parameters["kind"] in left["kind"].values
    assert [stage.space for stage in world.job.status.stages][1:] == [
        world.trials[n].spec.space for n in (4, 7)
    ]


def test_an_initial_trial_is_proposed_as_it_is_even_outside_of_the_space():
    initial = [{"parameters": {"x": x, "kind": "a", "deep": True}} for x in (0.9, 0.8, 0.7, 0.1)]
    world = World(job(max=5, parallel=1, parameters=TYPES, search=COARSE_TO_FINE, initialTrials=initial))
    while not world.job.status.completion_time:
        world.settle()
        for number in [n for n, t in world.trials.items() if not t.finished]:
            world.begin(number)
            world.end(number, 0, world.trials[number].spec.parameters["x"])
    assert world.trials[4].spec.parameters["x"] == 0.1
    assert world.trials[4].spec.space[-1].min > 0.1
    assert_recomputes(world, world.trials[4])


def test_a_lost_first_trial_costs_a_new_space_and_nothing_else():
    spec = job(max=9, parameters=TYPES, search=COARSE_TO_FINE)
    found = propose(spec, [], 5, 2, basis())
    assert found.space == []  # nothing is known, so nothing is narrower


def test_the_space_of_another_stage_means_nothing():
    world = World(job(max=7, parallel=1, parameters=TYPES, search=COARSE_TO_FINE))
    while not world.job.status.completion_time:
        world.settle()
        for number in [n for n, t in world.trials.items() if not t.finished]:
            world.begin(number)
            world.end(number, 0, -abs(world.trials[number].spec.parameters["x"] - 0.3))
    second, third = world.trials[4].spec.space, world.trials[7].spec.space
    assert second != third
    assert recompute(world.job, list(world.trials.values()), world.trials[7]).space == third
