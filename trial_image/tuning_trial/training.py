"""Trains the user's model once, with this trial's parameters."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from tuning_trial import artifact, sdk, variants
from tuning_trial.data import describe, is_dataset
from tuning_trial.errors import Misfit, OutOfMemory, UserError, is_out_of_memory, last_line
from tuning_trial.session import Session, say
from tuning_trial.transfer.files import named, refuse_unusable
from tuning_trial.user_code import MISTAKES, locate


def train(path: Path, epochs: int | None, allow_defaults: bool = False, export: tuple[str, ...] = ()) -> None:
    """Train and evaluate the file's model, and report to this process's session.

    Args:
        path: the user's file.
        epochs: for when the manifest has no parameter `epochs`; None: as the file says, else 10.
        allow_defaults: see TrialHyperParameters.
        export: kinds of variants to make of the best model, see `variants.KINDS`.

    Raises:
        UserError: the file, its data or the manifest must be mended.
        Interrupted: a SIGTERM came; the model kept so far is saved.
    """
    session = sdk.current()
    variants.check(export)
    path = locate(path)  # before TensorFlow, whose import takes seconds
    if session.contract.artifact_dir is not None:
        artifact.prepare(session.contract.artifact_dir)
    refuse_unusable(session.contract.parameters, path)
    from tuning_trial.tensorflow_setup import import_keras

    keras = import_keras(session.contract.seed, session.contract.gpus)
    from tuning_trial.keras_tuner_code.task import read_task

    task = read_task(path)
    hp = hyperparameters(
        task, session.contract.parameters if session.contract.in_trial else None, allow_defaults
    )
    Training(keras, session, task, hp, epochs, export).run()


def hyperparameters(task: Any, given: Mapping[str, Any] | None, allow_defaults: bool = False) -> Any:
    """Return the trial's parameters as the task's code asks for them.

    Args:
        task: a search in it may have been handed ranges of its own.
        given, allow_defaults: as for TrialHyperParameters.
    """
    from tuning_trial.hyperparameters import TrialHyperParameters

    oracle = task.search.tuner.oracle if task.search else None
    return TrialHyperParameters(
        given,
        allow_defaults=allow_defaults,
        preset=oracle.get_space() if oracle else None,
        tune_new=oracle.tune_new_entries if oracle else True,
    )


class Training:
    """One training, from building the model to its last metric.

    Args:
        keras: the module.
        session: where metrics go.
        task: what to train.
        hp: the trial's parameters.
        epochs: of the command line.
        export: kinds of variants to make of the best model.
    """

    def __init__(
        self,
        keras: Any,
        session: Session,
        task: Any,
        hp: Any,
        epochs: int | None,
        export: tuple[str, ...] = (),
    ) -> None:
        self._keras = keras
        self._session = session
        self._task = task
        self._hp = hp
        self._epochs = epochs
        self._export = export
        self._model: Any = None
        self._fitting: Any = None
        self._builder = _builder(task)

    @property
    def _judges(self) -> bool:
        return self._session.contract.final and self._task.test is not None

    @property
    def _exports(self) -> bool:
        return bool(self._export or self._tactics.variant)

    @property
    def _later(self) -> tuple[str, ...]:
        """How the names of metrics begin that are measured after the training."""
        if self._tactics.variant:
            return (variants.PREFIX,)
        return tuple(variants.prefix(kind) for kind in (variants.BASE, *self._export) if self._export)

    @cached_property
    def _reporter(self) -> Any:
        from tuning_trial.keras_callback import KerasCallback

        keeps = self._session.contract.artifact_dir is not None or self._judges or self._exports
        return KerasCallback(keep_weights=keeps, leave=True, sample=self._task.sample)

    @cached_property
    def _keeping(self) -> Any:
        """What is kept in the artifact directory; None without one."""
        from tuning_trial.keeping import Keeping

        place, task = self._session.contract.artifact_dir, self._task
        if place is None:
            return None
        data = task.source or (task.arguments, task.keywords.get("validation_data"))
        files = named(self._hp.values | self._hp.unasked(), task.file.path.parent)
        return Keeping(self._session, place, task.file.path, files, data, task.end_to_end)

    @cached_property
    def _checkpointing(self) -> Any:
        """Of the first `model.fit`; None where nothing is kept."""
        from tuning_trial.keeping.checkpointing import Checkpointing

        return Checkpointing(self._session, self._reporter) if self._keeping is not None else None

    @cached_property
    def _callbacks(self) -> list[Any]:
        from tuning_trial import watching

        callbacks = [self._reporter, watching.Progress(), watching.StopOnNaN()]
        if self._checkpointing is not None:
            callbacks.append(self._checkpointing)
        if not self._task.fits_itself:  # a training of one's own may tell its objective at the very end
            callbacks.append(watching.ObjectivesCheck(self._session, self._later))
        return callbacks

    @cached_property
    def _tactics(self) -> Any:
        from tuning_trial.tactics.applying import Applying

        contract = self._session.contract
        return Applying(
            self._hp.unasked,
            objectives=contract.objectives,
            seed=contract.seed,
            forgiving=self._hp.allow_defaults,
            directory=self._task.file.path.parent,
        )

    def run(self) -> None:
        """Train, judge on the test set where that is asked for, and save the best model."""
        self._session.rescue = self._rescue
        try:
            self._fit()
            if self._judges and self._reporter.restore():
                self._judge(self._task.test)
            if self._exports:
                self._make_variants()
        finally:
            self._session.is_keeping = True
            if self._keeping is not None and self._model is not None and self._reporter.restore():
                self._keeping.keep(self._reporter.kept_model)

    def _rescue(self) -> None:
        """Keep the best model so far of a training that does not leave by itself."""
        weights = self._reporter.kept_weights
        if self._keeping is not None and weights is not None:
            self._keeping.rescue(self._reporter.kept_model, weights)

    def build(self, hp: Any) -> Any:
        """Build the model, in the place of the file's own function while the trial runs.

        Raises:
            UserError: it is no compiled Keras model.
        """
        from tuning_trial.fitting import Fitting

        file, build = self._task.file, self._task.build
        model = self._tactics.build(lambda: file.call(self._builder, hp, own=build))
        if not isinstance(model, self._keras.Model):
            what = f"{build.__name__} returns {describe(model)}"
            raise file.at(build, what, "return a compiled Keras model")
        if not getattr(model, "compiled", True) and not self._task.fits_itself:
            what = f"{build.__name__}'s model is not compiled"
            raise file.at(build, what, "call model.compile(…) in it")
        if not self._task.fits_itself:
            self._check_all_used(self._tactics.names)
        if self._tactics.variant:
            variants.refuse_without_interpreter()
        model = self._tactics.without_units(model)
        see, tactics = self._reporter.see, self._tactics
        self._fitting = Fitting(
            model, hp, self._epochs, self._callbacks, see, tactics.fit, tactics.without_units
        )
        self._reporter.set_model(model)
        self._model = model
        return model

    def _fit(self) -> None:
        from tuning_trial.keras_tuner_code.results import report_results
        from tuning_trial.watching import check_objectives

        theirs = self._task.keywords.get("callbacks") or ()
        keywords = {**self._task.keywords, "callbacks": [*theirs, *self._callbacks]}
        if self._task.search is not None and self._task.search.runs_trials_itself:
            results = self._run_trial(keywords)
        else:
            model = self.build(self._hp)
            with self._mistakes_explained():
                results = self._task.hypermodel.fit(self._hp, model, *self._task.arguments, **keywords)
        report_results(self._session, results, self._task.search)
        if self._task.fits_itself:
            self._tactics.check_applied()
            self._check_all_used(self._tactics.names)
            if not self._session.interrupted:
                check_objectives(self._session, self._later)

    def _run_trial(self, keywords: dict[str, Any]) -> Any:
        """Have a tuner of the file's own run the trial, its hypermodel building through us."""
        from keras_tuner.engine.trial import Trial

        tuner = self._task.search.tuner
        trial = Trial(self._hp, trial_id="0")
        tuner.oracle.trials[trial.trial_id] = trial
        if not self._task.search.trains_keras:
            keywords = self._task.keywords
        elif tuner.hypermodel is not None:
            tuner.hypermodel.build = self.build
        with self._mistakes_explained():
            taken = self._task.search.taken(keywords)
            results = tuner.run_trial(trial, *self._task.arguments, **taken)
        noted = {name: trial.metrics.get_last_value(name) for name in trial.metrics.metrics}
        return results if results is not None else noted

    @contextmanager
    def _mistakes_explained(self) -> Iterator[None]:
        file, build = self._task.file, self._task.build
        try:
            yield
        except UserError as error:
            raise file.placed(error, build if isinstance(error, Misfit) else None) from None
        except Exception as error:
            if is_out_of_memory(error):
                raise self._out_of_memory(error) from error
            if not self._is_mistake(error):
                raise
            if self._task.fits_itself:
                raise file.explain(error, "the training failed", "mend that line", build) from error
            mend = "make the shapes and types of the data those of the model's input, output and loss"
            raise file.explain(error, "the model and the data do not fit", mend, build) from error

    def _out_of_memory(self, error: Exception) -> OutOfMemory:
        size = self._fitting.batch_size if self._fitting else None
        at = f"at batch_size={size}" if size else "with the batches that the data comes in"
        advice = (
            "halve the batch (the tactic accumulate=2 keeps the updates as they are), try mixed_precision, "
            "or give the container more memory"
        )
        return OutOfMemory(f"out of memory {at}: {last_line(error, 300)}; {advice}")

    def _is_mistake(self, error: Exception) -> bool:
        """TensorFlow says InvalidArgumentError where Keras says ValueError; the file's own code says more."""
        kinds = MISTAKES if self._task.fits_itself else (TypeError, ValueError)
        return isinstance(error, kinds) or type(error).__name__ == "InvalidArgumentError"

    def _check_all_used(self, apart_from: set[str]) -> None:
        try:
            self._hp.check_all_used(apart_from)
        except UserError as error:
            raise self._task.file.at(self._task.build, error.what, error.mend) from None

    def _judge(self, test: Any) -> None:
        from tuning_trial.keras_callback import without_meaningless

        inputs = {"x": test[0], "y": test[1]} if isinstance(test, tuple) else {"x": test}
        result = self._reporter.kept_model.evaluate(**inputs, verbose=0, return_dict=True)
        last = self._session.record.last
        told = {f"test_{name}": value for name, value in without_meaningless(result).items()}
        self._session.report(last.step if last else 0, told)

    def _make_variants(self) -> None:
        from tuning_trial.watching import check_objectives

        model = self._reporter.kept_model if self._reporter.restore() else self._model
        given = dict(zip(("x", "y"), self._task.arguments, strict=False)) | self._task.keywords
        x = given.get("x")
        training = x if is_dataset(x) or given.get("y") is None else (x, given["y"])
        validation, chosen = given.get("validation_data"), self._tactics.variant
        variants.export(model, self._export, training, validation, chosen)
        if not self._session.interrupted:
            check_objectives(self._session)


def _builder(task: Any) -> Any:
    """What builds the model: the tuner, which may set a strategy or another optimizer, else the file."""
    if task.search is None or task.search.runs_trials_itself:
        return task.hypermodel.build if task.hypermodel else None
    executions = task.search.tuner.executions_per_trial
    if executions != 1:
        say(f"executions_per_trial={executions} in the file: a trial is one execution here")
    return task.search.tuner._build_hypermodel
