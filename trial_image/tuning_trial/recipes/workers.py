"""Training on several machines: with TF_CONFIG set, a loop of our own under MultiWorkerMirroredStrategy.

`model.fit` fails there (TensorFlow 2.21, Keras 3.15). Each worker takes its share of every batch, one update
sums the gradients of all, and metrics are those of all: so all workers report the same and stop alike. What a
worker but the first saves goes to a temporary directory, since saving is something that they do together.
"""

import atexit
import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import keras
import tensorflow

from tuning_trial import sdk
from tuning_trial.errors import Interrupted, UserError
from tuning_trial.recipes.catalogue import Recipe
from tuning_trial.recipes.model import RecipeModel
from tuning_trial.session import Session
from tuning_trial.tactics import Tactics
from tuning_trial.tactics.combinations import is_on

WITHOUT = (
    "mirrored",
    "accumulate",
    "xla",
    "steps_per_execution",
)  # what `model.fit` does, or another strategy


def join(session: Session) -> Any:
    """Wait for all workers, before TensorFlow computes anything, and return their strategy."""
    strategy = tensorflow.distribute.MultiWorkerMirroredStrategy()
    is_first = json.loads(os.environ["TF_CONFIG"])["task"]["index"] == 0
    if session.contract.artifact_dir and not is_first:
        place = tempfile.mkdtemp(prefix="worker-")
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        session.contract = replace(session.contract, artifact_dir=place)
    return strategy


def refuse(recipe: Recipe, chosen: Tactics, folds: int) -> None:
    """See that nothing is asked for that the loop does not do.

    Raises:
        UserError: something is.
    """
    names = [f"{name}={getattr(chosen, name)!r}" for name in WITHOUT if is_on(chosen, name)]
    names += [f"--folds {folds}"] if folds else []
    names += [f"the recipe {recipe.name}"] if recipe.kind == "unlabelled images" else []
    if names:
        raise UserError(f"{names[0]} and TF_CONFIG exclude each other", "leave one of them out")


class SharedModel(RecipeModel):
    """Trains one model on all workers."""

    @property
    def sample(self) -> None:
        """None: each worker would look by a clock of its own, and the model is computed by all together."""

    def fit(self, hp: Any, model: Any, *_: Any, callbacks: Sequence[Any] = (), **__: Any) -> None:
        """Train; the trial's callbacks see each epoch as they would in `model.fit`.

        Raises:
            Interrupted: a SIGTERM came to this worker; the others cannot go on without it.
        """
        epochs = self.epochs(hp)
        model.stop_training = False
        model.evaluate = lambda x, **_: self._pass(model, model.test_step, self._shared(x))()
        with self.strategy.scope():
            model.optimizer.build(model.trainable_variables)
            train = self._pass(model, model.train_step, self._shared(self.training_data(hp)))
            validate = self._pass(model, model.test_step, self._shared(self.validation_data(hp)))
            trial = keras.callbacks.CallbackList([*callbacks], model=model, epochs=epochs)
            trial.on_train_begin()
            for epoch in range(epochs):
                trial.on_epoch_begin(epoch)
                logs = train(trial)
                trial.on_test_begin()
                logs |= {f"val_{name}": value for name, value in validate().items()}
                trial.on_test_end()
                trial.on_epoch_end(epoch, logs)
                if model.stop_training or not math.isfinite(logs["loss"]):
                    break
            trial.on_train_end()

    def _shared(self, batches: Any) -> Any:
        options = tensorflow.data.Options()
        options.experimental_distribute.auto_shard_policy = tensorflow.data.experimental.AutoShardPolicy.DATA
        return self.strategy.experimental_distribute_dataset(batches.with_options(options))

    def _pass(self, model: Any, step: Callable[[Any], Any], batches: Any) -> Callable[..., dict[str, float]]:
        """Return what goes through the batches once and gives the metrics over all workers."""

        @tensorflow.function  # type: ignore[untyped-decorator]
        def on_all_workers(batch: Any) -> None:
            self.strategy.run(lambda one: (step(one), None)[1], args=(batch,))

        def run(trial: Any = None) -> dict[str, float]:
            with self.strategy.scope():
                model.reset_metrics()
                for number, batch in enumerate(batches):
                    on_all_workers(batch)
                    if trial is not None:
                        trial.on_train_batch_end(number)
                    if sdk.should_stop():
                        raise Interrupted("SIGTERM")
                return {name: float(value) for name, value in model.get_metrics_result().items()}

        return run
