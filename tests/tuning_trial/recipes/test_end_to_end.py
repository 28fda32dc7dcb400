"""What is kept of a recipe's trial takes raw texts and rows, in a process that knows nothing of the trial."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tuning_trial import artifact
from tuning_trial.datasets.examples import Examples
from tuning_trial.datasets.loading import Data
from tuning_trial.datasets.splits import Split
from tuning_trial.keeping.fingerprint import fingerprint
from tuning_trial.recipes.catalogue import RECIPES, read

from tests.tuning_trial.in_process import Here, Ran
from tests.tuning_trial.recipes.test_recipes import COLOURS, IMAGES, SIZES, SMALL_ENCODER, TEXTS, Y
from tests.tuning_trial.recipes.training import make, train

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings(
        "ignore:__array__ implementation:DeprecationWarning"
    ),  # Keras saving a variable
]

NAMES = ("odd", "good", "bad")
VALIDATION = slice(None, None, 2)
PREDICT = """
import json, sys
import keras, numpy

def words(values):
    return numpy.array(values, dtype=object)

told = json.load(sys.stdin)
texts = keras.models.load_model(told['text'] + '/end_to_end.keras')
rows = keras.models.load_model(told['table'] + '/end_to_end.keras')
columns = {'size_mm': numpy.array(told['size']), 'colour': words(told['colour'])}
answers = [texts.predict(words(told['texts']), verbose=0), rows.predict(columns, verbose=0)]
assert not [name for name in sys.modules if name.startswith("tuning_trial")]
print(json.dumps([{name: column.astype(str).tolist() for name, column in a.items()} for a in answers]))
"""


def named(inputs: Any) -> Data:
    """Every second example validates, so that all classes are among them."""
    examples = Examples("generated", inputs, Y)
    return Data((Split(examples, examples.take(VALIDATION)),), NAMES, None)


def trained(here: Here, recipe: str, inputs: Any, directory: Path, **given: Any) -> Ran:
    import keras

    keras.utils.set_random_seed(0)
    directory.mkdir()
    options = {"epochs": 4, "batch_size": 8, "learning_rate": 0.02}
    return train(here, recipe, named(inputs), options | given, artifact_dir=str(directory))


def test_a_fresh_process_tells_of_raw_texts_and_rows_what_the_trial_told(here: Here, tmp_path: Path) -> None:
    from tuning_trial.recipes.task import source_of

    places = {"text": tmp_path / "text", "table": tmp_path / "table"}
    encoder = SMALL_ENCODER | {"sequence_length": 4, "vocabulary": 9}
    table = {"size/mm": SIZES, "colour": COLOURS}
    ran = [
        trained(here, "text-transformer", {"text": TEXTS}, places["text"], **encoder),
        trained(here, "tabular-classification", table, places["table"], width=8),
    ]
    told = {name: str(place) for name, place in places.items()} | {
        "texts": TEXTS[VALIDATION].tolist(),
        "size": SIZES[VALIDATION].tolist(),
        "colour": COLOURS[VALIDATION].tolist(),
    }
    done = subprocess.run(
        [sys.executable, "-c", PREDICT], input=json.dumps(told), capture_output=True, text=True, check=True
    )
    for answer, one in zip(json.loads(done.stdout), ran, strict=True):
        right = np.array(answer["class"]) == np.array(NAMES)[Y[VALIDATION]]
        assert right.mean() == pytest.approx(one.metrics["val_accuracy"])
        expected = softmax(one.model.predict(one.task.hypermodel.prepared().validation[0], verbose=0))
        assert np.array(answer["probabilities"], dtype=float) == pytest.approx(expected, abs=1e-5)
        assert expected.std(axis=0).max() > 0.01  # the answers differ from row to row

    record = json.loads((places["table"] / "record.json").read_text())
    assert record["data"] == fingerprint(source_of(named(table)))
    assert len(record["health"]["groups"]) == len(record["health"]["dead"]) + 1 == 3


def softmax(logits: Any) -> Any:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def untrained(name: str, data: Data, **given: Any) -> tuple[Any, Any]:
    """A recipe's model as it is built, and with its preparation."""
    from tuning_trial.hyperparameters import TrialHyperParameters
    from tuning_trial.recipes.model import RecipeModel

    recipe = RecipeModel(RECIPES[name], *read(RECIPES[name], given), data)
    model = recipe.build(TrialHyperParameters(given))
    return model, recipe.end_to_end(model)


def column(*values: Any) -> Any:
    """A column as a model that is called takes it; `predict` takes arrays too."""
    import tensorflow

    return tensorflow.constant(np.array(values).reshape(-1, 1))


def test_a_category_that_the_training_lacks_is_taken_as_it_was_there() -> None:
    model, whole = untrained("tabular-classification", named({"size": SIZES, "colour": COLOURS}), width=4)
    told = whole({"size": column(5.0), "colour": column("mauve")})
    expected = softmax(model(np.array([[5.0, 0.0]], "float32")).numpy())
    assert told["probabilities"].numpy() == pytest.approx(expected, abs=1e-6)


def test_of_two_classes_both_probabilities_are_told() -> None:
    model, whole = untrained("tabular-classification", make({"size": SIZES}, Y % 2, 2), width=4)
    told = whole({"size": column(*SIZES)})
    second = 1 / (1 + np.exp(-model(SIZES[:, None]).numpy()[:, 0]))
    assert told["probabilities"].numpy()[:, 1] == pytest.approx(second, abs=1e-6)
    assert told["class"].numpy().tolist() == [b"1" if one > 0.5 else b"0" for one in second]


def test_a_number_comes_as_it_is_and_an_image_goes_in_as_it_is() -> None:
    model, whole = untrained("tabular-regression", make({"size": SIZES}, SIZES, 0), width=4)
    assert whole({"size": column(*SIZES)}).numpy() == pytest.approx(model(SIZES[:, None]).numpy())
    model, whole = untrained("image-cnn", named({"image": IMAGES}), width=4, depth=1)
    told = whole(IMAGES)
    assert told["probabilities"].numpy() == pytest.approx(softmax(model(IMAGES).numpy()), abs=1e-6)
    assert set(told["class"].numpy().tolist()) <= {name.encode() for name in NAMES}


def test_columns_that_keras_cannot_name_cost_the_file_and_not_the_trial(
    here: Here, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tuning_trial.keeping import Keeping

    model, _ = untrained("tabular-classification", named({"size": SIZES}), width=2)

    def end_to_end(_: Any) -> Any:
        return untrained("tabular-classification", named({"a/b": SIZES, "a_b": SIZES}), width=2)[1]

    Keeping(here.session(), str(tmp_path), Path("a"), {}, None, end_to_end).keep(model)
    assert "there is no end_to_end.keras" in capsys.readouterr().err
    assert (tmp_path / artifact.MODEL_FILE).exists()
