"""Every ended run that `retain` does not keep is let go, earlier ones too."""

import pytest
from tuning_operator.engine.actions import ReleaseRun
from tuning_operator.engine.retention import releases
from tuning_operator.engine.snapshot import TrialView

from tests.engine.builders import exited, finished, job, recorded, trial


@pytest.mark.parametrize(
    ("retain", "best", "released"),
    [("None", 1, [1, 2]), ("Best", None, [1, 2]), ("Best", 1, []), ("All", None, [])],
)
def test_earlier_runs_are_let_go_with_the_newest(retain: str, best: int | None, released: list[int]) -> None:
    newest = exited(0, 0.5, number=2)
    view = TrialView(finished(1, 0.5), newest, older=(1,))
    assert releases(job(retain=retain), [view], best) == [ReleaseRun(1, number) for number in released]


def test_an_earlier_run_is_let_go_when_the_newest_is_gone() -> None:
    view = TrialView(finished(1, 0.5), older=(1,))
    assert releases(job(retain="None"), [view], None) == [ReleaseRun(1, 1)]


def test_a_trial_that_goes_on_keeps_its_earlier_runs() -> None:
    view = TrialView(trial(1, recorded()), older=(1,))
    assert releases(job(retain="None"), [view], None) == []
