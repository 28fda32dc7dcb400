import pytest
from tuning_trial.measures.pace import Pace


def test_the_first_batch_counts_for_nothing_where_there_are_more():
    pace = Pace(began=0.0)
    for number, time in enumerate([9.0, 9.5, 10.0, 10.5]):
        pace.batch(number, time)
    pace.end(10.5, examples=7 * 4)
    assert pace.metrics() == {"step_time": 0.5, "examples_per_second": 14.0}


def test_several_batches_at_once_are_counted_by_their_last():
    pace = Pace(began=0.0)
    pace.batch(9, 5.0)
    pace.batch(19, 7.0)
    pace.end(7.0, examples=None)
    assert pace.metrics() == {"step_time": pytest.approx(0.2)}


def test_a_single_batch_counts_from_the_epochs_begin():
    pace = Pace(began=1.0)
    pace.batch(0, 3.0)
    pace.end(3.0, examples=8)
    assert pace.metrics() == {"step_time": 2.0, "examples_per_second": 4.0}


def test_a_validation_after_the_training_is_no_part_of_it():
    pace = Pace(began=0.0)
    pace.batch(0, 1.0)
    pace.batch(1, 2.0)
    pace.end(2.0, examples=2)
    pace.end(60.0, examples=99)
    assert pace.metrics()["step_time"] == 1.0


def test_without_batches_there_is_no_pace():
    pace = Pace(began=0.0)
    pace.end(1.0, examples=3)
    assert pace.metrics() == {}
