"""Everything that a stage says reaches the search."""

from __future__ import annotations

from tuning_operator.api import BayesianOptions, Constraint, NSGA2Options, PESA2Options, Range
from tuning_operator.engine.problem import problem_of

from tests.engine.builders import job

XY = [{"name": name, "type": "double", "min": 0, "max": 1} for name in ("x", "y")]
STAGES = [
    {"algorithm": "Bayesian", "bayesian": {"surrogate": "ExtraTrees", "acquisition": "PI"}, "trials": 2},
    {"algorithm": "NSGA2", "nsga2": {"population": 6}, "trials": 1},
    {"algorithm": "PESA2", "pesa2": {"population": 8}},
]
WHOLE = job(
    parameters=XY,
    search={"seed": 7, "stages": STAGES},
    constraints=[{"metric": "size", "max": 3}, {"metric": "age", "min": 1}],
    initialTrials=[{"parameters": {"x": 1, "y": 0}}],
)


def test_a_stages_options_are_its_own():
    of = [problem_of(WHOLE, stage) for stage in (1, 2, 3)]
    assert [one.algorithm for one in of] == ["Bayesian", "NSGA2", "PESA2"]
    assert of[0].bayesian == BayesianOptions(surrogate="ExtraTrees", acquisition="PI")
    assert of[1].nsga2 == NSGA2Options(population=6)
    assert of[2].pesa2 == PESA2Options(population=8)
    assert of[1].bayesian == BayesianOptions()


def test_what_the_job_says_is_the_same_for_every_stage():
    of = problem_of(WHOLE, 2)
    assert of.seed == 7
    assert of.objectives == tuple(WHOLE.spec.objectives)
    assert of.initial == ({"x": 1.0, "y": 0.0},)
    assert of.constraints == (Constraint(metric="age", min=1), Constraint(metric="size", max=3))


def test_a_narrowed_stage_still_knows_the_whole_space():
    """Else the search would take the trials outside of the narrower one for others, on its edge."""
    of = problem_of(WHOLE, 1, [Range(name="x", min=0.2, max=0.4)])
    assert of.parameters == tuple(WHOLE.spec.parameters)
    assert [(p.name, p.min, p.max) for p in of.narrowed or ()] == [("x", 0.2, 0.4), ("y", 0.0, 1.0)]
    assert problem_of(WHOLE, 1, []).narrowed is None
