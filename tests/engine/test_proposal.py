"""A proposal depends on what its basis names, and on nothing else."""

from __future__ import annotations

import pickle

import pytest
from tuning_operator.api import Basis
from tuning_operator.engine.proposal import BasisError, Proposed, propose, recompute
from tuning_operator.engine.version import ENGINE
from tuning_operator.search.problem import Exhausted

from tests.engine.builders import finished, job, trial

CHOICES = [{"name": "x", "type": "categorical", "values": ["a", "b"]}]


def basis(finished: str = "", pending: str = "") -> Basis:
    return Basis(finished=finished, pending=pending, engine=ENGINE)


def placed(one, value):
    return one.model_copy(update={"spec": one.spec.model_copy(update={"parameters": {"x": value}})})


def test_trials_outside_the_basis_mean_nothing():
    spec = job(parameters=CHOICES)
    known = [placed(finished(1, 0.5), "a")]
    alone = propose(spec, known, 2, 1, basis("1"))
    assert alone == Proposed({"x": "b"})
    assert propose(spec, [placed(trial(3), "b"), *known], 2, 1, basis("1")) == alone


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
