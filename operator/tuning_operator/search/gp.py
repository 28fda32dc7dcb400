"""A Gaussian process over finished trials, and what running ones take away from its doubt.

A sum of two kernels, with one length scale per parameter, however many columns it has: Matérn 5/2
of all parameters together, and the mean over the parameters of a rational quadratic one of each
alone (Duvenaud et al., "Additive Gaussian processes", 2011). What is learned of a parameter alone
holds in the whole space, which a few trials never fill.

The hyperparameters are the most probable ones under log-normal priors, found with analytic
gradients; scikit-optimize's regressor knows no priors, and takes ten times as long because it
forms a matrix of derivatives for each hyperparameter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.linalg.lapack import dpotrf, dpotri
from scipy.optimize import minimize
from scipy.spatial.distance import pdist

# Log-normal priors, as (centre, deviation) of the logarithm, for standardised losses. Without
# them a handful of points can be explained by almost any length scale.
AMPLITUDE = (math.log(0.5), 1.0)  # of either kernel
NOISE = (math.log(1e-3), 2.0)
LENGTH_CENTRE = math.log(0.5)  # of two parameters
LENGTH_DEVIATION = 1.0
REACH = 4.0  # hyperparameters are sought within this many deviations
ITERATIONS = 50

# Logarithms of hyperparameters are kept to this many digits: what another BLAS kernel adds up in
# another order then makes no other model.
DIGITS = 2


@dataclass(frozen=True)
class Hyperparameters:
    """together, alone, noise: variances of the kernels and a measurement. lengths: one a parameter."""

    together: float
    alone: float
    lengths: Any
    noise: float


class GaussianProcess:
    """Mean and deviation of the loss at any point, from trials and their losses.

    rows, losses: what was measured (n × columns, n; standardised).
    groups: for each column, the index of its parameter.
    doubt: for each row, its noise as a multiple of one measurement's; all 1 when None.
    pending: rows of running trials. Told the process's own mean there, the mean stays
        what it was and the deviation falls.
    """

    def __init__(
        self,
        rows: Any,
        losses: Any,
        groups: Sequence[int],
        *,
        pending: Any = None,
        doubt: Any = None,
    ) -> None:
        doubt = np.ones(len(rows)) if doubt is None else doubt
        self._hyper = most_probable(rows, losses, doubt, groups)
        self._spread = self._hyper.lengths[list(groups)]
        self._columns = [np.flatnonzero(np.equal(groups, group)) for group in range(max(groups) + 1)]
        self._rows = rows / self._spread
        self._known = self._rows if pending is None else np.vstack([self._rows, pending / self._spread])
        everything = np.concatenate([doubt, np.ones(len(self._known) - len(rows))])
        covariance = self._kernel(self._known, self._known) + np.diag(self._hyper.noise * everything)
        self._root = cholesky(covariance, lower=True)
        known = self._root[: len(rows), : len(rows)]
        self._weights = cho_solve((known, True), losses)

    def mean(self, rows: Any) -> Any:
        """The expected loss at each row."""
        return self._kernel(rows / self._spread, self._rows) @ self._weights

    def predict(self, rows: Any) -> tuple[Any, Any]:
        """Mean and standard deviation at each row, with the running trials taken as known."""
        like = self._kernel(self._known, rows / self._spread)
        seen = solve_triangular(self._root, like, lower=True)
        variance = self._hyper.together + self._hyper.alone - np.einsum("ij,ij->j", seen, seen)
        return self._weights @ like[: len(self._rows)], np.sqrt(np.maximum(variance, 1e-12))

    def _kernel(self, left: Any, right: Any) -> Any:
        joint, parts, squared, room = np.zeros((4, len(left), len(right)))
        for own in self._columns:
            joint += _squared(left[:, own], right[:, own], squared, room)
            parts += _rational(squared)
        alone = self._hyper.alone / len(self._columns)
        return self._hyper.together * _matern(joint)[0] + alone * parts


def most_probable(rows: Any, losses: Any, doubt: Any, groups: Sequence[int]) -> Hyperparameters:
    """The hyperparameters with the highest likelihood times prior, sought from the priors' centre.

    Remembered: trials that end together are followed by proposals that differ in what is running alone.
    """
    return _most_probable(rows.tobytes(), losses.tobytes(), doubt.tobytes(), tuple(groups))


def forget() -> None:
    """Forget the remembered hyperparameters: who measures what a proposal costs has to pay for them."""
    _most_probable.cache_clear()


@lru_cache(maxsize=8)
def _most_probable(rows: bytes, losses: bytes, doubt: bytes, groups: tuple[int, ...]) -> Hyperparameters:
    count = max(groups) + 1
    # More parameters lie further apart: the centre grows with √d (Hvarfner et al., 2024).
    length = LENGTH_CENTRE + 0.5 * math.log(count / 2)
    priors = np.array([AMPLITUDE, AMPLITUDE, *[(length, LENGTH_DEVIATION)] * count, NOISE])
    centre, deviation = priors.T
    table = np.frombuffer(rows).reshape(-1, len(groups))
    likelihood = _Likelihood(table, np.frombuffer(losses), np.frombuffer(doubt), groups)

    def cost(logs: Any) -> tuple[float, Any]:
        value, gradient = likelihood(logs)
        away = (logs - centre) / deviation
        return value + 0.5 * float(away @ away), gradient + away / deviation

    box = np.column_stack([centre - REACH * deviation, centre + REACH * deviation])
    found = minimize(cost, centre, jac=True, method="L-BFGS-B", bounds=box, options={"maxiter": ITERATIONS}).x
    together, alone, *lengths, noise = np.exp(np.round(found, DIGITS))
    return Hyperparameters(float(together), float(alone), np.array(lengths), float(noise))


class _Likelihood:
    """Minus the logarithm of the marginal likelihood, and its gradient.

    By the logarithms of the kernels' variances, the length scales and the noise (Rasmussen and Williams,
    "Gaussian processes for machine learning", 2006, eq. 5.8 and 5.9).
    """

    def __init__(self, rows: Any, losses: Any, doubt: Any, groups: Sequence[int]) -> None:
        self._losses, self._doubt = losses, doubt
        belongs = np.asarray(groups)
        # Squared distances of each pair of rows, by parameter: parameters × n (n − 1) / 2.
        self._apart = np.array(
            [pdist(rows[:, belongs == group], "sqeuclidean") for group in range(max(groups) + 1)]
        )
        self._room = np.empty_like(self._apart)  # of dozens of parameters a new table is time, and megabytes
        self._pairs = np.triu_indices(len(rows), 1)

    def __call__(self, logs: Any) -> tuple[float, Any]:
        together, alone, noise = np.exp(logs[[0, 1, -1]])
        precision = np.exp(-2 * logs[2:-1])
        whole, slope = _matern(precision @ self._apart)
        each = _rational(np.multiply(precision[:, None], self._apart, out=self._room))
        parts = each.mean(axis=0)
        covariance = np.zeros((len(self._losses),) * 2)
        covariance[self._pairs] = together * whole + alone * parts
        np.fill_diagonal(covariance, together + alone + noise * self._doubt)
        root, wrong = dpotrf(covariance, lower=0, overwrite_a=1)
        if wrong:  # so near to singular that rounding decides: as improbable as it gets
            return 1e25, np.zeros_like(logs)
        weights = cho_solve((root, False), self._losses)
        inverse, _ = dpotri(root, lower=0)
        diagonal = np.diagonal(inverse) - weights**2
        away = inverse[self._pairs] - weights[self._pairs[0]] * weights[self._pairs[1]]
        value = 0.5 * float(self._losses @ weights) + float(np.log(np.diagonal(root)).sum())
        by_whole = together * (self._apart @ (away * slope))
        each *= each
        each *= self._apart
        by_parts = alone / len(each) * (each @ away)
        by_noise = 0.5 * noise * float(diagonal @ self._doubt)
        trace = 0.5 * float(diagonal.sum())
        by_amplitudes = together * (trace + float(away @ whole)), alone * (trace + float(away @ parts))
        return value, np.array([*by_amplitudes, *(precision * (by_whole + by_parts)), by_noise])


def _squared(left: Any, right: Any, squared: Any, room: Any) -> Any:
    """Squared distances of each of the one from each of the other, of one parameter's columns.

    More than two columns are those of a choice, of which one at most is not 0. Then products at once give
    the very numbers that a sum over the columns gives, which took seconds for many values. Of dozens of
    parameters new tables would cost more than what is put into them: these stand in the one that is given,
    and room is another that may be used.
    """
    if left.shape[1] > 2:
        np.add.outer((left**2).sum(axis=1), (right**2).sum(axis=1), out=squared)
        squared -= 2 * (left @ right.T)
        return squared
    for number, (a, b) in enumerate(zip(left.T, right.T, strict=True)):
        one = room if number else squared
        np.subtract.outer(a, b, out=one)
        one *= one
        if number:
            squared += one
    return squared


def _matern(squared: Any) -> tuple[Any, Any]:
    """Matérn 5/2 at squared distances, and minus twice its derivative by them."""
    root = np.sqrt(5 * squared)
    decay = np.exp(-root)
    return (1 + root + root**2 / 3) * decay, (5 / 3) * (1 + root) * decay


def _rational(squared: Any) -> Any:
    """The rational quadratic kernel, in squared distances' place; its derivative is −½ of its square."""
    squared *= 0.5
    squared += 1
    return np.divide(1, squared, out=squared)
