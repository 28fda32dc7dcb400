"""Numbers, stages, seeds and bases of what is started."""

from __future__ import annotations

import pytest
from tuning_operator.engine.starts import run_starts, seed_of, trial_starts
from tuning_operator.engine.tally import tally
from tuning_operator.engine.version import ENGINE

from tests.engine.builders import finished, job, recorded, trial


def started(spec, *trials):
    return [(s.number, s.basis.finished, s.basis.pending) for s in trial_starts(spec, tally(trials))]


@pytest.mark.parametrize(
    ("what", "spec", "trials", "starts"),
    [
        ("all slots are free", job(parallel=3), [], [(1, "", ""), (2, "", "1"), (3, "", "1-2")]),
        ("one slot is free", job(), [finished(1, 0.1), trial(2)], [(3, "1", "2")]),
        ("none is free", job(), [trial(1), trial(2)], []),
        ("the plan has one more", job(max=3, parallel=9), [finished(1), trial(2)], [(3, "1", "2")]),
        ("the plan is done", job(max=1), [finished(1)], []),
        ("the plan has shrunk", job(max=1), [trial(1), trial(2), finished(3)], []),
        ("less in parallel than run", job(parallel=1), [trial(1), trial(2)], []),
        ("a gap is not filled", job(), [finished(1), finished(3)], [(4, "1,3", "")]),
    ],
)
def test_new_trials(what, spec, trials, starts):
    assert started(spec, *trials) == starts


def test_a_basis_names_the_engine():
    assert trial_starts(job(), tally([]))[0].basis.engine == ENGINE


def test_initial_trials_come_first():
    spec = job(initialTrials=[{"parameters": {"x": 0.1}}])
    assert [s.purpose for s in trial_starts(spec, tally([]))] == ["Initial", "Search"]


def test_every_trial_has_its_own_seed():
    seeds = [seed_of(job(), number) for number in range(1, 1001)]
    assert len(set(seeds)) == 1000
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_seeds_depend_on_the_job_s_seed_and_never_change():
    assert seed_of(job(), 1) == 544083603
    assert seed_of(job(search={"seed": 1}), 1) != 544083603


def test_runs_come_before_new_trials_and_fill_what_room_there_is():
    trials = [trial(1, recorded()), trial(2), trial(3, recorded(2, ended=True))]
    assert [(s.number, s.run, s.purpose) for s in run_starts(job(parallel=9), tally(trials))] == [
        (2, 1, "Train"),
        (3, 3, "Resume"),
    ]
    assert len(run_starts(job(parallel=2), tally(trials))) == 1
    assert run_starts(job(parallel=1), tally(trials)) == []
