"""Fingerprint, picture and tables by themselves."""

import math
import subprocess
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from tuning_trial.errors import UserError
from tuning_trial.keeping import fingerprint as fingerprints
from tuning_trial.keeping.fingerprint import fingerprint
from tuning_trial.keeping.picture import Box, draw
from tuning_trial.keeping.run_record import as_csv, as_json
from tuning_trial.keeping.surroundings import git_state


def test_another_value_is_another_fingerprint():
    one, other = np.zeros((4, 2)), np.zeros((4, 2))
    other[3, 1] = 1e-9
    assert fingerprint(one) == fingerprint(one.copy())
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint((one, [1, 2]))[0]["shape"] == [4, 2]


def test_another_letter_is_another_fingerprint_and_so_is_another_border_between_words():
    def of(*words):
        return fingerprint(np.array(words, dtype=object))

    assert of("the soup", "fine") == of("the soup", "fine")
    assert len({of(*words)["sha256"] for words in (("ab", "c"), ("a", "bc"), ("ab", "d"), ("", "abc"))}) == 4
    assert of(b"ab", "\ud800")["shape"] == [2]
    assert fingerprint(np.array([None, "a"], dtype=object)) == {"shape": [2], "dtype": "object"}


def test_of_many_words_those_at_even_distances_are_hashed(monkeypatch):
    monkeypatch.setattr(fingerprints, "MOST", 1000)
    words = np.array(["a"] * 100, dtype=object)
    assert fingerprint(words)["rows"] == "every 7th"
    other = words.copy()
    other[7] = "b"
    assert fingerprint(words)["sha256"] != fingerprint(other)["sha256"]


def test_of_a_large_array_rows_at_even_distances_are_hashed(monkeypatch):
    monkeypatch.setattr(fingerprints, "MOST", 64)
    assert fingerprint(np.zeros((100, 2)))["rows"] == "every 25th"


def test_a_branch_stands_beside_the_other_and_both_are_joined():
    boxes = [Box("in", ""), Box("a", "", ("in",)), Box("b<", "", ("in",)), Box("sum", "", ("a", "b<"))]
    drawing = ET.fromstring(draw(boxes))
    space = "{http://www.w3.org/2000/svg}"
    assert len(drawing.findall(f"{space}line")) == 4
    rows = {g[1].text: int(g[0].attrib["y"]) for g in drawing.findall(f"{space}g")}
    assert rows["in"] < rows["a"] == rows["b<"] < rows["sum"]


def test_tables_and_json_are_what_any_language_reads():
    assert as_csv([{"step": 1, "a,b": 0.5}, {"step": 2, "loss": 2.0}]) == b'step,"a,b",loss\n1,0.5,\n2,,2.0\n'
    assert b'"loss": "NaN"' in as_json({"loss": math.nan})


@pytest.fixture
def repository(tmp_path):
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    (tmp_path / "model.py").write_text("1")
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "One"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    return tmp_path


def test_the_commit_of_the_file_and_whether_it_was_changed(repository):
    state = git_state(repository / "model.py")
    assert len(state["commit"]) == 40
    assert state["is_clean"]
    (repository / "model.py").write_text("2")
    assert not git_state(repository / "model.py")["is_clean"]
    (repository / "other.py").write_text("")
    assert git_state(repository / "other.py") is None


@pytest.mark.tensorflow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own, as it saves
def test_a_place_that_takes_no_more_is_named_with_the_mend(here, tmp_path):
    import keras
    from tuning_trial.keeping import Keeping

    keeping = Keeping(here.session(), str(tmp_path / "gone"), tmp_path / "model.py", {}, None)
    with pytest.raises(
        UserError, match=r"what was trained cannot be kept in '.*gone': .*; give it more room"
    ):
        keeping.keep(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))


SUBCLASS = """
import keras, numpy

class Net(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.hidden = keras.layers.Dense(units)
        self.out = keras.layers.Dense(2, activation="softmax")

    def call(self, x):
        return self.out(self.hidden(x))

def build_model(hp):
    model = Net(hp.Int("units", 2, 8))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

def load_data():
    x, y = numpy.ones((8, 4), "float32"), numpy.arange(8) % 2
    return (x, y), (x, y)
"""


@pytest.mark.tensorflow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Keras' own, as it saves
def test_of_a_model_that_keras_cannot_describe_the_weights_are_kept_and_the_trial_goes_through(
    here, tmp_path, capsys
):
    place = tmp_path / "kept"
    place.mkdir()
    ran = here.run(SUBCLASS, {"units": 3}, epochs=1, artifact_dir=str(place))
    assert ran.metrics["val_accuracy"] == 0.5
    kept = {path.name for path in place.iterdir()} - {"checkpoint.zip"}
    assert kept == {"model.weights.h5", "history.csv", "record.json", "model.svg"}
    assert "there is no model.keras, but model.weights.h5" in capsys.readouterr().err
