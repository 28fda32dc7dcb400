"""What the first visit says of a job that cannot run."""

from __future__ import annotations

from tuning_operator.cluster.admission import listed


def test_a_few_problems_are_all_told() -> None:
    assert listed(["a", "b"]) == "a; b"


def test_of_many_problems_the_first_are_told_and_the_rest_counted() -> None:
    words = listed([f"p{n}" for n in range(640)])
    assert words.startswith("p0; p1; ")
    assert words.endswith("p9; and 630 more")
