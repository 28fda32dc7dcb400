from tuning_trial import curves
from tuning_trial.curves import Curves
from tuning_trial.record import Observation


def test_reports_of_one_step_are_one_row():
    some = Curves()
    for metrics in ({"loss": 1.0}, {"accuracy": 0.5}):
        some.add(Observation(1, metrics))
    assert some.rows() == [{"step": 1, "loss": 1.0, "accuracy": 0.5}]


def test_long_curves_are_thinned_and_keep_their_ends(monkeypatch):
    monkeypatch.setattr(curves, "MOST", 10)
    some = Curves()
    for step in range(1, 1001):
        some.add(Observation(step, {"loss": 1 / step}))
    steps = [row["step"] for row in some.rows()]
    assert len(steps) <= 10
    assert (steps[0], steps[-1]) == (1, 1000)
