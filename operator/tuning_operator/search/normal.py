"""Losses as a standard normal sample, which a Gaussian process takes them for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np


def normal(losses: Sequence[float]) -> Any:
    """The losses, shifted, scaled and bent (Yeo and Johnson, 2000) to look like a standard normal sample.

    Zeros if all are equal. Any finite doubles will do, 1e300 and 5e-324 among them.
    """
    values = np.asarray(losses, dtype=float)
    if values.min() == values.max():
        return np.zeros_like(values)
    # A power of two loses no digit, and leaves room to square and to add.
    _, exponent = math.frexp(float(np.abs(values).max()))
    scaled = np.ldexp(values, -exponent)
    # From the least one on: an offset that lost no digit leaves none behind.
    return _standard(_bent(_standard(scaled - scaled.min())))


def _standard(values: Any) -> Any:
    shifted = values - values.mean()
    deviation = shifted.std()
    return shifted / deviation if deviation > 0 else np.zeros_like(values)


def _bent(values: Any) -> Any:
    from scipy.optimize import minimize_scalar
    from scipy.stats import yeojohnson

    if not values.any():
        return values
    # scipy's own likelihood also knows values far from 0, at several times the price.
    stretch = float((np.sign(values) * np.log1p(np.abs(values))).sum())

    def unlikely(power: float) -> float:
        return 0.5 * len(values) * math.log(yeojohnson(values, power).var()) - (power - 1) * stretch

    found = minimize_scalar(unlikely, bounds=(-1, 3), method="bounded")
    return yeojohnson(values, round(found.x, 3))  # rounded, so that a last digit makes no other model
