"""Stages follow one another, hand over when they are exhausted, and narrow the space once."""

from __future__ import annotations

import pytest
from tuning_operator.api import Range, StageStatus
from tuning_operator.engine.decide import decide
from tuning_operator.engine.stages import plan
from tuning_operator.engine.starts import trial_starts
from tuning_operator.engine.tally import tally

from tests.engine.builders import NOW, finished, job, running, trial, views

THREE = {
    "stages": [
        {"algorithm": "Random", "trials": 2},
        {"algorithm": "Sobol", "trials": 3},
        {"algorithm": "Bayesian"},
    ]
}
FINE = {"stages": [{"algorithm": "Random", "trials": 2}, {"algorithm": "Sobol", "narrow": {"keep": 0.5}}]}
BOX = [Range(name="x", min=0.25, max=0.5)]


def of(stage, one, space=None):
    return one.model_copy(update={"spec": one.spec.model_copy(update={"stage": stage, "space": space})})


def started(spec, *trials, exhausted=0):
    """Number and stage of each new trial."""
    return [(s.number, s.stage) for s in trial_starts(spec, tally(trials), exhausted)]


@pytest.mark.parametrize(
    ("what", "stages", "next_"),
    [
        ("the first", [], 1),
        ("the first has one more", [1], 1),
        ("the first has had its share", [1, 1], 2),
        ("the second has one more", [1, 1, 2, 2], 2),
        ("the last takes the rest", [1, 1, 2, 2, 2], 3),
        ("the first had handed over early", [1, 2, 2], 2),
        ("a trial of the first is gone", [1, 2, 2, 2], 3),
        ("the second was left out", [1, 3], 3),
    ],
)
def test_the_stage_follows_from_the_trials(what, stages, next_):
    trials = [of(stage, finished(n, 0.5)) for n, stage in enumerate(stages, start=1)]
    assert started(job(max=99, parallel=1, search=THREE), *trials) == [(len(stages) + 1, next_)]


def test_free_slots_are_filled_across_stages():
    spec = job(max=99, parallel=7, search=THREE)
    assert [stage for _, stage in started(spec)] == [1, 1, 2, 2, 2, 3, 3]


def test_a_stage_of_one_trial_has_it():
    stages = [{"algorithm": "Sobol", "trials": 1}, {"algorithm": "Bayesian"}]
    assert started(job(max=99, parallel=2, search={"stages": stages})) == [(1, 1), (2, 2)]


@pytest.mark.parametrize(("exhausted", "stage"), [(0, 1), (1, 2), (2, 3)])
def test_an_exhausted_stage_hands_over(exhausted, stage):
    assert started(job(parallel=1, search=THREE), exhausted=exhausted) == [(1, stage)]


def test_a_job_ends_when_its_last_stage_is_exhausted():
    known = views(finished(1, 0.5))
    spec = job(max=99, search=THREE)
    assert decide(spec, known, NOW, exhausted=2).status.phase == "Running"
    end = decide(spec, known, NOW, exhausted=3).status
    assert (end.phase, end.condition("Finished").reason) == ("Succeeded", "Exhausted")


def test_a_stage_that_narrows_waits_for_the_trials_before_it():
    assert started(job(parallel=4, search=FINE)) == [(1, 1), (2, 1)]
    assert started(job(parallel=4, search=FINE), finished(1, 0.5), trial(2)) == []


def test_its_first_trial_starts_alone_and_the_others_after_it():
    before = [finished(1, 0.5), finished(2, 0.5)]
    assert started(job(parallel=4, search=FINE), *before) == [(3, 2)]
    assert started(job(max=9, parallel=4, search=FINE), *before, of(2, trial(3), BOX)) == [
        (4, 2),
        (5, 2),
        (6, 2),
    ]


def test_the_status_tells_how_far_each_stage_is():
    known = [finished(1, 0.5), finished(2, 0.5), of(2, trial(3), BOX)]
    status = decide(job(search=FINE), views(*known), NOW).status
    assert status.stages == [
        StageStatus(algorithm="Random", trials=2),
        StageStatus(algorithm="Sobol", trials=1, space=BOX),
    ]
    assert status.message.endswith("; stage 2 of 2 is Sobol")


def test_a_space_too_large_for_the_status_is_in_its_trial_alone():
    huge = [Range(name=f"p{i}", values=["v" * 64] * 16) for i in range(64)]
    known = [finished(1, 0.5), finished(2, 0.5), of(2, trial(3), huge)]
    assert decide(job(search=FINE), views(*known), NOW).status.stages[1].space is None


# Grids

GRID = {"stages": [{"algorithm": "Grid"}]}
NINE = [
    {"name": "a", "type": "int", "min": 1, "max": 3},
    {"name": "b", "type": "categorical", "values": ["x", "y", "z"]},
]


def test_a_grid_says_how_many_points_there_are_before_it_starts():
    status = decide(job(parameters=NINE, search=GRID), [], NOW).status
    assert (status.stages[0].points, status.stages[0].trials) == (9, 0)
    assert status.message == "0 of 4 trials done; Grid, 9 points"


@pytest.mark.parametrize(
    ("what", "stages", "initial", "tried"),
    [
        ("its own share", [{"algorithm": "Grid", "trials": 2}, {"algorithm": "Sobol"}], [], "2 of them are"),
        (
            "of it, one beside",
            [{"algorithm": "Grid", "trials": 2}, {"algorithm": "Sobol"}],
            [{"a": 9}],
            "1 of them is",
        ),
        ("what others leave", [{"algorithm": "Sobol", "trials": 4}, *GRID["stages"]], [], "6 of them are"),
        ("all", GRID["stages"], [], "all of them are"),
        ("an initial trial on it", GRID["stages"], [{"a": 1, "b": "x"}] * 2, "all of them are"),
        ("two beside it", GRID["stages"], [{"a": 1, "b": "q"}, {"a": 9, "b": "x"}], "8 of them are"),
        ("before it", [{"algorithm": "Sobol", "trials": 1}, *GRID["stages"]], [{"a": 9}], "all of them are"),
    ],
)
def test_it_says_how_many_of_them_its_share_is_enough_for(what, stages, initial, tried):
    spec = job(
        max=10,
        parameters=NINE,
        search={"stages": stages},
        initialTrials=[{"parameters": values} for values in initial],
    )
    place = 1 + [stage["algorithm"] for stage in stages].index("Grid")
    assert plan(spec) == [f"stage {place}: Grid has 9 points, {tried} tried"]


def test_a_grid_that_narrows_says_it_once_its_space_is_drawn():
    search = {"stages": [{"algorithm": "Random", "trials": 1}, {"algorithm": "Grid", "narrow": {"keep": 1}}]}
    spec = job(parameters=NINE, search=search)
    assert decide(spec, [], NOW).status.stages[1].points is None
    known = [finished(1, 0.5), of(2, trial(2), [Range(name="b", values=["x"])])]
    assert decide(spec, views(*known), NOW).status.stages[1].points == 3


def test_points_are_counted_anew_when_the_spec_has_changed():
    counted = decide(job(parameters=NINE, search=GRID), [], NOW).status.to_json()
    edited = job(parameters=NINE[:1], search=GRID, status=counted, generation=2)
    assert decide(edited, [], NOW).status.stages[0].points == 3


def test_a_grid_of_more_points_than_a_number_can_tell_tells_none():
    many = [{"name": f"p{i}", "type": "double", "min": 0, "max": 1} for i in range(64)]
    assert decide(job(parameters=many, search=GRID), [], NOW).status.stages[0].points is None


def test_without_grid_and_stages_the_message_names_no_algorithm():
    assert decide(job(), [running(1)], NOW).status.message == "0 of 4 trials done, 1 running"
