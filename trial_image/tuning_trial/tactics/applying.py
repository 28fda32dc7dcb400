"""Applies tactics to the user's model and to its `fit`, without the user's file knowing of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import tensorflow

from tuning_trial.errors import UserError
from tuning_trial.fitting import listed
from tuning_trial.session import say
from tuning_trial.tactics.augmentation import AUGMENTATIONS
from tuning_trial.tactics.combinations import refuse_combinations
from tuning_trial.tactics.feeding import fed, kept
from tuning_trial.tactics.given import (
    BEFORE_BUILDING,
    FEEDING,
    NAMES,
    OUTSIDE_OF_FIT,
    PRUNING,
    REMOVED,
    START,
    TFLITE,
    Given,
)
from tuning_trial.tactics.pipeline import changed_data, count_updates
from tuning_trial.tactics.recompiling import (
    OPTIMIZER,
    changed_optimizer,
    compile_arguments,
    recompile,
    soft_loss,
    soft_metrics,
)
from tuning_trial.tactics.regularisation import early_stopping
from tuning_trial.tactics.speed import policy_of, strategy_of
from tuning_trial.transfer.applying import begin, teach, without_units
from tuning_trial.variants.pruning import Prune
from tuning_trial.variants.sizing import Sizes

SPEED = {"xla": "jit_compile", "steps_per_execution": "steps_per_execution"}  # Keras' names
MIXERS = ("mix_up", "cut_mix")


class Applying:
    """The tactics of one trial: those that the manifest gives and the code does not ask for.

    Which those are is known when the training begins, for a `fit` of the user's own may ask for some. What a
    model must be built under is set before, and taken back where the code asks for it after all.

    Args:
        unasked: returns the parameters of the manifest, by name, that the code has not asked for so far.
        objectives: metric and goal of each; the first on validation data decides about an early stop.
        seed: the trial's.
        forgiving: let a tactic without effect pass.
        directory: of the user's file, which the paths of Keras files are relative to.
    """

    def __init__(
        self,
        unasked: Callable[[], Mapping[str, Any]],
        *,
        objectives: Sequence[Any] = (),
        seed: int | None = None,
        forgiving: bool = False,
        directory: Path | str = ".",
    ) -> None:
        self._unasked = unasked
        self._objectives = objectives
        self._seed = seed or 0
        self._forgiving = forgiving
        self._directory = directory
        self._fits = 0
        self._trained: Any = None  # the model of the last training

    @property
    def names(self) -> set[str]:
        """The tactics among the parameters that the code has not asked for."""
        return set(self._unasked()) & NAMES

    @property
    def variant(self) -> str:
        """The kind of TFLite file that the trained model is to be made into, empty for none."""
        given = _early(self._unasked(), [TFLITE])
        return given.chosen.tflite if given.on(TFLITE) else ""

    def build(self, build: Callable[[], Any]) -> Any:
        """Build a model under the tactics that hold for it as a whole.

        Raises:
            UserError: two tactics exclude each other, or building undoes one.
        """
        given = _early(self._unasked(), BEFORE_BUILDING)
        with self._scope(given):
            model = build()
        theirs = given.values.keys() - self._unasked().keys()
        if not theirs:
            _refuse_undone(given)
            return model
        keras.mixed_precision.set_global_policy("float32")  # the file sees to it by itself
        with self._scope(_early(self._unasked(), BEFORE_BUILDING)):
            return build()

    def without_units(self, model: Any) -> Any:
        """Return a model that was just built without what `removed` takes from it.

        Raises:
            UserError: as `transfer.applying.without_units`.
        """
        return without_units(model, _early(self._unasked(), ("pretrained", REMOVED)), self._directory)

    @contextmanager
    def fit(self, model: Any, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Change the model and the arguments of its `fit` for a training; see `training`."""
        given = Given.of(self._unasked(), self._forgiving)
        self._fits += 1
        if not given.values:
            yield arguments
            return
        again, self._trained = model is self._trained, model
        if again:
            self._refuse_another_schedule(given)
            given = _of_another_fit(given)
        elif self._fits == 1:
            say(f"tactics of the manifest: {given.said(*sorted(given.values))}")
        with training(model, arguments, given, self._objectives, self._seed, self._directory) as changed:
            yield changed

    def check_applied(self) -> None:
        """See that a training of the file's own has come through `fit`, where tactics are applied.

        Raises:
            UserError: it has not, and the manifest gives some.
        """
        unapplied = sorted(self.names.difference(OUTSIDE_OF_FIT))
        if unapplied and not self._fits:
            raise UserError(
                f"the tactic {unapplied[0]!r} acts in model.fit, which the file's own training never calls",
                f"ask for it there, as in hp.get({unapplied[0]!r}), or take it out of spec.parameters",
            )

    @contextmanager
    def _scope(self, given: Given) -> Iterator[None]:
        if given.has("mixed_precision"):
            keras.mixed_precision.set_global_policy(policy_of(given.chosen))
        if given.on("deterministic"):
            keras.utils.set_random_seed(self._seed % 2**32)
            tensorflow.config.experimental.enable_op_determinism()
        if not given.on("mirrored"):
            yield
            return
        with strategy_of(given.chosen).scope():
            yield

    def _refuse_another_schedule(self, given: Given) -> None:
        names = given.on("warm_up", "schedule", "frozen_epochs")
        if names:
            raise UserError(
                f"{given.said(*names)} spans one training, and the file calls model.fit again",
                "train in one fit, or take it out of spec.parameters",
            )


@contextmanager
def training(
    model: Any,
    arguments: Mapping[str, Any],
    given: Given,
    objectives: Sequence[Any] = (),
    seed: int = 0,
    directory: Path | str = ".",
) -> Iterator[dict[str, Any]]:
    """Have a compiled model trained with tactics: `with training(…) as changed: model.fit(**changed)`.

    What acts when the model is built (`mixed_precision`, `mirrored`, `removed`, …) has been done by then.
    Afterwards the model is compiled with its own loss and metrics again, so that whoever loads it judges it
    as its author meant; the optimizer stays, with its state.

    Args:
        model: compiled.
        arguments: of `fit`, by name: x, y, validation_data, epochs, batch_size, callbacks, …
        given: the tactics.
        objectives: metric and goal of each.
        seed: of the augmentation's draws.
        directory: what the paths of Keras files are relative to.

    Raises:
        UserError: a tactic cannot be applied to this model or this data; it names both.
    """
    if not given.values:
        yield dict(arguments)
        return
    pruning = _pruning(given)
    compiling = sorted(given.values.keys() - {*OUTSIDE_OF_FIT, *PRUNING, *FEEDING})
    if not compiling:
        changed = fed(kept(arguments, given), given)
        yield changed | {"callbacks": [*pruning, *listed(arguments.get("callbacks"))]}
        return
    _refuse_own_compile(model, given, compiling)
    mirrored = isinstance(model.distribute_strategy, tensorflow.distribute.MirroredStrategy)
    on_cpus = not tensorflow.config.list_logical_devices("GPU")
    refuse_combinations(replace(given.chosen, mirrored=mirrored), on_cpus)
    own = compile_arguments(model)
    changed, compiled = _changed(model, dict(arguments), own, given, seed)
    compiled, thawing = begin(model, changed, compiled, given, directory)
    stopping = _early_stop(given, changed, objectives)
    recompile(model, compiled)
    with ExitStack() as after:
        after.callback(lambda: recompile(model, own | {"optimizer": model.optimizer}))
        hearing = teach(model, given, directory, after)
        theirs = listed(changed.get("callbacks"))
        yield fed(changed, given) | {"callbacks": [*thawing, *pruning, *theirs, *stopping, *hearing]}


def _pruning(given: Given) -> list[Any]:
    """Return what goes before the reporter, which tells of the sizes."""
    if given.has("sparsity"):
        return [Prune(given.chosen)]
    return [Sizes()] if given.has(REMOVED) else []


def _changed(
    model: Any, arguments: dict[str, Any], own: dict[str, Any], given: Given, seed: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    compiled = own | {SPEED[name]: given.values[name] for name in SPEED if given.has(name)}
    if any(given.has(name) for name in OPTIMIZER):
        steps = given.chosen.accumulate if given.has("accumulate") else None
        steps = steps or getattr(own["optimizer"], "gradient_accumulation_steps", None) or 1
        updates = count_updates(arguments, steps, bool(given.on("rate_scaling")))
        with model.distribute_strategy.scope():
            compiled["optimizer"] = changed_optimizer(own["optimizer"], given, updates)
    softening = given.on("label_smoothing", *MIXERS)
    changing = given.on(*AUGMENTATIONS)
    labels, classes = "", 0
    if softening:
        compiled["loss"], labels = soft_loss(own["loss"], given.chosen.label_smoothing, softening)
    if labels == "numbers":
        classes = _count_classes(model, softening)
        changing = sorted({*changing, *softening})
        compiled["metrics"] = soft_metrics(own["metrics"], softening)
        compiled["weighted_metrics"] = soft_metrics(own["weighted_metrics"], softening)
    if changing:
        return changed_data(arguments, given, changing, labels, classes, seed), compiled
    return kept(arguments, given), compiled


def _refuse_undone(given: Given) -> None:
    policy = keras.mixed_precision.global_policy().name
    if given.has("mixed_precision") and policy != policy_of(given.chosen):
        raise UserError(
            f"{given.said('mixed_precision')} has no effect: once the model is built Keras' policy is "
            f"{policy!r}, as after keras.backend.clear_session()",
            "take that out of build_model, or mixed_precision out of spec.parameters",
        )


def _count_classes(model: Any, names: Sequence[str]) -> int:
    shape = getattr(model, "output_shape", None)
    if not isinstance(shape, tuple):
        kind = type(model).__name__
        raise UserError(
            f"{' and '.join(names)} makes labels one-hot, and {kind} does not tell its classes",
            "build a Sequential or functional model, or give one-hot labels and a categorical crossentropy",
        )
    return int(shape[-1])


def _refuse_own_compile(model: Any, given: Given, names: Sequence[str]) -> None:
    if type(model).compile is not keras.Model.compile:
        raise UserError(
            f"{given.said(*names)} cannot be applied to {type(model).__name__}, which has its own compile",
            f"ask for it in build_model, as in hp.get({names[0]!r}), or take it out of spec.parameters",
        )


def _early_stop(given: Given, arguments: Mapping[str, Any], objectives: Sequence[Any]) -> list[Any]:
    """Watch the first objective that is measured on validation data, else the validation's loss."""
    validated = arguments.get("validation_data") is not None or arguments.get("validation_split")
    if not validated and given.on("patience"):
        raise UserError(f"{given.said('patience')} needs validation data", "give fit some")
    judged = [o for o in objectives if o.metric.startswith("val_")]
    return early_stopping(given.chosen, *([judged[0].metric, judged[0].goal] if judged else []))


def _of_another_fit(given: Given) -> Given:
    """What still acts when the file calls `fit` again: what was pruned by then stays so."""
    rest = {name: value for name, value in given.values.items() if name not in (*OPTIMIZER, *START)}
    if given.on("sparsity"):
        rest |= {"pruning_schedule": "constant", "pruning_begin": 0.0}
    return Given.of(rest)


def _early(parameters: Mapping[str, Any], names: Sequence[str]) -> Given:
    """What does not act in a training; a value that is none of ours is surely the code's."""
    values: dict[str, Any] = {}
    for name in names:
        if name in parameters:
            try:
                values |= Given.of({name: parameters[name]}).values
            except UserError:
                continue
    return Given.of(values)
