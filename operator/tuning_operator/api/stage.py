"""Stages: which algorithm proposes a job's trials, how it is set, and where it looks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tuning_operator.api import names, stage_rules
from tuning_operator.api.meta import Model, checked

Algorithm = Literal["Random", "Grid", "Sobol", "OneAtATime", "Bayesian", "TPE", "CMAES", "NSGA2", "PESA2"]


class BayesianOptions(Model):
    """How Bayesian models the objective, and what it looks for in the model."""

    surrogate: Literal["GP", "RandomForest", "ExtraTrees", "GradientBoosting"] = "GP"
    """The model: a Gaussian process, or trees for spaces of many categories."""
    acquisition: Literal["LogEI", "EI", "PI", "LCB"] = "LogEI"
    """What makes a point promising: expected improvement (its logarithm is the more exact),
    probability of improvement, or the lower confidence bound."""


class NSGA2Options(Model):
    """How NSGA2 breeds."""

    population: int = Field(default=20, ge=4, le=200)
    """Trials of one generation."""


class PESA2Options(Model):
    """How PESA2 breeds."""

    population: int = Field(default=20, ge=4, le=200)
    """Trials of one generation."""


class Narrow(Model):
    """The stage searches only around the best trials of the stages before it.

    The narrower space is computed once, from all of them, and stays as it is.
    """

    keep: float = Field(gt=0, le=1)
    """The share of the best trials so far to draw the box around."""
    freeze: float | None = Field(default=None, ge=0, lt=1)
    """A parameter whose share of importance is below this keeps its value in the best trial; unset: none."""


class Stage(Model):
    """One algorithm's share of a job."""

    model_config = checked(stage_rules.STAGE)

    algorithm: Algorithm
    """Grid tries every combination, OneAtATime varies one parameter at a time from the best so far.

    Of a double without a step, and of an int without one and with more than 10 values, Grid takes 5 levels.
    """
    trials: int | None = Field(default=None, ge=1, le=names.MAX_TRIALS)
    """How many trials; the last stage may leave it out and takes the rest.

    A stage that has nothing left to propose hands over to the next one.
    """
    narrow: Narrow | None = None
    """Unset: the stage searches the whole space. The first stage has nothing to narrow by."""
    bayesian: BayesianOptions | None = None
    """Options of Bayesian."""
    nsga2: NSGA2Options | None = None
    """Options of NSGA2."""
    pesa2: PESA2Options | None = None
    """Options of PESA2."""
