"""Trains the user's model once, with this trial's parameters."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuning_trial import artifact, sdk
from tuning_trial.errors import UserError, is_out_of_memory
from tuning_trial.session import Session
from tuning_trial.user_code import UserFile, locate

DEFAULT_EPOCHS = 10
DEFAULT_BATCH_SIZE = 32  # Keras' own


@dataclass(frozen=True)
class Data:
    """The user's data: each part is (x, y) or a tf.data.Dataset."""

    train: Any
    validation: Any
    test: Any | None

    def is_batched(self) -> bool:
        """Say whether the data comes in batches already, as a tf.data.Dataset does."""
        return not isinstance(self.train, tuple)


def train(path: Path, epochs: int | None) -> None:
    """Train and evaluate the file's model, and report to this process's session.

    Args:
        path: the user's file.
        epochs: used when the manifest has no parameter `epochs`; None means DEFAULT_EPOCHS.

    Raises:
        UserError: the file, its data or the manifest must be mended.
        Interrupted: a SIGTERM came; the model kept so far is saved.
    """
    session = sdk.current()
    path = locate(path)  # before TensorFlow, whose import takes seconds
    place = session.contract.artifact_dir
    if place is not None:
        artifact.prepare(place)
    from tuning_trial.tensorflow_setup import import_keras

    keras = import_keras(session.contract.seed)
    file = UserFile(path)
    data = load(file)
    _train(keras, session, file, data, epochs or DEFAULT_EPOCHS)


def load(file: UserFile) -> Data:
    """Call load_data() and look at what it returns.

    Raises:
        UserError: it is not two or three parts, each (x, y) of equal length or a dataset.
    """
    parts = file.call(file.load_data)
    if not isinstance(parts, (tuple, list)) or len(parts) not in (2, 3):
        raise _bad_data(file, f"load_data returns {_describe(parts)}")
    names = ("train", "validation", "test")
    checked = [_part(file, name, part) for name, part in zip(names, parts, strict=False)]
    return Data(checked[0], checked[1], checked[2] if len(checked) == 3 else None)


def _part(file: UserFile, name: str, part: Any) -> Any:
    if hasattr(part, "element_spec"):  # a tf.data.Dataset
        return part
    if not isinstance(part, (tuple, list)) or len(part) != 2:
        raise _bad_data(file, f"the {name} part of load_data is {_describe(part)}")
    x, y = part
    if (
        hasattr(x, "shape") and hasattr(y, "shape") and x.shape[:1] != y.shape[:1]
    ):  # not so for dicts and lists
        raise _bad_data(file, f"the {name} part of load_data has inputs {x.shape} and targets {y.shape}")
    return (x, y)


def _bad_data(file: UserFile, what: str) -> Exception:
    mend = "return (x, y), (x_val, y_val) and perhaps (x_test, y_test), or tf.data.Datasets for these pairs"
    return file.at(file.load_data, what, mend)


def _describe(value: Any) -> str:
    length = f" of {len(value)}" if isinstance(value, (tuple, list)) else ""
    return f"something of type {type(value).__name__}{length}"


def _train(keras: Any, session: Session, file: UserFile, data: Data, epochs: int) -> None:
    from tuning_trial.hyperparameters import TrialHyperParameters
    from tuning_trial.keras_callback import KerasCallback

    hp = TrialHyperParameters(session.contract.parameters if session.contract.in_trial else None)
    model = build(keras, file, hp)
    settings = fit_settings(file, hp, data, epochs)
    place = session.contract.artifact_dir
    judge = session.contract.final and data.test is not None
    callback = KerasCallback(keep_weights=place is not None or judge, leave=True)
    watch = [callback, _progress(keras, settings["epochs"]), _objectives_check(keras, session)]
    try:
        _fit(keras, file, model, data, settings, watch)
        if judge and callback.restore():
            _judge(session, model, data.test, settings.get("batch_size"))
    finally:
        if place is not None and callback.restore():
            artifact.save(model, place)


def build(keras: Any, file: UserFile, hp: Any) -> Any:
    """Call build_model(hp) and look at what it returns.

    Raises:
        UserError: it is no compiled Keras model, or code and manifest do not declare the same parameters.
    """
    model = file.call(file.build_model, hp)
    if not isinstance(model, keras.Model):
        what = f"build_model returns {_describe(model)}"
        raise file.at(file.build_model, what, "return a compiled Keras model")
    if not getattr(model, "compiled", True):
        raise file.at(file.build_model, "build_model's model is not compiled", "call model.compile(…) in it")
    try:
        hp.check_all_used({"epochs", "batch_size"})
    except UserError as error:
        raise file.at(file.build_model, error.what, error.mend) from None
    return model


def fit_settings(file: UserFile, hp: Any, data: Data, epochs: int) -> dict[str, int]:
    """Return the arguments of `model.fit` that are parameters: epochs, and for arrays the batch size.

    Raises:
        UserError: one is no whole number from 1, or a batch size could have no effect.
    """
    settings = {"epochs": hp.setting("epochs", epochs)}
    if not data.is_batched():
        return {**settings, "batch_size": hp.setting("batch_size", DEFAULT_BATCH_SIZE)}
    if hp.is_given_only("batch_size"):
        what = "the manifest gives batch_size, and load_data's datasets are batched already"
        raise file.at(file.load_data, what, "return arrays, or take batch_size out of spec.parameters")
    return settings


def _fit(
    keras: Any, file: UserFile, model: Any, data: Data, settings: dict[str, int], watch: list[Any]
) -> None:
    stop_on_nan = keras.callbacks.TerminateOnNaN()
    stop_on_nan.async_safe = True  # it only sets a flag, so Keras need not wait for each batch's loss
    inputs = {"x": data.train} if data.is_batched() else {"x": data.train[0], "y": data.train[1]}
    try:
        model.fit(
            **inputs, **settings, validation_data=data.validation, callbacks=[*watch, stop_on_nan], verbose=0
        )
    except Exception as error:
        if is_out_of_memory(error) or not _is_mistake(error):
            raise
        mend = "make the shapes and types that load_data returns those of the model's input, output and loss"
        raise file.explain(error, "the model and the data do not fit", mend, file.build_model) from error


def _is_mistake(error: Exception) -> bool:
    """TensorFlow says InvalidArgumentError where Keras says ValueError."""
    return isinstance(error, (TypeError, ValueError)) or type(error).__name__ == "InvalidArgumentError"


def _judge(session: Session, model: Any, test: Any, batch_size: int | None) -> None:
    inputs = {"x": test[0], "y": test[1]} if isinstance(test, tuple) else {"x": test}
    result = model.evaluate(**inputs, batch_size=batch_size, verbose=0, return_dict=True)
    last = session.record.last
    session.report(last.step if last else 0, {f"test_{name}": value for name, value in result.items()})


def _objectives_check(keras: Any, session: Session) -> Any:
    """Refuse an objective that Keras does not report, after the first epoch and not after the last."""

    def check(epoch: int, logs: dict[str, Any]) -> None:
        unknown = [o.metric for o in session.contract.objectives if o.metric not in session.record.latest]
        if unknown and not session.contract.final:  # a final evaluation may be judged by test_… alone
            names = ", ".join(sorted(logs))
            raise UserError(
                f"the objective {unknown[0]!r} is none of the metrics that the model reports: {names}",
                "name one of them in spec.objectives, or add the metric in model.compile",
            )

    return keras.callbacks.LambdaCallback(on_epoch_end=check)


def _progress(keras: Any, epochs: int) -> Any:
    """One line per epoch, for `kubectl logs`: Keras' own bar is thousands of lines there."""

    def line(epoch: int, logs: dict[str, Any]) -> None:
        values = "  ".join(f"{name} {float(value):.4g}" for name, value in logs.items())
        print(f"epoch {epoch + 1}/{epochs}  {values}", flush=True)

    return keras.callbacks.LambdaCallback(on_epoch_end=line)
