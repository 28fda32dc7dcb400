from tests.benchmarks.trial.__main__ import counted_row
from tests.benchmarks.trial.counting import STEPS
from tests.benchmarks.trial.models import CASES


def test_counts_are_told_a_step_and_over_the_first_bare_epoch_and_trackers_an_epoch():
    bare = 2_000_000 * STEPS
    counts = {
        "bare": [bare, bare * 1.0001],
        "on": [bare * 1.01, bare * 1.02],
        "tracked": [bare * 1.04, bare * 1.03],
    }
    row = "| about 1 ms | 2.00 | 1.0001 | 1.0100, 1.0200 | 0.02, 0.04 | 1.0400, 1.0300 | 6, 4 |\n"
    assert counted_row(CASES[0], counts) == row
