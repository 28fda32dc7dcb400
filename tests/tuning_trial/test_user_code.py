import sys
from pathlib import Path

import numpy as np
import pytest
from tuning_trial.data import is_dataset, load
from tuning_trial.errors import INTERRUPTED, UserError
from tuning_trial.user_code import UserFile, is_script, locate

BOTH = "def build_model(hp):\n    return hp['units']\ndef load_data():\n    {}\n"


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.path", [*sys.path])

    def write_file(source):
        (tmp_path / "user_model.py").write_text(source)
        return tmp_path / "user_model.py"

    return write_file


def test_a_file_that_is_not_there_is_named_with_the_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=f"there is no file 'model.py' in {tmp_path}"):
        locate(Path("model.py"))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 1\ndef build_model(hp) return 1", "user_model.py:2: the file cannot be imported: SyntaxError"),
        ("\nimport no_such_module", "user_model.py:2: .* ModuleNotFoundError.*; put no_such_module beside"),
        ("def load_data(): pass", r"there is no function build_model; add `def build_model\(hp\)"),
        ("def load_data(): pass", r"add `def build_model\(hp\):`, and have it return a compiled"),
        ("def build_model(hp): pass", r"there is no function load_data; add `def load_data\(\):`"),
        ("build_model = 3", "there is no function build_model"),
    ],
)
def test_a_file_that_cannot_be_used_is_explained(write, source, words):
    def both():
        file = UserFile(write(source))
        return file.build_model, file.load_data

    with pytest.raises(UserError, match=words):
        both()


@pytest.mark.parametrize(
    "source",
    [
        "def build_model(hp) return 1",
        "import no_such_module",
        "def build_model(hp): raise ValueError('mine')",
        "def build_model(): pass",
    ],
)
def test_the_traceback_of_a_mistake_has_no_line_of_ours(write, capfd, source):
    path = write(source)
    with pytest.raises(UserError):
        UserFile(path).call(UserFile(path).build_model, {})
    shown = capfd.readouterr().err
    assert "Error: " in shown
    assert "tuning_trial" not in shown
    assert "importlib" not in shown


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x = 1\ny = 'gr\xfc\xdfe'\n", r"user_model\.py:2: .*; save it as UTF-8, or name its encoding"),
        ("x = 1\n".encode("utf-16"), r"user_model\.py:1: .*; save it as UTF-8, or name its encoding"),
        (b"# coding: klingon\nx = 1\n", r"user_model\.py:1: .*klingon.*; save it as UTF-8"),
    ],
)
def test_a_file_of_another_encoding_is_explained(write, content, words):
    path = write("")
    path.write_bytes(content)
    with pytest.raises(UserError, match=words):
        UserFile(path)


def test_a_notebook_is_told_how_it_becomes_a_program(write, tmp_path):
    notebook = tmp_path / "book.ipynb"
    notebook.write_text('{"cells": []}')
    with pytest.raises(UserError, match=r"book\.ipynb is no .* --to script` .*call tune\(\) in it"):
        UserFile(notebook)


def test_its_neighbours_can_be_imported(write, tmp_path):
    (tmp_path / "user_neighbour.py").write_text("value = 5")
    file = UserFile(write("from user_neighbour import value\n" + BOTH.format("return value")))
    assert file.call(file.load_data) == 5


def test_a_mistake_in_a_function_names_its_innermost_line_in_the_file(write):
    file = UserFile(write(BOTH.format("return helper()") + "def helper():\n    return [][1]"))
    with pytest.raises(UserError, match=r"user_model\.py:6: load_data failed: IndexError"):
        file.call(file.load_data)


def test_a_function_of_another_file_has_no_line_in_this_one(write, tmp_path):
    (tmp_path / "user_library.py").write_text("\n" * 40 + BOTH.format("pass"))
    file = UserFile(write("from user_library import build_model, load_data"))
    assert file.at(file.build_model, "what", "mend").what == "user_model.py:1: what"


@pytest.mark.parametrize("error", [MemoryError, RuntimeError, ConnectionError])
def test_what_is_not_the_users_to_mend_passes_by(write, error):
    file = UserFile(write(BOTH.format(f"raise {error.__name__}")))
    with pytest.raises(error):
        file.call(file.load_data)


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ("1", "load_data returns something of type int"),
        ("((1, 2),)", "load_data returns something of type tuple of 1"),
        ("(1, 2), (1, 2, 3)", "the validation part of load_data is something of type tuple of 3"),
        ("(None, None), (1, 2)", "the train part of load_data has None as its inputs"),
        ("(np.zeros((4, 2)), np.zeros(3)), (1, 2)", r"inputs \(4, 2\) and targets \(3,\)"),
    ],
)
def test_data_of_another_form_is_explained(write, returned, words):
    with pytest.raises(UserError, match=f"user_model.py:[34]: .*{words}.*; return "):
        load(UserFile(write("import numpy as np\n" + BOTH.format(f"return {returned}"))))


@pytest.mark.parametrize("part", ["(np.zeros((0, 2)), np.zeros(0))", "([], [])", "EmptyDataset()"])
def test_a_part_without_one_example_is_named(write, part):
    source = """import numpy as np
class EmptyDataset:  # as tf.data's own says it
    element_spec = ()
    def cardinality(self): return 0
"""
    made = write(source + BOTH.format(f"return (np.ones(3), np.ones(3)), {part}"))
    with pytest.raises(UserError, match="the validation part of load_data has no example; look at what"):
        load(UserFile(made))


def test_a_sparse_matrix_has_as_many_examples_as_rows(write):
    sparse = pytest.importorskip("scipy.sparse")
    file = write(
        "from scipy.sparse import csr_matrix\nimport numpy\n"
        "def load_data():\n    part = (csr_matrix(numpy.eye(3)), numpy.arange(3))\n    return part, part"
    )
    assert sparse.issparse(load(UserFile(file)).train[0])
    empty = write(
        "from scipy.sparse import csr_matrix\nimport numpy\n"
        "def load_data():\n    part = (csr_matrix((0, 3)), numpy.arange(0))\n    return part, part"
    )
    with pytest.raises(UserError, match="the train part of load_data has no example"):
        load(UserFile(empty))


def test_a_function_that_ends_the_program_is_named_with_its_exit_code(write):
    file = UserFile(write("import sys\n" + BOTH.format("sys.exit()")))
    with pytest.raises(UserError, match=r"user_model.py:4: load_data ends the program \(sys.exit\(0\)\)"):
        file.call(file.load_data)


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("sys.exit()", "0"),
        ("sys.exit('no data')", "'no data'"),
        ("argparse.ArgumentParser().parse_args(['--x'])", "2"),
    ],
)
def test_a_file_that_ends_the_program_is_named_with_its_exit_code(write, ending, code):
    words = rf"user_model\.py:2: the file ends the program \(sys\.exit\({code}\)\) .*; have it run to its end"
    with pytest.raises(UserError, match=words):
        UserFile(write(f"import argparse, sys\n{ending}\n" + BOTH.format("pass")))


def test_a_sigterm_while_the_file_is_imported_is_no_mistake_of_it(write):
    with pytest.raises(SystemExit):
        UserFile(write(f"raise SystemExit({INTERRUPTED})"))


def test_a_sigterm_within_a_function_is_no_mistake_of_it(write):
    file = UserFile(write(BOTH.format(f"raise SystemExit({INTERRUPTED})")))
    with pytest.raises(SystemExit):
        file.call(file.load_data)


@pytest.mark.tensorflow
def test_batches_of_a_pydataset_are_data_unless_there_are_none(write):
    pytest.importorskip("keras")
    source = (
        "import keras\nclass Batches(keras.utils.PyDataset):\n"
        "    def __len__(self):\n        return self.n\n    def __getitem__(self, i): pass\n"
        "    def __init__(self, n):\n        super().__init__()\n        self.n = n\n"
    )
    data = load(UserFile(write(source + "def load_data():\n    return Batches(2), Batches(1)\n")))
    assert (data.train.n, data.validation.n) == (2, 1)
    with pytest.raises(UserError, match="the validation part of load_data has no example"):
        load(UserFile(write(source + "def load_data():\n    return Batches(2), Batches(0)\n")))


def test_two_or_three_pairs_are_data(write):
    file = UserFile(write("import numpy as np\n" + BOTH.format("return [(np.ones(3), np.ones(3))] * 3")))
    data = load(file)
    assert data.test is not None
    assert not is_dataset(data.train)
    np.testing.assert_array_equal(data.train[0], np.ones(3))


@pytest.mark.parametrize(
    ("source", "script"),
    [
        ("import keras_tuner as kt\nkt.RandomSearch(f).search(x, y)", True),
        ("from kerastuner.tuners import Hyperband\nif __name__ == '__main__':\n    tuner.search(x)", True),
        ("import keras_tuner\ndef build_model(hp): pass", False),
        ("import re\nre.search('a', 'b')", False),
        ("import keras_tuner\ndef", False),
    ],
)
def test_a_file_that_searches_with_keras_tuner_is_a_script(source, script):
    assert is_script(source.encode()) == script


@pytest.mark.parametrize(
    "encoded",
    [
        lambda source: source.encode("utf-8-sig"),  # as Windows' Notepad saves
        lambda source: b"# -*- coding: latin-1 -*-\n" + source.encode("latin-1"),
        lambda source: source.replace("\n", "\r\n").encode(),
        lambda source: source.replace("\n", "\r").encode(),
    ],
)
def test_a_search_is_found_however_the_file_was_saved(encoded):
    source = "import keras_tuner\n# größer\nkeras_tuner.RandomSearch(build).search()\n"
    assert is_script(encoded(source))


def test_a_script_s_main_is_run(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    source = "import keras_tuner\nvalue = 1\nif __name__ == '__main__':\n    value = 2\n    print.__self__\n"
    file = UserFile(write(source + "def main(tuner):\n    tuner.search()\n"))
    assert 2 in file.values()


def test_an_error_is_put_where_it_passed_through_the_file(write):
    file = UserFile(write("def build_model(hp):\n    hp()\ndef load_data(): pass\n"))

    def refuse():
        raise UserError("no", "mend")

    with pytest.raises(UserError, match=r"user_model\.py:2: no; mend"):
        file.call(file.build_model, refuse)
    assert file.placed(UserError("no", "mend")).what == "no"
