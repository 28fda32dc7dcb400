import json
import math
import os
import stat

from hypothesis import given
from hypothesis import strategies as st
from tuning_trial.message import LIMIT, error_message, metrics_message, write_message


def test_the_message_has_metrics_and_step():
    assert json.loads(metrics_message({"val_accuracy": 0.981}, 4)) == {
        "metrics": {"val_accuracy": 0.981},
        "step": 4,
    }


def test_an_interrupted_one_says_so():
    assert json.loads(metrics_message({}, None, interrupted=True)) == {"metrics": {}, "interrupted": True}


def test_advice_gets_what_room_the_metrics_leave():
    few = json.loads(metrics_message({"loss": 0.5}, 1, advice=["lower it", "x" * LIMIT, "clip it"]))
    assert few == {"metrics": {"loss": 0.5}, "step": 1, "advice": ["lower it", "clip it"]}
    many = {f"metric_{number:04}": float(number) for number in range(1000)}
    assert metrics_message(many, 3, advice=["a" * 60]) == metrics_message(many, 3)


def test_values_that_json_lacks_are_strings():
    message = metrics_message({"a": math.nan, "b": math.inf, "c": -math.inf}, 1)
    assert json.loads(message)["metrics"] == {"a": "NaN", "b": "Infinity", "c": "-Infinity"}


def test_what_does_not_fit_is_left_out_from_the_end():
    message = metrics_message({f"metric_{number:04}": float(number) for number in range(1000)}, 3)
    kept = json.loads(message)["metrics"]
    assert LIMIT - 30 < len(message) <= LIMIT
    assert list(kept) == [f"metric_{number:04}" for number in range(len(kept))]


@given(st.dictionaries(st.text(max_size=300), st.floats(), max_size=60), st.integers(), st.booleans())
def test_the_message_is_always_valid_and_short_enough(metrics, step, interrupted):
    message = metrics_message(metrics, step, interrupted)
    assert len(message) <= LIMIT
    assert set(json.loads(message)["metrics"]) <= set(metrics)


@given(st.text(max_size=9000))
def test_an_error_is_cut_to_fit(text):
    message = error_message(text)
    assert len(message) <= LIMIT
    assert text.startswith(json.loads(message)["error"].rstrip("…")[:100])


def test_a_file_is_replaced_at_once_and_nothing_stays_beside_it(tmp_path):
    log = tmp_path / "log"
    log.write_text("old")
    with log.open() as reader:
        write_message(log, b"new")
        assert reader.read() == "old"
    assert os.listdir(tmp_path) == ["log"]
    assert log.read_text() == "new"


def test_a_link_stays_a_link_for_it_is_not_ours_to_replace(tmp_path):
    (tmp_path / "target").write_text("old and longer")
    (tmp_path / "log").symlink_to(tmp_path / "target")
    write_message(tmp_path / "log", b"new")
    assert stat.S_ISLNK((tmp_path / "log").lstat().st_mode)
    assert (tmp_path / "target").read_text() == "new"


def test_a_device_stays_a_device(tmp_path):
    (tmp_path / "log").symlink_to("/dev/null")
    write_message(tmp_path / "log", b"new")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
