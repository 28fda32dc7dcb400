"""Files that tactics name, looked at before TensorFlow is imported."""

import zipfile

import pytest
from tuning_trial.errors import UserError
from tuning_trial.transfer.files import HDF5, find, refuse_unusable

from tests.tuning_trial.trial_process import CountingTrial

PROGRAM = "def build_model(hp): ..."


def written(directory, name, content=b""):
    path = directory / name
    if name.endswith(".zip.keras"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json" if content else "notes.txt", content)
    else:
        path.write_bytes(content)
    return name


def test_a_path_is_relative_to_the_program_or_absolute(tmp_path):
    name = written(tmp_path, "a.h5", HDF5 + b"rest")
    assert find("teacher", name, tmp_path) == find("teacher", str(tmp_path / name), tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.h5", b"GIF89a", "is no Keras file: found a file of 6 bytes"),
        ("a.keras", b"PK", "found a file of 2 bytes"),
        ("a.zip.keras", b"", "found a zip file of notes.txt"),
        ("a.pt", b"PK", "found the ending '.pt'"),
    ],
)
def test_what_keras_has_not_written_is_refused_by_what_it_is(tmp_path, name, content, words):
    with pytest.raises(UserError, match=words):
        find("pretrained", written(tmp_path, name, content), tmp_path)


def test_a_manifest_s_missing_file_is_refused_unless_the_program_may_ask_for_it_itself(tmp_path):
    program = tmp_path / "model.py"
    program.write_text(PROGRAM)
    with pytest.raises(UserError, match=r"pretrained='b\.keras': there is no file '.*b\.keras'"):
        refuse_unusable({"pretrained": "b.keras"}, program)
    refuse_unusable({"pretrained": "none", "units": 3}, program)
    program.write_text(PROGRAM + "  # hp.Choice('pretrained', …)")
    refuse_unusable({"pretrained": "b.keras"}, program)


def test_a_trial_ends_with_exit_2_by_the_file_s_name_before_tensorflow(tmp_path):
    trial = CountingTrial(tmp_path, {"teacher": "big.keras"})
    ended = trial.run_model("import tensorflow\n" + PROGRAM)
    assert (ended.code, trial.imports) == (2, 0)
    assert ended.message["error"].startswith("teacher='big.keras': there is no file")
