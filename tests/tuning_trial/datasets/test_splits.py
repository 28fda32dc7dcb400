"""Splits keep the classes' shares, do not overlap, and follow their own seed."""

from __future__ import annotations

import numpy as np
import pytest
from tuning_trial.datasets.comparison import differences
from tuning_trial.datasets.examples import Examples
from tuning_trial.datasets.loading import Data, load
from tuning_trial.datasets.request import Request
from tuning_trial.datasets.splits import fold, part_off

Y = np.array([0] * 60 + [1] * 30 + [2] * 10)


def examples(y=Y, seed: int = 0) -> Examples:
    return Examples("here", {"x": np.arange(len(y), dtype="float32")}, y)


def test_a_part_has_the_same_shares_of_the_classes() -> None:
    rest, off = part_off(examples(), 0.2, seed=0)
    assert np.bincount(off.y).tolist() == [12, 6, 2]
    assert sorted([*rest.inputs["x"], *off.inputs["x"]]) == list(range(100))


def test_each_example_validates_in_one_fold() -> None:
    splits = fold(examples(), 5, seed=0)
    assert sorted(x for split in splits for x in split.validation.inputs["x"]) == list(range(100))
    for split in splits:
        assert np.bincount(split.validation.y).tolist() == [12, 6, 2]
        assert not set(split.train.inputs["x"]) & set(split.validation.inputs["x"])


def test_numbers_to_foretell_are_split_at_random() -> None:
    rest, off = part_off(examples(np.linspace(0, 1, 50).astype("float32")), 0.2, seed=0)
    assert (len(rest), len(off)) == (40, 10)


def numbers_of(data: Data) -> list[bytes]:
    return [part.inputs["image"].tobytes() for part in (data.splits[0].train, data.splits[0].validation)]


def test_shares_are_of_all_examples_and_the_seed_is_the_data_s_own() -> None:
    digits = "tuning_trial.datasets.samples:digits"
    data = load(Request(digits), "images", True)
    counts = [len(part) for part in (data.splits[0].train, data.splits[0].validation, data.test)]
    assert counts == pytest.approx([1797 * 0.6, 1797 * 0.2, 1797 * 0.2], abs=2)
    assert numbers_of(load(Request(digits), "images", False)) == numbers_of(data)
    assert numbers_of(load(Request(digits, split_seed=1), "images", False)) != numbers_of(data)


RNG = np.random.default_rng(0)


def drawn(mean: float = 0.0, red: float = 0.5, ones: float = 0.5) -> Examples:
    inputs = {
        "size": RNG.normal(mean, 1, 300).astype("float32"),
        "colour": np.where(RNG.random(300) < red, "red", "blue").astype(object),
    }
    return Examples("here", inputs, (RNG.random(300) < ones).astype("int64"))


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({}, []),
        ({"mean": 1.0}, ["the column 'size'"]),
        ({"red": 0.9}, ["the column 'colour'"]),
        ({"ones": 0.9}, ["the target"]),
    ],
)
def test_what_differs_between_training_and_validation_is_named(other, named) -> None:
    told = differences(drawn(), drawn(**other))
    assert [sentence.split(" differ in ")[1].split(" (p")[0] for sentence in told] == named


def test_images_are_compared_by_brightness_and_texts_by_length() -> None:
    dark = Examples("here", {"image": RNG.random((100, 4, 4, 1)).astype("float32") * 0.5})
    bright = Examples("here", {"image": dark.inputs["image"] + 0.4})
    assert "differ in brightness" in differences(dark, bright)[0]
    short = Examples("here", {"text": np.array(["one two", "one"] * 50, dtype=object)})
    long = Examples("here", {"text": np.array(["one two three four"] * 100, dtype=object)})
    assert "differ in the number of words" in differences(short, long)[0]


def test_a_warning_is_no_failure(capsys, tmp_path) -> None:
    y = np.array([0, 1] * 100)
    x = RNG.normal(size=(200, 2))
    np.savez(tmp_path / "d.npz", x_train=x, y_train=y, x_val=x + 3, y_val=y)
    load(Request(str(tmp_path / "d.npz")), "classes of features", False)
    assert "tuning-trial: training and validation data differ in the column 'x0'" in capsys.readouterr().err
