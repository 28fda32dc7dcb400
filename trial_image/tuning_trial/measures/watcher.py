"""Everything that a trial measures of a Keras training, behind the few calls that its callback makes."""

import contextlib
import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tuning_trial.gradients.dead import dead_units, sample_of
from tuning_trial.gradients.health import Health, health_words
from tuning_trial.gradients.watch import GradientWatch
from tuning_trial.measures.batch_words import batch_words, examples_of_an_update, warms_up
from tuning_trial.measures.epoch import EpochMeasures
from tuning_trial.measures.fit_words import fit_words
from tuning_trial.measures.input_words import input_words

SHARE = 0.002  # of the time spent on steps, that looking for dead units may take after the first look


class Watcher:
    """Measures one training. Nothing that it does can fail the training.

    Args:
        sample: a few training inputs, for the dead units; None: `see` may bring them.
    """

    def __init__(self, sample: Any = None) -> None:
        self.pace = EpochMeasures()
        self.aside = 0.0  # seconds spent on measuring, which are no training
        self._sample: Any = None
        self._inputs: list[str] = []  # what is to be said of them
        self._looked = 0  # how often for dead units
        self._looking, self._last_look = 0.0, 0.0  # seconds, but for the first, which makes the graph
        self._model: Any = None
        self._gradients: GradientWatch | None = None
        self._dead: Callable[[Any], Mapping[str, float]] | None = None
        self._health = Health()
        self._epochs: list[dict[str, float]] = []
        self._examples = 0.0  # of an update
        self._rates: list[float] = []  # of learning, at the end of each epoch
        self._warms_up = False
        self.see(sample)

    def see(self, x: Any) -> None:
        """Take a small sample of the training inputs, where they are arrays; else the one before stays."""
        self._inputs = self._inputs or input_words(x)
        with contextlib.suppress(Exception):
            found = sample_of(x)
            self._sample = self._sample if found is None else found

    def watch(self, model: Any) -> None:
        """Watch this model's optimizer from here on; called before the training's graph is made."""
        if model is not self._model:
            self._model, self._dead, self.pace = model, None, EpochMeasures()
        if self._gradients is not None and self._gradients.watches(model):
            return
        self._gradients = None  # what was seen is another optimizer's
        with contextlib.suppress(Exception):  # an optimizer that is not Keras'
            if model.distribute_strategy.num_replicas_in_sync == 1:
                self._gradients = GradientWatch(model)

    def epoch_ends(self, logs: Mapping[str, float]) -> dict[str, float]:
        """Return what was measured in the epoch beside its logs."""
        self.pace.training_ends(self._model)
        with self._set_aside():
            self._epochs.append(dict(logs))
            measured = self.pace.metrics(self._model)
            self._look_at_batches(measured)
            self._look_at_health(logs)
        return measured

    @property
    def health(self) -> Health:
        """The health as of the last epoch."""
        return self._health

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do, in sentences, the most urgent first."""
        large = batch_words(self._examples, self._rates, self._warms_up)
        return (*self._inputs, *health_words(self._health), *fit_words(self._epochs), *large)

    def _look_at_batches(self, measured: Mapping[str, float]) -> None:
        with contextlib.suppress(Exception):  # an optimizer that is not Keras'
            batch = measured["examples_per_second"] * measured["step_time"]
            self._examples = max(self._examples, examples_of_an_update(self._model.optimizer, batch))
            self._warms_up = self._warms_up or warms_up(self._model.optimizer)
            self._rates.append(measured["learning_rate"])

    def _look_at_health(self, logs: Mapping[str, float]) -> None:
        seen = self._gradients.look() if self._gradients else Health()
        diverged = self._health.diverged or not math.isfinite(logs.get("loss", 0.0))
        self._health = dataclasses.replace(seen, dead=self._dead_units(), diverged=diverged)

    def _dead_units(self) -> Mapping[str, float]:
        if self._sample is None or self._looking + self._last_look > SHARE * self.pace.trained:
            return self._health.dead
        began = time.perf_counter()
        try:
            self._dead = self._dead or dead_units(self._model) or (lambda sample: {})
            return self._dead(self._sample)
        except Exception:  # layers of the user's own
            self._dead = lambda sample: {}
            return {}
        finally:
            self._looked += 1
            if self._looked > 1:
                self._last_look = time.perf_counter() - began
                self._looking += self._last_look

    @contextlib.contextmanager
    def _set_aside(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.aside += time.perf_counter() - began
