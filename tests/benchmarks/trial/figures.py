"""Ratios of paired blocks, and what they allow to say. Pure but for the seed, which is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SAMPLES = 4000


@dataclass(frozen=True)
class Ratio:
    """The median of paired ratios, with its 95 % interval."""

    middle: float
    low: float
    high: float


def ratio(these: Sequence[float], bare: Sequence[float], seed: int = 0) -> Ratio:
    """Compare blocks of one round with one another.

    The interval is the percentile bootstrap's over rounds (Efron and Tibshirani 1993). Medians, for on a
    machine with neighbours a few blocks take several times as long.

    Args:
        these, bare: seconds of each round's block, in the same order, at least two.
        seed: of the bootstrap.
    """
    ratios = np.asarray(these) / np.asarray(bare)
    draws = np.random.default_rng(seed).integers(0, len(ratios), (SAMPLES, len(ratios)))
    low, high = np.percentile(np.median(ratios[draws], axis=1), (2.5, 97.5))
    return Ratio(float(np.median(ratios)), float(low), float(high))


def verdict(found: Ratio, identical: Ratio, bound: float) -> str:
    """Say whether the cost keeps to the bound, or that this run cannot tell.

    Args:
        found: the ratio in question.
        identical: that of identical runs (A/A), whose interval is what the machine itself does.
        bound: what the upper end is to stay below, such as 1.02.
    """
    if identical.high > bound or identical.low < 1 / bound:
        return "inconclusive"
    return "reached" if found.high <= bound else "not reached"
