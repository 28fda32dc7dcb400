from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tuning_operator.api import Observation, Point, Run, Series
from tuning_operator.engine.bounded import fit, size
from tuning_operator.engine.limits import STATUS_BYTES

from tests.engine.builders import NOW, job, recorded

JOB = job()


def status(runs: int, points: int, extra: int, message: str):
    """A status with more of everything than fits."""
    values = [Observation(metric="accuracy", value=1 / 3)]
    values += [Observation(metric=f"m{i}" + "x" * 120, value=1 / 3, step=i) for i in range(extra)]
    one = {"image": "registry/image@sha256:" + "0" * 64, "node": "n" * 63, "pod": "p" * 36, "start_time": NOW}
    return recorded().model_copy(
        update={
            "runs": [Run(number=n, purpose="Resume", uid="u" * 36, **one) for n in range(1, runs + 1)],
            "series": [
                Series(metric="accuracy", points=[Point(step=s, value=1 / (3 + s)) for s in range(points)])
            ],
            "observations": values,
            "message": message,
        }
    )


@given(st.integers(1, 60), st.integers(1, 32), st.integers(0, 32), st.text(max_size=512))
def test_every_status_fits(runs, points, extra, message):
    full = status(runs, points, extra, message)
    small = fit(full, JOB)
    assert size(small) <= STATUS_BYTES
    assert small.runs[-1].number == full.runs[-1].number
    assert small.observations[0] == full.observations[0]
    assert small.series[0].points[-1] == full.series[0].points[-1]


def test_what_a_trial_is_judged_by_always_stays():
    constraints = [{"metric": f"m{i}" + "x" * 120, "max": 1} for i in range(8, 16)]
    small = fit(status(60, 32, 16, "m" * 512), job(constraints=constraints))
    assert [o.metric[:3].strip("x") for o in small.observations] == ["acc", *(f"m{i}" for i in range(8, 16))]


def test_advice_goes_before_final_values_do():
    full = status(1, 8, 16, "m").model_copy(update={"advice": ["a" * 256] * 6})
    small = fit(full, JOB)
    assert (small.advice, small.observations) == (None, full.observations)


def test_of_other_metrics_the_last_ones_go_first_and_the_constrained_one_stays():
    full = status(1, 8, 32, "m")
    small = fit(full, job(constraints=[{"metric": full.observations[-1].metric, "max": 1}]))
    kept = [o.metric for o in small.observations]
    first, *others, last = [o.metric for o in full.observations]
    assert kept == [first, last, *others[: len(kept) - 2]]
    assert 2 < len(kept) < 33


def test_what_fits_is_left_as_it_is():
    small = status(1, 8, 1, "short")
    assert fit(small, JOB) is small
