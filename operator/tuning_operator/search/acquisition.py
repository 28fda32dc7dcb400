"""How much a point promises: logarithms, so that a probability of being allowed is added."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from scipy.special import erfcx, log_ndtr

Acquisition: TypeAlias = Callable[[Any, Any, float], Any]
"""Of mean and deviation of the loss at each point, and the loss that is to be undercut."""

KAPPA = 1.96  # a lower confidence bound at 95 % on both sides, scikit-optimize's own
FAR = -1e3  # below this the two terms cancel, and the leading term of their difference is exact enough


def log_expected_improvement(mean: Any, deviation: Any, best: float) -> Any:
    """Logarithm of the expected fall of the loss below `best`, at each point.

    log(φ(z) + z Φ(z)) + log(deviation), z = (best − mean) / deviation, in the
    forms that lose no digits where the plain one is 0 (Ament et al.,
    "Unexpected improvements to expected improvement", 2023).
    """
    z = (best - mean) / deviation
    return _log_h(z) + np.log(deviation)


def _log_h(z: Any) -> Any:
    density = -0.5 * z**2 - 0.5 * math.log(2 * math.pi)
    near = np.maximum(z, FAR)
    below = np.minimum(near, -1.0)
    # φ(z) + z Φ(z) = φ(z) (1 + z Φ(z) / φ(z)), and Φ(z) / φ(z) = √(π/2) erfcx(−z / √2).
    tail = density + np.log1p(below * math.sqrt(math.pi / 2) * erfcx(-below / math.sqrt(2)))
    body = np.maximum(near, -1.0)
    plain = np.log(np.exp(-0.5 * body**2) / math.sqrt(2 * math.pi) + body * np.exp(log_ndtr(body)))
    far = density - 2 * np.log(np.maximum(-z, 1.0))
    return np.where(z > -1, plain, np.where(z > FAR, tail, far))


def expected_improvement(mean: Any, deviation: Any, best: float) -> Any:
    """Logarithm of the expected improvement in its plain form (Mockus, 1975): −∞ where it is 0 in doubles."""
    z = (best - mean) / deviation
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    with np.errstate(divide="ignore"):
        return np.log(np.maximum(deviation * (density + z * np.exp(log_ndtr(z))), 0.0))


def probability_of_improvement(mean: Any, deviation: Any, best: float) -> Any:
    """Logarithm of the probability that the loss falls below `best` (Kushner, 1964)."""
    return log_ndtr((best - mean) / deviation)


def lower_confidence_bound(mean: Any, deviation: Any, best: float) -> Any:
    """How far the bound mean − κ deviation (Cox and John, 1992) undercuts `best`: log(1 + exp(…)), logged.

    The order of points is the bound's own; the positive form lets a probability weigh it.
    """
    return np.log(np.logaddexp(0.0, best - (mean - KAPPA * deviation)))


ACQUISITIONS: dict[str, Acquisition] = {
    "LogEI": log_expected_improvement,
    "EI": expected_improvement,
    "PI": probability_of_improvement,
    "LCB": lower_confidence_bound,
}
