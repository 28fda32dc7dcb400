"""How fast an epoch trained. Pure: times and counts in, metrics out."""

from dataclasses import dataclass


@dataclass
class Pace:
    """The clock of one epoch.

    Where there are several, the time to the end of the first batches counts for nothing: they wait for the
    data, and in the first epoch for the graph to be made.
    """

    began: float
    first: tuple[int, float] | None = None  # batches done and the time, when Keras first said so
    batches: int = 0
    ended: float | None = None
    examples: float | None = None

    def batch(self, number: int, now: float) -> None:
        """Note that batch `number`, from 0, is through. Keras says it for the last of several at once."""
        self.batches = max(self.batches, number + 1)
        if self.first is None:
            self.first = (number + 1, now)

    def end(self, now: float, examples: float | None) -> None:
        """Note the end of the training part of the epoch; only the first end counts."""
        if self.ended is None:
            self.ended, self.examples = now, examples

    @property
    def seconds(self) -> float:
        """The training part's length, once it has ended."""
        return self.ended - self.began if self.ended is not None else 0.0

    def metrics(self) -> dict[str, float]:
        """Return the mean seconds of a step, and examples a second where their number is known."""
        if self.ended is None or self.first is None:
            return {}
        done, since = self.first if self.batches > self.first[0] else (0, self.began)
        step = (self.ended - since) / (self.batches - done)
        if step <= 0:
            return {}
        pace = {"step_time": step}
        if self.examples:
            pace["examples_per_second"] = self.examples / self.batches / step
        return pace
