"""Looks at gradients and loss inside the optimizer's update, in the graph."""

from typing import Any

import numpy
import tensorflow

from tuning_trial.gradients.health import Health
from tuning_trial.gradients.look import Look, looks_at
from tuning_trial.unwrapped import unwrapped

EVERY = 100  # updates; a look at each fiftieth took .7 % (± .4) of steps of 8 ms
KEPT = 512  # losses: enough to tell an oscillation from chance
FIRST = 10  # updates that are looked at all the same: a training may end before the hundredth


class GradientWatch:
    """Stands in front of an optimizer's `apply` and `scale_loss`, which Keras calls in every training step.

    What is seen gathers in variables, so it works in a compiled step and with several steps at once. With
    mixed precision the gradients are those without the loss scale; under gradient accumulation each batch's
    own. A strategy of several replicas is left alone: its replicas would write to one variable.

    Args:
        model: compiled; its layers make the groups, and its optimizer is watched.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._optimizer = model.optimizer
        self._inner = unwrapped(model.optimizer)
        self._batches = self._inner._iterations  # which `iterations` divides under accumulation
        self._losses = tensorflow.Variable([0.0] * KEPT, trainable=False, name="losses")
        self._has_losses = False  # a train_step of one's own may leave scale_loss out
        self._looked_at = int(self._batches)  # updates
        self._last: list[float] = []  # losses
        self._loss_count, self._turns = 0, 0
        self._looks: list[Look] | None = None
        # last, so that an optimizer which cannot be watched stays as it is
        self._apply, self._inner.apply = self._inner.apply, self._watched_apply
        self._scale_loss, model.optimizer.scale_loss = model.optimizer.scale_loss, self._watched_loss

    def watches(self, model: Any) -> bool:
        """Say whether it is this model's optimizer that is watched."""
        return bool(model.optimizer is self._optimizer)

    def look(self) -> Health:
        """Return what was seen so far; called at each epoch's end."""
        self._count_turns()
        seen = [one.seen for one in self._looks or ()]
        return Health(
            measurements=max((looks for looks, _ in seen), default=0),
            groups={name: group for _, groups in seen for name, group in groups.items()},
            losses=self._loss_count,
            turns=self._turns,
        )

    def _count_turns(self) -> None:
        """Of an epoch of more than KEPT updates, the last ones count."""
        done = int(self._batches)
        count, self._looked_at = done - self._looked_at, done
        if not self._has_losses or count <= 0:
            return
        kept = numpy.roll(self._losses.numpy(), -(done % KEPT))[-min(count, KEPT) :]
        losses = [*self._last, *kept] if count <= KEPT else list(kept)
        with numpy.errstate(invalid="ignore", over="ignore"):  # of a training that diverges
            ways = numpy.sign(numpy.diff(losses))
        self._turns += int(numpy.sum(ways[1:] * ways[:-1] < 0))
        self._loss_count += len(kept)
        self._last = losses[-2:]

    def _watched_apply(self, gradients: Any, trainable_variables: Any = None) -> Any:
        variables = trainable_variables
        if variables is None:
            variables = self._inner._trainable_variables
        gradients, variables = list(gradients), list(variables)
        if self._looks is None:  # the model is built now
            self._looks = looks_at(self._model)
        done = self._batches.value
        due = (done < FIRST) | (done % EVERY == EVERY - 1)
        for one in self._looks:
            gradients = one.through(due, gradients, variables)
        return self._apply(gradients, None if trainable_variables is None else variables)

    def _watched_loss(self, loss: Any) -> Any:
        self._has_losses = True
        latest = tensorflow.IndexedSlices(tensorflow.cast(loss, "float32"), self._batches.value % KEPT)
        self._losses.scatter_update(latest)
        return self._scale_loss(loss)
