"""Inputs that hold what is no number, told in words. Pure."""

from typing import Any

import numpy


def input_words(x: Any) -> list[str]:
    """Say which of the training inputs hold NaN or infinity: a relu may turn it into 0, and no loss shows it.

    Args:
        x: an array, examples first; anything else is not looked at.

    Returns:
        At most one sentence: in how many examples, and the number of the first (from 0).
    """
    if not isinstance(x, numpy.ndarray) or x.dtype.kind not in "fc" or not x.size:
        return []
    bad = ~numpy.isfinite(x.reshape(len(x), -1)).all(axis=1)
    if not bad.any():
        return []
    what = "NaN" if numpy.isnan(x[bad]).any() else "infinity"
    where = f"{what} in {bad.sum()} of {len(x)} examples, first in x[{bad.argmax()}]"
    return [f"the training inputs hold {where}: fill or drop them, or mask them in the model"]
