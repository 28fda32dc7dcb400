"""`model.fit` of a trial: whoever calls it, it trains the trial's epochs and tells the trial's callbacks."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras

from tuning_trial import sdk
from tuning_trial.class_labels import refuse_impossible
from tuning_trial.data import is_dataset, refuse_lists
from tuning_trial.errors import UserError
from tuning_trial.keeping.checkpointing import begin
from tuning_trial.measures import NAMES as MEASURED

DEFAULT_EPOCHS = 10


class Fitting:
    """Stands in for a model's `fit`.

    What the manifest gives as `epochs` and `batch_size` comes first, then `--epochs`, then what the caller
    says, then DEFAULT_EPOCHS and Keras' own batch size. Callbacks of the trial that the caller left out are
    added: a search hands them to a `fit` override, and not every override passes them on.

    Args:
        model: its fit is replaced.
        hp: the trial's parameters.
        epochs: of the command line, None without.
        callbacks: of the trial.
        sees: called with the inputs before each training.
        around: entered for each training with the model and its arguments by name; gives them changed.
        built: called with every further model of the trial, returns what is to be trained in its place.
    """

    def __init__(
        self,
        model: Any,
        hp: Any,
        epochs: int | None,
        callbacks: Sequence[Any],
        sees: Callable[[Any], None] = lambda x: None,
        around: Callable[[Any, dict[str, Any]], AbstractContextManager[dict[str, Any]]] = (
            lambda _, arguments: nullcontext(arguments)
        ),
        built: Callable[[Any], Any] = lambda model: model,
    ) -> None:
        self._model = model
        self.train = model.fit  # what is called in the end; for who does something else in its place
        self._names = list(inspect.signature(keras.Model.fit).parameters)[1:]
        self._hp = hp
        self._epochs = epochs
        self._callbacks = callbacks
        self.batch_size: int | None = None  # of the last call; None: Keras' own, or that of the batches given
        self._sees = sees
        self.around = around  # for who trains several models in the place of this one
        self.built = built
        model.fit = self

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Train as `keras.Model.fit` does, with its arguments."""
        given = dict(zip(self._names, arguments, strict=False)) | keywords
        refuse_lists(given)
        build_for(self._model, given.get("x"))
        refuse_impossible(self._model, given)
        self._sees(given.get("x"))
        given["epochs"] = self._hp.setting("epochs", self._epochs or given.get("epochs") or DEFAULT_EPOCHS)
        first = begin(self._callbacks, [self._model])
        before = sdk.current().curves.rows()[-first:] if first else []
        if first:
            given["initial_epoch"] = min(first, given["epochs"])
        self._set_batch_size(given)
        if is_dataset(given.get("x")):
            given.setdefault("shuffle", False)  # Keras' own default is one that it warns of here
        self.batch_size = given.get("batch_size")
        given["callbacks"] = self._with_ours(given.get("callbacks"))
        with self.around(self._model, given) as changed:
            return with_earlier(before, self.train(**{"verbose": 0} | changed))

    def _set_batch_size(self, given: dict[str, Any]) -> None:
        if not _is_batched(given.get("x")):
            given["batch_size"] = self._hp.setting("batch_size", given.get("batch_size") or 32)
        elif self._hp.is_given_only("batch_size"):
            raise UserError(
                "batch_size is given from outside of the file, and the data comes in batches already",
                "train on arrays, or take batch_size out of spec.parameters; find-batch, too, wants arrays",
            )

    def _with_ours(self, theirs: Any) -> Any:
        known = listed(theirs)
        missing = [c for c in self._callbacks if not any(c is one for one in known)]
        if isinstance(theirs, keras.callbacks.CallbackList):
            for callback in missing:
                theirs.append(callback)
            return theirs
        return known + missing


def build_for(model: Any, x: Any) -> None:
    """Build a `keras.Sequential` that does not begin with an Input, as Keras itself does at the first batch.

    By then it is too late for whatever looks at layers and weights before the training. A model that is built
    stays as it is, and so does one of a class of its own, or one whose data tells no shape.

    Args:
        model: any.
        x: the inputs given to `fit`: an array, or a dataset of batches.
    """
    if model.built or not isinstance(model, keras.Sequential):
        return
    if is_dataset(x):
        x = x.element_spec[0] if isinstance(x.element_spec, tuple) else x.element_spec
    shape = getattr(x, "shape", None)
    if shape is None or getattr(shape, "rank", 0) is None:  # TensorFlow's way to say: any
        return
    with model.distribute_strategy.scope():
        model.build((None, *shape[1:]))


def with_earlier(rows: Sequence[Mapping[str, Any]], history: Any) -> Any:
    """Give a History the epochs of an earlier process of the trial: whoever reads it wants all.

    Args:
        rows: what was reported at each of these epochs.
        history: what `fit` returned of the epochs since.
    """
    if rows and hasattr(history, "history"):
        since: dict[str, list[Any]] = history.history
        for name in since or [name for name in rows[-1] if name not in {"step", *MEASURED}]:
            since[name] = [row[name] for row in rows if name in row] + since.get(name, [])
        history.epoch = [*range(len(rows) + len(history.epoch))]
    return history


def listed(callbacks: Any) -> list[Any]:
    """Return fit's `callbacks` as a list: they may be none, one, several or a CallbackList."""
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return list(callbacks.callbacks)
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks] if callbacks else []


def _is_batched(x: Any) -> bool:
    return is_dataset(x) or isinstance(x, keras.utils.PyDataset) or hasattr(x, "__next__")
