"""Parts of the data: those that a place holds apart, and stratified, seeded ones of the rest.

The test set is set aside first and with a seed of the data's own, so that no trial of a job ever trains on or
is chosen by what judges the best of them; it is handed out for the final evaluation only.
"""

from dataclasses import dataclass
from typing import Any

import numpy

from tuning_trial.datasets.examples import Examples, bad, counted

FEWEST = 2  # examples of a class for each part


@dataclass(frozen=True)
class Split:
    """Training and validation parts."""

    train: Examples
    validation: Examples


def part_off(examples: Examples, share: float, seed: int) -> tuple[Examples, Examples]:
    """Return (the rest, a share), each with the same shares of the classes.

    Raises:
        UserError: a class has too few examples for both.
    """
    from sklearn.model_selection import train_test_split

    refuse_few(examples, FEWEST)
    places = numpy.arange(len(examples))
    try:
        rest, off = train_test_split(places, test_size=share, random_state=seed, stratify=_strata(examples))
    except ValueError as error:
        raise bad(examples.where, f"{len(examples)} examples cannot be split: {error}", "give more") from None
    return examples.take(rest), examples.take(off)


def fold(examples: Examples, folds: int, seed: int) -> list[Split]:
    """Return so many splits, each example in one validation part, with the same shares of the classes.

    Raises:
        UserError: a class has fewer examples than there are folds.
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    strata = _strata(examples)
    refuse_few(examples, folds, ", or ask for fewer folds")
    kind = KFold if strata is None else StratifiedKFold
    parts = kind(folds, shuffle=True, random_state=seed).split(numpy.zeros(len(examples)), strata)
    return [Split(examples.take(train), examples.take(validation)) for train, validation in parts]


def refuse_few(examples: Examples, fewest: int, otherwise: str = "") -> None:
    """See that there are enough examples, of each class if there are classes.

    Args:
        examples: to be split.
        fewest: how many there must be.
        otherwise: what else would mend it, for the message.

    Raises:
        UserError: there are fewer.
    """
    strata = _strata(examples)
    if strata is None:
        if len(examples) < fewest:
            has = f"has {counted(len(examples), 'example')}"
            raise bad(examples.where, has, f"give it at least {fewest}{otherwise}")
        return
    numbers, counts = numpy.unique(strata, return_counts=True)
    if counts.min() < fewest:
        number = int(numbers[counts.argmin()])
        name = examples.classes[number] if examples.classes else number
        found = f"class {name!r} has {counted(counts.min(), 'example')}"
        raise bad(examples.where, found, f"give each class at least {fewest}{otherwise}")


def _strata(examples: Examples) -> Any:
    return examples.y if examples.y is not None and examples.y.dtype.kind == "i" else None
