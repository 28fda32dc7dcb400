from __future__ import annotations

from tuning_operator.engine.tally import counts, tally

from tests.engine.builders import finished, job, trial


def test_counts_add_up():
    trials = [finished(1, 0.1), finished(2, 0.2, "TargetReached"), finished(3, reason="Error")]
    trials += [finished(4, reason="Diverged"), finished(5, 0.1, "Stopped"), trial(6)]
    numbers = counts(job(max=9), tally(trials))
    assert (numbers.done, numbers.total, numbers.running) == ("5/9", 6, 1)
    assert (numbers.succeeded, numbers.failed, numbers.stopped) == (2, 2, 1)
