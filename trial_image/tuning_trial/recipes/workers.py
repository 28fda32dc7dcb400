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
import signal
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import keras
import numpy
import tensorflow

from tuning_trial import artifact, sdk
from tuning_trial.checkpoint import CHECKPOINT_FILE
from tuning_trial.errors import Interrupted, UserError
from tuning_trial.keeping.checkpointing import begin
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
    "pretrained",
    "teacher",
    "sparsity",
    "removed",
    "tflite",
)  # what `model.fit` does, or another strategy


def join(session: Session) -> Any:
    """Wait for all workers, before TensorFlow computes anything, and return their strategy."""
    strategy = tensorflow.distribute.MultiWorkerMirroredStrategy()
    is_first = json.loads(os.environ["TF_CONFIG"])["task"]["index"] == 0
    place = session.contract.artifact_dir
    if place and not is_first:
        place = tempfile.mkdtemp(prefix="worker-")
        atexit.register(shutil.rmtree, place, ignore_errors=True)
        session.contract = replace(session.contract, artifact_dir=place)
    # TensorFlow's service for several machines takes the signal for itself, and does nothing with it
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGTERM))
    if place:
        _share_checkpoint(strategy, place, is_first)
    return strategy


def of_first(strategy: Any) -> Callable[[Any], Any]:
    """Return what gives the first worker's whole numbers to all, each of which hands in an array alike."""

    def told(numbers: Any) -> Any:
        is_first = tensorflow.distribute.get_replica_context().replica_id_in_sync_group == 0
        return tensorflow.where(is_first, numbers, tensorflow.zeros_like(numbers))

    @tensorflow.function  # type: ignore[untyped-decorator]
    def total(numbers: Any) -> Any:
        return strategy.reduce("SUM", strategy.run(told, args=(numbers,)), axis=None)

    return lambda numbers: total(tensorflow.constant(numbers)).numpy()


def _share_checkpoint(strategy: Any, place: str, is_first: bool) -> None:
    """Give each worker the first one's checkpoint, which lies where the others need not see it."""
    content = (artifact.read(place, CHECKPOINT_FILE) if is_first else None) or b""
    ask = of_first(strategy)
    size = int(ask(numpy.array([len(content)], "int64"))[0])
    if size:
        numbers = numpy.frombuffer(content.ljust(size, b"\0")[:size], "uint8").astype("int32")
        artifact.write(place, CHECKPOINT_FILE, ask(numbers).astype("uint8").tobytes())


def refuse(recipe: Recipe, chosen: Tactics, folds: int, export: tuple[str, ...] = ()) -> None:
    """See that nothing is asked for that the loop does not do.

    Raises:
        UserError: something is.
    """
    names = [f"{name}={getattr(chosen, name)!r}" for name in WITHOUT if is_on(chosen, name)]
    names += [f"--folds {folds}"] if folds else []
    names += [f"--export {','.join(export)}"] if export else []
    names += [f"the recipe {recipe.name}"] if recipe.kind == "unlabelled images" else []
    if names:
        raise UserError(f"{names[0]} and TF_CONFIG exclude each other", "leave one of them out")


class SharedModel(RecipeModel):
    """Trains one model on all workers."""

    @cached_property
    def _ask(self) -> Callable[[Any], Any]:
        return of_first(self.strategy)

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
            first = begin(callbacks, [model], self._agreed)
            trial.on_train_begin()
            for epoch in range(first, epochs):
                trial.on_epoch_begin(epoch)
                logs = train(trial)
                trial.on_test_begin()
                logs |= {f"val_{name}": value for name, value in validate().items()}
                trial.on_test_end()
                trial.on_epoch_end(epoch, logs)
                if model.stop_training or not math.isfinite(logs["loss"]):
                    break
            trial.on_train_end()

    def _agreed(self, due: bool) -> bool:
        """Have the first worker's answer: parts of a model's state are read by all workers together."""
        return bool(self._ask(numpy.array([due], "int32"))[0])

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
