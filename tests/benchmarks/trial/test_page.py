from tests.benchmarks.trial.__main__ import counted_row, rows, shape_rows
from tests.benchmarks.trial.counting import STEPS
from tests.benchmarks.trial.models import CASES


def test_counts_are_told_a_step_and_over_the_first_bare_epoch_and_trackers_an_epoch():
    bare = 2_000_000 * STEPS
    counts = {
        "bare": [bare, bare * 1.0001],
        "on": [bare * 1.01, bare * 1.02],
        "tracked": [bare * 1.04, bare * 1.03],
    }
    row = "| about 1 ms | 2.00 | 1.0001 | 1.0100, 1.0200 | 0.02, 0.04 | 1.0400, 1.0300 | 6, 2 |\n"
    assert counted_row(CASES[0], counts) == row


def test_times_are_beside_the_mean_of_both_bare_epochs():
    seconds = {"bare": (1.0, 2.0), "bare again": (1.02, 2.0), "on": (2.02, 2.02), "tracked": (1.01, 2.2)}
    wall, cpu = rows(CASES[2], [seconds] * 3)
    assert wall.split("|")[1:8] == [
        f" {CASES[2].name}, wall ",
        f" {1.01 / CASES[2].steps * 1000:.2f} ",
        " 1.020 (1.020 to 1.020) ",
        " 2.000 (2.000 to 2.000) ",
        " not reached ",
        " 1.000 (1.000 to 1.000) ",
        " reached ",
    ]
    assert [cpu.split("|")[i] for i in (5, 7)] == [" reached ", " not reached "]


def test_each_network_has_its_own_rounds():
    case = CASES[0]
    rounds = [
        {
            name: (seconds, seconds)
            for name, seconds in zip(("bare", "bare again", "on", "tracked"), of, strict=True)
        }
        for of in [
            (2.0, 2.0, 2.2, 2.4),
            *[(2.0, 2.0, 2.0, 2.0)] * (len(case.shapes) - 1),
            (4.0, 4.0, 4.4, 4.8),
        ]
    ]
    first, second = shape_rows(case, rounds)[:2]
    twice, once = f"{3000 / case.steps:.2f}", f"{2000 / case.steps:.2f}"
    assert first == f"| about 1 ms | 2 × 128, 32 | 2 | {twice} | 1.000 | 1.100 | 1.200 |\n"
    assert second == f"| about 1 ms | 2 × 192, 24 | 1 | {once} | 1.000 | 1.000 | 1.000 |\n"
