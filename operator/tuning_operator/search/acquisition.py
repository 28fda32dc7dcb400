"""How much a point promises."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import erfcx, log_ndtr

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
