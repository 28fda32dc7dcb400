import pytest
from tuning_trial import artifact
from tuning_trial.errors import UserError


def test_the_directory_is_made_before_the_training(tmp_path):
    artifact.prepare(str(tmp_path / "a" / "b"))
    assert (tmp_path / "a" / "b").is_dir()


def test_a_place_that_cannot_be_made_is_refused_at_once(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot be written to.*; mount a volume"):
        artifact.prepare(str(tmp_path / "file" / "below"))


def test_an_unknown_kind_of_url_is_refused_at_once():
    with pytest.raises(UserError, match="'nosuch://models' cannot be used"):
        artifact.prepare("nosuch://models")
