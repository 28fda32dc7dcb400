"""Whether training and validation data come from one distribution: a two-sample test for each feature.

Numbers are compared by the Kolmogorov–Smirnov test (Smirnov 1948; `scipy.stats.ks_2samp`), categories and
classes by Pearson's χ² test of homogeneity (1900; `scipy.stats.chi2_contingency`). Of an image its mean and
its contrast are compared, of a text its number of words. The level is divided by the number of tests
(Bonferroni), so that of a hundred good splits one is warned of.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy

from tuning_trial.datasets.examples import Examples

LEVEL = 0.01
RARE = 5  # examples expected of a category in either part; rarer ones are taken together


def differences(train: Examples, validation: Examples) -> list[str]:
    """Return one sentence for each feature, or the target, whose distributions differ."""
    tests = [(name, _p_value(a, b)) for name, a, b in _pairs(train, validation)]
    level = LEVEL / max(1, len(tests))
    return [
        f"training and validation data differ in {name} (p = {p:.1e}, below {level:.1e}): "
        "the validation says little of what the training learns"
        for name, p in tests
        if p < level
    ]


def _pairs(train: Examples, validation: Examples) -> Iterator[tuple[str, Any, Any]]:
    for name, column in train.inputs.items():
        for what, summary in _summaries(name, column).items():
            yield what, summary(column), summary(validation.inputs[name])
    if train.y is not None:
        is_class = train.y.dtype.kind == "i"
        yield "the target", *((y.astype(str) if is_class else y) for y in (train.y, validation.y))


def _summaries(name: str, column: Any) -> dict[str, Any]:
    if column.ndim == 4:
        axes = (1, 2, 3)
        return {"brightness": lambda c: c.mean(axis=axes), "contrast": lambda c: c.std(axis=axes)}
    if name == "text":
        return {
            "the number of words": lambda c: numpy.array([len(text.split()) for text in c], dtype="float32")
        }
    return {f"the column {name!r}": lambda c: c}


def _p_value(a: Any, b: Any) -> float:
    from scipy import stats

    if a.dtype.kind == "f":
        return float(stats.ks_2samp(a, b).pvalue)
    counts = [Counter(a.tolist()), Counter(b.tolist())]
    smaller = min(len(a), len(b)) / (len(a) + len(b))
    totals = counts[0] + counts[1]
    common = [name for name, total in totals.items() if total * smaller >= RARE]
    rows = [[count[name] for name in common] for count in counts]
    rest = [sum(count.values()) - sum(row) for count, row in zip(counts, rows, strict=True)]
    table = numpy.array([[*row, other] for row, other in zip(rows, rest, strict=True)])
    table = table[:, table.sum(axis=0) > 0]
    return float(stats.chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0
