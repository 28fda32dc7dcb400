"""Trackers that misbehave are faults to be forced: these are made to."""

import threading

import pytest
from tuning_trial.record import Observation
from tuning_trial.trackers import background
from tuning_trial.trackers.background import Background

FIRST, SECOND = Observation(1, {"loss": 2.0}), Observation(2, {"loss": 1.0})


class Heard:
    """A tracker that remembers what it was told."""

    def __init__(self):
        self.observations, self.outcome = [], None

    def tell(self, observations):
        self.observations += observations

    def end(self, outcome):
        self.outcome = outcome


class Raises(Heard):
    def tell(self, observations):
        raise ConnectionError("the server\nis gone")


class Hangs(Heard):
    def __init__(self):
        super().__init__()
        self.hangs, self.free = threading.Event(), threading.Event()

    def tell(self, observations):
        self.hangs.set()
        self.free.wait()


@pytest.fixture
def hanging():
    tracker = Hangs()
    yield tracker
    tracker.free.set()


def stuck(tracker):
    """A thread that is in the midst of telling its tracker something."""
    thread = Background("Some", lambda: tracker)
    thread.tell(FIRST)
    tracker.hangs.wait()
    return thread


def test_a_tracker_hears_everything_in_order_and_how_it_ended():
    tracker = Heard()
    thread = Background("Some", lambda: tracker)
    for one in (FIRST, SECOND):
        thread.tell(one)
    thread.end("finished")
    thread.wait(60)
    assert (tracker.observations, tracker.outcome) == ([FIRST, SECOND], "finished")


def test_without_a_report_a_tracker_is_not_even_imported():
    thread = Background("Some", lambda: pytest.fail("it was started"))
    thread.end("failed")
    thread.wait(60)


def test_one_that_raises_is_dropped_with_one_line(capsys):
    thread = Background("Some", Raises)
    for _ in range(3):
        thread.tell(FIRST)
    thread.end("finished")
    thread.wait(60)
    thread.tell(SECOND)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "tuning-trial: Some is dropped, and the trial goes on without it: ConnectionError: the server is gone"
    ]


def test_the_mend_at_the_end_of_a_library_s_long_words_is_told(capsys):
    def refuse():
        raise ValueError("x" * 500 + " set THIS=true")  # as MLflow refuses a directory

    thread = Background("Some", refuse)
    thread.tell(FIRST)
    thread.wait(60)
    assert capsys.readouterr().err.endswith(" set THIS=true\n")


def test_one_that_is_not_installed_is_dropped_with_one_line(capsys):
    thread = Background("Some", lambda: __import__("nosuchtracker"))
    thread.tell(FIRST)
    thread.end("finished")
    thread.wait(60)
    assert capsys.readouterr().err.count("No module named 'nosuchtracker'") == 1


def test_one_that_hangs_is_dropped_while_the_trial_goes_on(hanging, monkeypatch, capsys):
    monkeypatch.setattr(background, "PATIENCE", 0.0)
    thread = stuck(hanging)
    thread.tell(SECOND)
    thread.tell(SECOND)
    assert capsys.readouterr().err.count("it does not answer") == 1


def test_one_that_hangs_at_the_end_is_left(hanging, capsys):
    thread = Background("Some", lambda: hanging)
    thread.tell(FIRST)
    thread.end("interrupted")
    thread.wait(0.01)
    assert capsys.readouterr().err.count("it does not come to an end") == 1


def test_one_that_is_slower_than_the_trial_is_dropped(hanging, monkeypatch, capsys):
    monkeypatch.setattr(background, "WAITING", 2)
    thread = stuck(hanging)
    for _ in range(9):
        thread.tell(SECOND)
    assert capsys.readouterr().err.count("it is too slow") == 1
