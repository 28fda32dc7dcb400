"""The normal distribution that CMAES moves; its draws are the same by every BLAS kernel."""

from __future__ import annotations

from typing import Any

from cmaes import CMA


class Cloud(CMA):  # type: ignore[misc]  # it ships no types
    """The library's strategy, which draws by the symmetric root of the covariance.

    Its own root is eigenvectors times deviations. A kernel is free to give another sign to a vector, and
    any other basis where several deviations are equal: of frozen parameters, or of more parameters than
    a generation has trials. The symmetric root is one and the same, and draws from the same distribution.
    """

    def _sample_solution(self) -> Any:
        vectors, deviations = self._eigen_decomposition()
        root = (vectors * deviations) @ vectors.T
        return self._mean + self._sigma * (root @ self._rng.randn(self._n_dim))
