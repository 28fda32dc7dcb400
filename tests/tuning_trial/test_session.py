import json

import numpy as np
import pytest
from prometheus_client import generate_latest
from tuning_operator.metrics.page import parse_page
from tuning_trial.contract import read_contract
from tuning_trial.page import registry_of
from tuning_trial.record import LONGEST_NAME, MOST_NAMES
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


def page_of(session):
    return generate_latest(registry_of(lambda: session.record)).decode()


def test_a_new_name_at_each_step_fills_the_page_up_to_its_bound_only(session, capsys):
    heard = []
    session.listeners.append(heard.append)
    session.report(0, {"loss": 1})
    for step in range(1, 1001):
        session.report(step, {f"loss_{step}": 0.5})
    session.report(1001, {"acc": 0.9, "loss": 0.1, "train_time": 7, "late": 1})
    assert session.record.latest.keys() == {
        "acc", "loss", "train_time", *(f"loss_{step}" for step in range(1, MOST_NAMES)),
    }  # fmt: skip
    assert session.record.latest["loss"] == 0.1
    assert page_of(session).count("tuning_trial_metric{") == MOST_NAMES + 2
    assert "tuning_trial_step 1001.0" in page_of(session)
    assert len({name for row in session.curves.rows() for name in row}) == MOST_NAMES + 3
    assert len({name for told in heard for name in told.metrics}) == 1004  # trackers have bounds of their own
    warning = capsys.readouterr().err
    assert f"the metric 'loss_{MOST_NAMES}' is left out" in warning
    assert "report the same few names each time" in warning
    assert warning.count("\n") == 1


def test_a_name_that_is_no_utf_8_leaves_the_page_readable(session):
    session.report(1, {"loss \ud800": 1.0})
    assert 'tuning_trial_metric{metric="loss ?"} 1.0' in page_of(session)


def test_of_one_report_with_too_many_names_the_first_are_kept(session, capsys):
    session.report(1, {**{f"class_{i}": i for i in range(2 * MOST_NAMES)}, "acc": 0.9})
    assert [*session.record.latest] == [*(f"class_{i}" for i in range(MOST_NAMES)), "acc"]
    assert f"'class_{MOST_NAMES}' is left out" in capsys.readouterr().err


def test_a_name_that_no_objective_could_have_is_left_out(session, capsys):
    longest = "a" * LONGEST_NAME
    session.report(1, {longest: 1, longest + "b": 2, "acc": 0.9})
    assert [*session.record.latest] == [longest, "acc"]
    assert f"at most {LONGEST_NAME} characters" in capsys.readouterr().err


def test_the_operator_reads_a_page_with_as_many_and_as_long_names_as_there_may_be_and_rungs():
    judged = {"TUNING_OBJECTIVES": '[{"metric": "acc"}]', "TUNING_CONSTRAINTS": '[{"metric": "flops"}]'}
    session = Session(read_contract({"TUNING_PARAMETERS": "{}", "TUNING_RUNGS": "1,3,9", **judged}))
    for step in (1, 3, 9):  # a backslash takes two characters of the page
        session.report(step, {f"{i:03}".rjust(LONGEST_NAME, "\\"): i for i in range(2 * MOST_NAMES)})
        session.report(step, {"acc": step / 10, "flops": 7})
    read = parse_page(page_of(session).encode(), ["acc", "flops"])
    accuracies = [("acc", step, step / 10) for step in (1, 3, 9)]
    works = [("flops", step, 7) for step in (1, 3, 9)]
    assert [(one.metric, one.step, one.value) for one in read] == accuracies + works
