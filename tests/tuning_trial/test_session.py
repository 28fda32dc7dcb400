import json

import numpy as np
import pytest
from tuning_trial.contract import read_contract
from tuning_trial.session import Session


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


@pytest.fixture
def session(log):
    environ = {"TUNING_PARAMETERS": "{}", "TUNING_OBJECTIVES": '[{"metric": "acc"}]'}
    return Session(read_contract({**environ, "TUNING_TERMINATION_LOG": str(log)}))


def test_steps_count_from_1_when_none_is_given(session):
    session.report(None, {"acc": 1})
    session.report(None, {"acc": 2})
    assert session.record.last.step == 2


def test_numpy_values_and_steps_are_numbers_too(session):
    session.report(np.int64(3), {"acc": np.float32(0.5)})
    assert session.record.last.step == 3
    assert session.record.latest == {"acc": 0.5}


@pytest.mark.parametrize("value", ["much", None, [1, 2], np.zeros(2), 1j, 10**400])
def test_a_value_that_is_no_number_is_refused_by_name(session, value):
    with pytest.raises(TypeError, match="'acc'"):
        session.report(1, {"acc": value})


def test_a_step_between_two_steps_is_refused(session):
    with pytest.raises(TypeError, match="whole number"):
        session.report(1.5, {"acc": 1})


def test_finish_hands_in_the_best(session, log):
    session.report(1, {"acc": 0.9})
    session.report(2, {"acc": 0.8})
    session.finish()
    assert json.loads(log.read_bytes()) == {"metrics": {"acc": 0.9}, "step": 1}


def test_a_program_that_reported_nothing_keeps_its_own_message(session, log):
    log.write_text('{"metrics": {"acc": 0.7}}')
    session.finish()
    assert log.read_text() == '{"metrics": {"acc": 0.7}}'


def test_an_interrupt_is_written_at_once(session, log):
    session.report(1, {"acc": 0.9})
    session.interrupt()
    assert json.loads(log.read_bytes()) == {"metrics": {"acc": 0.9}, "step": 1, "interrupted": True}


def test_an_interrupt_does_not_spoil_a_complete_result(session, log):
    session.report(1, {"acc": 0.9})
    session.finish()
    session.interrupt()
    assert "interrupted" not in json.loads(log.read_bytes())


def test_an_error_is_the_last_word(session, log):
    session.report(1, {"acc": 0.9})
    session.fail("ValueError: no")
    session.interrupt()
    session.finish()
    assert json.loads(log.read_bytes()) == {"error": "ValueError: no"}


def test_outside_of_a_trial_nothing_is_written(log):
    session = Session(read_contract({"TUNING_TERMINATION_LOG": str(log)}))
    session.report(1, {"acc": 0.9})
    session.finish()
    assert not log.exists()
