"""The case study's program, each of whose variants trains; on digits, and on a file of images."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tuning_trial.in_process import Here, Ran

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed:UserWarning"),  # Keras' own default
]

PROGRAM = Path(__file__).parents[2] / "manifests" / "examples" / "case_study.py"
TACTICS = [
    ("baseline", "Adam", False, False),
    ("cut_mix", "Adam", False, False),
    ("adamw", "AdamW", False, False),
    ("cosine", "AdamW", True, False),
    ("squeeze_excite", "AdamW", True, True),
    ("cosine_alone", "Adam", True, False),
    ("step_alone", "Adam", True, False),
]


@pytest.fixture
def trained(here: Here, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Ran]:
    """Trains a variant for one epoch, on the file's own data."""

    def train(variant: str) -> Ran:
        given = {"variant": variant, "repetition": 1}
        monkeypatch.setattr("tuning_trial.parameters", lambda: given)  # no trial's environment here
        source = PROGRAM.read_text().replace("EPOCHS = 12", "EPOCHS = 1")
        return here.run(source, given)

    return train


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty colour images, as CIFAR-10's file has them: bytes, and labels in a column."""
    import numpy as np

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (50, 32, 32, 3), "uint8")
    np.savez(tmp_path / "few.npz", x_train=images, y_train=np.arange(50, dtype="uint8")[:, None] % 10)
    monkeypatch.setenv("CASE_STUDY_DATA", str(tmp_path / "few.npz"))


@pytest.mark.parametrize(("variant", "optimizer", "scheduled", "squeezes"), TACTICS)
@pytest.mark.usefixtures("few")
def test_a_variant_has_its_tactics(
    variant: str, optimizer: str, scheduled: bool, squeezes: bool, trained: Callable[[str], Ran]
) -> None:
    ran = trained(variant)
    assert type(ran.model.optimizer).__name__ == optimizer
    assert isinstance(ran.model.optimizer.get_config()["learning_rate"], dict) == scheduled
    assert any(type(layer).__name__ == "SqueezeExcite" for layer in ran.model.layers) == squeezes


def test_no_variant_is_left_out() -> None:
    assert [variant for variant, *_ in TACTICS] == [*runpy.run_path(str(PROGRAM))["VARIANTS"]]


def test_on_digits_the_baseline_learns_and_cut_mix_makes_it_harder(trained: Callable[[str], Ran]) -> None:
    plain, mixed = trained("baseline").metrics["accuracy"], trained("cut_mix").metrics["accuracy"]
    assert 0.2 < mixed < plain
