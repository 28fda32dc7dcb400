from tests.benchmarks.trial.__main__ import counted_row
from tests.benchmarks.trial.models import CASES


def test_counts_are_told_a_step_and_over_the_first_bare_block():
    bare = 2_000_000 * CASES[0].steps
    counts = {"bare": [bare, bare * 1.0001], "on": [bare * 1.01, bare * 1.02]}
    assert counted_row(CASES[0], counts) == "| about 1 ms | 2.00 | 1.0001 | 1.0100, 1.0200 | 0.02, 0.04 |\n"
