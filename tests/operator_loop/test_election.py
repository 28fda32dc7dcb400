"""Who may act: judged by our own clock and by what the Lease says."""

import pytest
from tuning_operator.cluster.election import Seen, next_step, observe


@pytest.mark.parametrize(
    ("seen", "now", "step"),
    [
        (None, 0.0, "create"),
        (Seen("me", "1", 15, 0), 99.0, "renew"),
        (Seen("other", "1", 15, 0), 14.0, "wait"),
        (Seen("other", "1", 15, 0), 16.0, "take"),
        (Seen("", "1", 15, 0), 0.0, "take"),
    ],
)
def test_the_next_step(seen: Seen | None, now: float, step: str) -> None:
    assert next_step(seen, "me", now) == step


def test_an_unchanged_lease_ages_and_a_renewed_one_is_young_again() -> None:
    lease = {
        "metadata": {"resourceVersion": "1"},
        "spec": {"holderIdentity": "o", "leaseDurationSeconds": 15},
    }
    first = observe(lease, None, 10)
    assert observe(lease, first, 20).at == 10
    lease["metadata"] = {"resourceVersion": "2"}
    assert observe(lease, first, 20).at == 20
