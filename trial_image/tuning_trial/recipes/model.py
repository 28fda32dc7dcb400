"""A recipe's model and the input pipelines of its data."""

from importlib import import_module
from typing import Any

import keras
import keras_tuner
import tensorflow

from tuning_trial import tactics
from tuning_trial.datasets.loading import Data
from tuning_trial.datasets.request import Kind
from tuning_trial.fitting import DEFAULT_EPOCHS
from tuning_trial.recipes.catalogue import Recipe
from tuning_trial.recipes.end_to_end import end_to_end
from tuning_trial.recipes.preparing import Prepared, prepare
from tuning_trial.recipes.structure import Structure
from tuning_trial.recipes.tables import ScaledSquaredError
from tuning_trial.tactics import Tactics, Updates


class RecipeModel(keras_tuner.HyperModel):  # type: ignore[misc]  # keras-tuner ships no types
    """Builds and compiles a recipe's model on a split of the data.

    Args:
        recipe, structure, chosen: what is built, and how it is trained.
        data: all that there is; the model is built for the first split.
        seed: of shuffling and augmentation.
        epochs: of the command line.
        strategy: of all workers, where there are several.
    """

    def __init__(
        self,
        recipe: Recipe,
        structure: Structure,
        chosen: Tactics,
        data: Data,
        seed: int = 0,
        epochs: int | None = None,
        strategy: Any = None,
    ) -> None:
        super().__init__(name=recipe.name)
        self.recipe = recipe
        self.structure = structure
        self.chosen = chosen
        self.data = data
        alone = tactics.prepare(chosen, seed)
        self.strategy = strategy or alone
        self._seed = seed
        self._epochs = epochs
        self._prepared: dict[int, Prepared] = {}

    def prepared(self, number: int = 0) -> Prepared:
        """Return the arrays of a split, from 0."""
        if number not in self._prepared:
            split, test = self.data.splits[number], self.data.test if number == 0 else None
            self._prepared[number] = prepare(
                split, test, len(self.data.classes), self.recipe.kind, self.structure
            )
        return self._prepared[number]

    def build(self, hp: Any, number: int = 0) -> Any:
        """Return the compiled model of a split."""
        data, batch_size = self.prepared(number), self.batch_size(hp)
        module, _, name = self.recipe.build.partition(":")
        function = getattr(import_module(f"tuning_trial.recipes.{module}"), name)
        examples = len(data.train[0])
        updates = Updates.of(examples, batch_size, self.epochs(hp), self.chosen.accumulate)
        with self.strategy.scope():
            model = function(self.structure, data)
            model.compile(
                optimizer=tactics.make_optimizer(self.chosen, updates),
                loss=self._loss(data),
                metrics=_metrics(self.recipe.kind, data.outputs),
                **tactics.compile_options(self.chosen),
            )
        return model

    @property
    def sample(self) -> Any | None:
        """The training inputs as the model takes them, by which dead units are found."""
        return self.prepared().train[0]

    def end_to_end(self, model: Any) -> Any:
        """Return a trained model of the first split with its preparation and the classes' names."""
        return end_to_end(model, self.prepared(), self.data.classes)

    def batch_size(self, hp: Any) -> int:
        """Return the manifest's, else Keras' own."""
        return int(hp.setting("batch_size", 32))

    def epochs(self, hp: Any) -> int:
        """Return the manifest's, else the command line's, else those of a user's file."""
        return int(hp.setting("epochs", self._epochs or DEFAULT_EPOCHS))

    def training_data(self, hp: Any, number: int = 0) -> Any:
        """Return a split's training part: batches, augmented as the tactics have it."""
        data = self.prepared(number)
        x, y = data.train
        batches = tactics.training_data(
            x, y, self.chosen, batch_size=self.batch_size(hp), classes=data.classes, seed=self._seed
        )
        return self._typed(batches)

    def validation_data(self, hp: Any, number: int = 0) -> Any:
        """Return a split's validation part in batches."""
        return self._batches(hp, self.prepared(number).validation)

    def test_data(self, hp: Any) -> Any:
        """Return the test set in batches, None before the final evaluation."""
        test = self.prepared().test
        return None if test is None else self._batches(hp, test)

    def _batches(self, hp: Any, part: tuple[Any, Any]) -> Any:
        classes = self.prepared().classes
        return self._typed(tactics.validation_data(*part, batch_size=self.batch_size(hp), classes=classes))

    def _typed(self, batches: Any) -> Any:
        """Word numbers are whole ones again: half precision would round them."""
        if self.recipe.kind != "texts":
            return batches
        return batches.map(lambda x, y: (tensorflow.cast(x, "int32"), y), tensorflow.data.AUTOTUNE)

    def _loss(self, data: Prepared) -> Any:
        if self.recipe.kind == "unlabelled images":
            return None
        if self.recipe.kind == "numbers of features":
            return ScaledSquaredError(data.scale)
        return tactics.classification_loss(self.chosen, data.classes)


def _metrics(kind: Kind, outputs: int) -> list[Any]:
    if kind == "unlabelled images":
        return []
    if kind == "numbers of features":
        return [keras.metrics.MeanAbsoluteError("mae"), keras.metrics.RootMeanSquaredError("rmse")]
    if outputs == 1:  # the model gives logits: half of the probability is 0
        return [keras.metrics.BinaryAccuracy("accuracy", threshold=0.0)]
    return [keras.metrics.CategoricalAccuracy("accuracy")]
