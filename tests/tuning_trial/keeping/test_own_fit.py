"""A HyperModel with a fit of its own that gets a SIGTERM: a real process, and the same trial again."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import numpy
import pytest

from tests.tuning_trial.in_process import Here
from tests.tuning_trial.keeping.test_again import MODEL
from tests.tuning_trial.trial_process import TrialProcess

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings(
        "ignore:__array__ implementation:DeprecationWarning"
    ),  # Keras saving a variable
]

OWN = (
    MODEL
    + """
import keras_tuner
plain = build_model
del build_model

class Own(keras_tuner.HyperModel):
    def build(self, hp):
        return plain(hp)

    def fit(self, hp, model, *data, callbacks, **options):
        callbacks = [Slow(), *callbacks]
        history = model.fit(*data, callbacks=callbacks, **options)
        for _ in range(AGAIN):
            model.fit(*data, epochs=hp.get('epochs'), callbacks=callbacks, **options)
        return {'epochs_seen': len(history.history['loss']), 'first_loss': history.history['loss'][0]}
"""
)
ONCE, TWICE = OWN.replace("AGAIN", "0"), OWN.replace("AGAIN", "1")
PARAMETERS = {"units": 4, "rate": 0.05, "epochs": 5, "batch_size": 8}


@pytest.mark.long
def test_its_fit_goes_on_and_its_history_has_every_epoch(here: Here, tmp_path: Path, capsys) -> None:
    artifacts = tmp_path / "a"
    trial = TrialProcess(tmp_path, PARAMETERS, TUNING_ARTIFACT_DIR=str(artifacts), TUNING_SEED="3")
    with trial.start(*trial.model(ONCE)) as process:
        while not process.stdout.readline().startswith("epoch 3/"):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        ended = trial.end(process)
    assert ended.code == 143, ended.stderr
    before = json.loads((artifacts / "record.json").read_text())["curves"]
    ran = here.run(ONCE, PARAMETERS, artifact_dir=str(artifacts), seed=3)
    first = int(capsys.readouterr().out.split("/")[0].removeprefix("epoch "))
    assert 2 <= first <= len(before) + 1 <= 5
    rows = json.loads((artifacts / "record.json").read_text())["curves"]
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[: first - 1] == before[: first - 1]
    assert (ran.metrics["epochs_seen"], ran.metrics["first_loss"]) == (5, before[0]["loss"])


def test_the_model_of_the_best_epoch_is_kept_where_others_are_trained_after_it(
    here: Here, tmp_path: Path
) -> None:
    import keras

    other = (
        "        other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])\n"
        "        other.compile(keras.optimizers.SGD(0.0), loss=model.loss, metrics=['accuracy'])\n"
        "        other.set_weights([numpy.array([[1, -1], [0, 0], [0, 0], [0, 0]]), numpy.zeros(2)])\n"
        "        other.fit(*data, callbacks=callbacks, **options)\n        return {"
    )
    here.run(ONCE.replace("        return {", other), PARAMETERS, artifact_dir=str(tmp_path), seed=3)
    kept = keras.models.load_model(tmp_path / "model.keras")
    assert [layer.units for layer in kept.layers if isinstance(layer, keras.layers.Dense)] == [4, 2]
    assert (tmp_path / "record.json").exists()


def test_of_a_second_fit_there_is_no_checkpoint(here: Here, tmp_path: Path, capsys) -> None:
    """The file's code stands behind the first one then, and would begin with the first one again."""
    (tmp_path / "a").mkdir()
    told = f"print(pathlib.Path({str(tmp_path / 'a' / 'checkpoint.zip')!r}).exists())"
    source = TWICE + f"\nimport pathlib\nSlow.on_epoch_begin = lambda self, epoch, logs=None: {told}\n"
    ran = here.run(source, PARAMETERS | {"epochs": 2}, artifact_dir=str(tmp_path / "a"), seed=3)
    printed = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("epoch")]
    assert printed == ["False", "True", "False", "False"]
    assert ran.steps == 4


def test_where_the_file_saves_by_the_sdk_nothing_is_written_over_its_checkpoint(
    here: Here, tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    source = (
        f"PLACE = {str(tmp_path / 'a' / 'bytes')!r}\n"
        + ONCE
        + (
            "\nfrom tuning_trial import load_checkpoint, save_checkpoint\n"
            "def end(self, epoch, logs=None):\n    save_checkpoint(b'epoch %d' % epoch)\n"
            "Slow.on_epoch_begin, Slow.on_epoch_end = (lambda *_, **__: None), end\n"
            "Slow.on_train_end = lambda self, logs=None: numpy.save(PLACE, [load_checkpoint().data])\n"
        )
    )
    here.run(source, PARAMETERS | {"epochs": 2}, artifact_dir=str(tmp_path / "a"), seed=3)
    assert numpy.load(tmp_path / "a" / "bytes.npy").tolist() == [b"epoch 1"]
