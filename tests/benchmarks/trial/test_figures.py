import pytest

from tests.benchmarks.trial.figures import Ratio, ratio, verdict

SURE = Ratio(1.0, 0.995, 1.005)


def test_rounds_are_compared_with_themselves():
    found = ratio([1.1, 2.2, 11.0], [1.0, 2.0, 10.0])
    assert (found.middle, found.low, found.high) == pytest.approx((1.1, 1.1, 1.1))


def test_the_interval_holds_the_median_and_is_the_same_each_time():
    these, bare = [1.0, 1.2, 0.9, 1.1], [1.0, 1.0, 1.0, 1.0]
    found = ratio(these, bare)
    assert found.low < found.middle < found.high
    assert ratio(these, bare) == found


@pytest.mark.parametrize(
    ("found", "identical", "said"),
    [
        (Ratio(1.01, 1.0, 1.02), SURE, "reached"),
        (Ratio(1.01, 1.0, 1.021), SURE, "not reached"),
        (Ratio(1.01, 1.0, 1.02), Ratio(1.0, 0.99, 1.03), "inconclusive"),
        (Ratio(1.01, 1.0, 1.02), Ratio(1.0, 0.97, 1.01), "inconclusive"),
    ],
)
def test_the_upper_end_counts_unless_identical_runs_differ_as_much(found, identical, said):
    assert verdict(found, identical, 1.02) == said
