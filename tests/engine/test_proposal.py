"""A proposal depends on what its basis names, and on nothing else."""

from __future__ import annotations

import pickle

import pytest
from tuning_operator.api import Basis, Range
from tuning_operator.engine.proposal import BasisError, Proposed, history_of, propose, recompute
from tuning_operator.engine.version import ENGINE
from tuning_operator.search.problem import Exhausted

from tests.engine.builders import finished, job, trial

CHOICES = [{"name": "x", "type": "categorical", "values": ["a", "b"]}]


def basis(finished: str = "", pending: str = "") -> Basis:
    return Basis(finished=finished, pending=pending, engine=ENGINE)


def placed(one, value):
    return with_(one, parameters={"x": value})


def with_(one, **spec):
    return one.model_copy(update={"spec": one.spec.model_copy(update=spec)})


def test_trials_outside_the_basis_mean_nothing():
    spec = job(parameters=CHOICES)
    known = [placed(finished(1, 0.5), "a")]
    alone = propose(spec, known, 2, 1, basis("1"))
    assert alone == Proposed({"x": "b"})
    assert propose(spec, [placed(trial(3), "b"), *known], 2, 1, basis("1")) == alone


def test_a_space_that_was_recorded_outside_the_basis_means_nothing():
    """It would freeze the parameter that matters."""
    parameters = [{"name": name, "type": "double", "min": 0, "max": 1} for name in ("idle", "x")]
    freeze = {"algorithm": "Sobol", "narrow": {"keep": 0.5, "freeze": 0.5}}
    stages = {"stages": [{"algorithm": "Random", "trials": 20}, freeze]}
    spec = job(max=40, parameters=parameters, search=stages)
    values = {n: {"idle": 7 * n % 20 / 20, "x": n / 20} for n in range(1, 21)}
    known = [with_(finished(n, of["x"]), parameters=of) for n, of in values.items()]
    other = with_(trial(30), space=[Range(name="x", min=0.5, max=0.5)])
    alone = propose(spec, known, 21, 2, basis("1-20"))
    assert [one.name for one in alone.space if one.min == one.max] == ["idle"]
    assert propose(spec, [other, *known], 21, 2, basis("1-20")) == alone


def test_pending_trials_are_respected():
    trials = [placed(finished(1, 0.5), "a"), placed(trial(2), "b")]
    assert isinstance(propose(job(parameters=CHOICES), trials, 3, 1, basis("1", "2")), Exhausted)


def test_initial_trials_are_proposed_as_they_are_with_their_types():
    spec = job(initialTrials=[{"parameters": {"x": 1}}])
    found = propose(spec, [], 1, 1, basis())
    assert found == Proposed({"x": 1.0})
    assert isinstance(found.parameters["x"], float)


def test_a_proposal_can_be_asked_for_in_another_process():
    question = (job(), [finished(1, 0.5), trial(2)], 3, 1, basis("1", "2"))
    assert propose(*pickle.loads(pickle.dumps(question))) == propose(*question)


def test_a_basis_that_names_a_vanished_trial_says_so():
    with pytest.raises(BasisError, match="names trial 1"):
        propose(job(), [], 2, 1, basis("1"))


def test_a_proposal_of_another_engine_is_not_recomputed():
    with pytest.raises(BasisError, match=r"proposed by engine 0\.0\.1"):
        recompute(job(), [], trial(1).model_copy(update={"spec": spec_of_engine("0.0.1")}))


@pytest.mark.parametrize("algorithm", ["Random", "Sobol", "Bayesian"])
def test_what_was_proposed_is_proposed_again(algorithm):
    spec = job(search={"stages": [{"algorithm": algorithm}]})
    known = [finished(1, 0.5), finished(2, reason="Diverged"), trial(3, x=0.1)]
    found = propose(spec, known, 4, 1, basis("1-2", "3"))
    fourth = trial(4, x=found.parameters["x"])
    fourth = fourth.model_copy(update={"spec": fourth.spec.model_copy(update={"basis": basis("1-2", "3")})})
    assert recompute(spec, [*known, fourth], fourth) == found


def spec_of_engine(version: str):
    spec = trial(1).spec
    return spec.model_copy(update={"basis": Basis(engine=version)})


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("Completed", "Succeeded"),
        ("TargetReached", "Succeeded"),
        ("Stopped", "Stopped"),
        ("Diverged", "Diverged"),
        ("OutOfMemory", "Failed"),
    ],
)
def test_the_search_is_told_whether_a_trial_failed_or_was_stopped(reason, outcome):
    """What was stopped says nothing; what failed is as bad as the worst."""
    trials = [finished(1, 0.5, reason)]
    assert [entry.outcome for entry in history_of(job(), trials, trials)] == [outcome]
