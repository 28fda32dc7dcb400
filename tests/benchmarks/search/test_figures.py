"""Means and paired intervals, on curves made up by hand."""

from __future__ import annotations

import math

import pytest

from tests.benchmarks.search.figures import difference, mean_curve, reached, there_by_interval


def test_problems_count_alike_however_many_seeds_they_have() -> None:
    curves = {("a", 0): [0.0], ("a", 1): [0.0], ("a", 2): [0.3], ("b", 0): [0.5]}
    assert mean_curve(curves) == pytest.approx([0.3])


def test_a_difference_is_that_of_the_pairs_which_both_have_run() -> None:
    ours = {("a", 0): [9, 0.1], ("a", 1): [9, 0.3], ("b", 0): [9, 100.0]}
    peer = {("a", 0): [9, 0.2], ("a", 1): [9, 0.4], ("c", 0): [9, -100.0]}
    found = difference(ours, peer, 2)
    assert found == pytest.approx((-0.1, -0.1, -0.1))
    assert difference(ours, {("c", 0): [0.0, 0.0]}, 2) is None


def test_an_interval_is_as_wide_as_the_pairs_disagree() -> None:
    peer = {("a", seed): [0.0] for seed in range(100)}
    mean, low, high = difference({("a", seed): [seed % 2] for seed in range(100)}, peer, 1) or (0, 0, 0)
    assert mean == 0.5
    # The standard error of the mean is 0.05.
    assert (low, high) == pytest.approx((0.4, 0.6), abs=0.02)


@pytest.mark.parametrize(("target", "evaluations"), [(0.5, 2), (0.3, 4), (0.1, None), (2.0, 1)])
def test_a_regret_is_reached_when_it_is_not_exceeded_again(target: float, evaluations: int | None) -> None:
    assert reached([1.0, 0.2, 0.4, 0.2], 0.5) == 2
    assert reached([1.0, 0.2, 0.4, 0.2], target) == evaluations


def test_how_soon_a_regret_is_reached_is_as_uncertain_as_the_pairs_disagree() -> None:
    peer = {("a", seed): [0.0, 0.0, 0.0, 0.5] for seed in range(4)}
    same = {("a", seed): [1.0, 0.4, 0.4, 0.4] for seed in range(4)}
    assert there_by_interval(same, peer) == (2, 2)
    apart = same | {("a", 0): [1.0, 1.0, 0.4, 0.4], ("a", 1): [1.0, 0.4, 0.4, 9.0]}
    assert there_by_interval(apart, peer) == (2, math.inf)
