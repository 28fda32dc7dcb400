"""A Gaussian process over finished trials, and what running ones take away from its doubt.

scikit-optimize's regressor finds the hyperparameters: Matérn 5/2 with one
length scale per parameter, however many columns it has. Mean and deviation are
then computed here, because a running trial changes only the latter: told the
process's own mean, the mean stays what it was.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize
from skopt.learning import GaussianProcessRegressor
from skopt.learning.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

# Log-normal priors, as (centre, deviation) of the logarithm, for standardised losses. Without
# them a handful of points can be explained by almost any length scale.
AMPLITUDE = (0.0, 1.0)
NOISE = (math.log(1e-3), 2.0)
LENGTH_DEVIATION = 1.0
REACH = 4.0  # hyperparameters are sought within this many deviations
ITERATIONS = 50

# Wider than any place that the priors let a hyperparameter go to.
BOUNDS = (1e-12, 1e12)


class Grouped(Matern):  # type: ignore[misc]  # skopt has no types
    """Matérn 5/2 in which all columns of one parameter share one length scale.

    groups: for each column, the index of its parameter.
    """

    def __init__(
        self,
        length_scale: Any = 1.0,
        length_scale_bounds: Any = BOUNDS,
        nu: float = 2.5,
        groups: tuple[int, ...] = (0,),
    ) -> None:
        super().__init__(length_scale, length_scale_bounds, nu)
        self.groups = groups

    def __call__(self, X: Any, Y: Any = None, eval_gradient: bool = False) -> Any:
        """The kernel and, by the logarithm of each length scale, its gradient."""
        spread = np.atleast_1d(self.length_scale)[list(self.groups)]
        whole = Matern(spread, BOUNDS, self.nu)
        if not eval_gradient:
            return whole(X, Y)
        kernel, gradient = whole(X, eval_gradient=True)
        belongs = np.equal.outer(self.groups, np.arange(max(self.groups) + 1)).astype(float)
        return kernel, gradient @ belongs


class Surrogate:
    """Mean and deviation of the loss at any point, from trials and their losses.

    rows, losses: what was measured (n × columns, n; standardised).
    pending: rows of the running trials. groups: see Grouped.
    teachers: indexes of the rows that the hyperparameters are found from.
    """

    def __init__(
        self, rows: Any, losses: Any, pending: Any, groups: tuple[int, ...], teachers: Sequence[int]
    ) -> None:
        fitted = _fit(rows[list(teachers)], losses[list(teachers)], groups)
        self._kernel, self._noise = fitted.k1, float(fitted.k2.noise_level)
        self._rows, self._known = rows, np.vstack([rows, pending])
        self._weights = cho_solve((self._root(rows), True), losses)
        self._root_known = self._root(self._known)
        # Running trials count: what one of them is expected to reach is no improvement for another.
        self.best = float(self.mean(self._known).min())

    def mean(self, rows: Any) -> Any:
        """The expected loss at each row."""
        return self._kernel(rows, self._rows) @ self._weights

    def deviation(self, rows: Any) -> Any:
        """The standard deviation at each row, with the running trials taken as known."""
        seen = solve_triangular(self._root_known, self._kernel(self._known, rows), lower=True)
        variance = self._kernel.diag(rows) - np.einsum("ij,ij->j", seen, seen)
        return np.sqrt(np.maximum(variance, 1e-12))

    def _root(self, rows: Any) -> Any:
        return cholesky(self._kernel(rows) + self._noise * np.eye(len(rows)), lower=True)


def _fit(rows: Any, losses: Any, groups: tuple[int, ...]) -> Any:
    """The kernel with the most probable hyperparameters: amplitude × Matérn + noise."""
    count = max(groups) + 1
    # More parameters lie further apart: the centre grows with √d (Hvarfner et al., 2024).
    centre = math.log(0.5) + 0.5 * math.log(count / 2)
    scale = np.full(count, math.exp(centre))
    kernel = ConstantKernel(1.0, BOUNDS) * Grouped(scale, BOUNDS, 2.5, groups) + WhiteKernel(1.0, BOUNDS)
    priors = np.array([AMPLITUDE, *[(centre, LENGTH_DEVIATION)] * count, NOISE])
    regressor = GaussianProcessRegressor(kernel, alpha=0.0, optimizer=_most_probable(priors))
    return regressor.fit(rows, losses).kernel_


def _most_probable(priors: Any) -> Callable[..., tuple[Any, float]]:
    """An optimizer for the regressor: likelihood times priors, from the priors' centre."""
    centre, deviation = priors.T

    def optimize(likelihood: Callable[..., Any], start: Any, bounds: Any) -> tuple[Any, float]:
        def cost(logs: Any) -> tuple[float, Any]:
            value, gradient = likelihood(logs, eval_gradient=True)
            away = (logs - centre) / deviation
            return value + 0.5 * float(away @ away), gradient + away / deviation

        box = np.column_stack([centre - REACH * deviation, centre + REACH * deviation])
        options = {"maxiter": ITERATIONS}
        found = minimize(cost, centre, jac=True, method="L-BFGS-B", bounds=box, options=options)
        return found.x, float(found.fun)

    return optimize
