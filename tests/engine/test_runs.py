"""What the runs of a Trial have cost."""

from __future__ import annotations

import pytest
from tuning_operator.api import Run
from tuning_operator.engine.runs import attempts


def runs(*each: tuple[str, int | None]) -> list[Run]:
    return [Run(number=n, purpose=p, uid=f"job-{n}", attempts=a) for n, (p, a) in enumerate(each, start=1)]


@pytest.mark.parametrize(
    ("what", "had", "pods"),
    [
        ("none yet", runs(("Train", None)), 0),
        ("one", runs(("Train", 1)), 1),
        ("replaced by its Job", runs(("Train", 3)), 3),
        ("replaced by another run", runs(("Train", 1), ("Retry", 2)), 3),
        ("suspended", runs(("Train", 1), ("Resume", 1)), 1),
        ("disrupted, then suspended", runs(("Train", 3), ("Resume", 1)), 3),
        ("suspended before it had a pod", runs(("Train", None), ("Resume", 1)), 1),
    ],
)
def test_pods_that_were_not_suspended_are_counted(what, had, pods):
    assert attempts(had) == pods
