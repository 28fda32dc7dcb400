"""Has most steps of a longer training run in a graph that cannot look at gradients."""

from typing import Any

from tuning_trial.gradients.watch import EVERY, GradientWatch

AFTER = 2000  # updates; the conditional has then cost about as much as the making of a graph without it


class PlainSteps:
    """Chooses each step's graph: one of two of Keras' `train_function`, which `fit` reads before each batch.

    A conditional costs every step, also one that does not look: TensorFlow runs graphs that have one with a
    slower executor, and what is ready in another order. A graph without it costs nothing a step, but must be
    made. So it is made when the first one has cost as much, which is at most twice what would have been best
    (the ski rental problem: Karlin et al. 1988, "Competitive snoopy caching"). When that is goes by updates
    and not by time, so that the same seed gives the same training.

    What XLA compiles takes no executor, and several steps at once run in a loop, which takes the slower one
    anyway: they keep their one graph.

    Args:
        model: compiled and watched.
        watch: which looks at its gradients.
    """

    def __init__(self, model: Any, watch: GradientWatch) -> None:
        self._model, self._watch = model, watch
        self._watched: Any = None  # Keras' own train_function, that can look
        self._plain: Any = None
        self._begun = 0  # updates before this epoch
        self._is_worth_it = False

    def epoch_begins(self) -> None:
        """Count from what the optimizer has done; a model may have been compiled anew."""
        self.end()
        if self._model.train_function is not self._watched:
            self._watched, self._plain = self._model.train_function, None
        self._begun = self._watch.done
        self._watch.looks_always(self._plain is not None)
        self._is_worth_it = self._watched is not None and not (
            self._model.run_eagerly or self._model.jit_compile or self._model.steps_per_execution > 1
        )

    def batch_begins(self, batch: int) -> None:
        """Choose the graph for this batch of the epoch, from 0."""
        done = self._begun + batch
        if done < AFTER or not self._is_worth_it:
            return
        if self._plain is None and not self._make():
            return
        self._watch.can_look = done % EVERY == EVERY - 1
        graph = self._watched if self._watch.can_look else self._plain
        if self._model.train_function is not graph:  # to set it costs more: Keras tracks attributes
            self._model.train_function = graph

    def end(self) -> None:
        """Leave the model with its own graph, which looks when it is due."""
        if self._plain is not None and self._model.train_function is self._plain:
            self._model.train_function = self._watched
        self._watch.can_look = True
        self._watch.looks_always(False)

    def _make(self) -> bool:
        self._model.make_train_function(force=True)
        if self._model.train_function is self._watched:  # a model that overrides it may make but one
            self._is_worth_it = False
            return False
        self._plain = self._model.train_function
        self._watch.looks_always(True)
        return True
