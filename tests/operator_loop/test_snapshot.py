"""A Trial's runs as the Store shows them."""

import pytest
from tuning_operator.cluster.kinds import JOBS, TRIALS
from tuning_operator.cluster.snapshot import trial_views
from tuning_operator.cluster.store import Store

from tests.operator_loop.builders import NOON_TEXT, Body, recorded, run_body, trial_body


def a_run(number: int) -> Body:
    body = run_body(uid=f"run-{number}")
    body["metadata"]["labels"]["tuning.dev/run"] = str(number)
    return body


@pytest.mark.parametrize("ended", [{}, {"completionTime": NOON_TEXT}])
@pytest.mark.parametrize("there", [(1, 2), (1,)])
def test_earlier_runs_are_shown_while_their_jobs_are_there(ended: Body, there: tuple[int, ...]) -> None:
    store = Store()
    runs = [recorded(number, f"run-{number}") for number in (1, 2)]
    store.put(TRIALS, trial_body(runs=runs, **ended))
    for number in there:
        store.put(JOBS, a_run(number))
    assert [view.older for view in trial_views(store, "job")] == [(1,)]


def test_an_earlier_run_on_its_way_out_is_not_shown() -> None:
    store = Store()
    store.put(TRIALS, trial_body(runs=[recorded(2, "run-2")]))
    going = a_run(1)
    going["metadata"]["deletionTimestamp"] = NOON_TEXT
    store.put(JOBS, going)
    assert trial_views(store, "job")[0].older == ()
