"""Pruning by magnitude: the smallest weights become 0 as the training goes on, and stay so."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import keras

from tuning_trial.errors import UserError
from tuning_trial.fitting import listed
from tuning_trial.tactics.chosen import checked, tactic, word
from tuning_trial.variants.masks import POOLINGS, compressed_bytes, mask_of, sparse_bytes

SCHEDULES = ("polynomial", "constant")
POWER = 3  # of the polynomial, as in the paper
BLOCK = re.compile(r"([1-9][0-9]{0,3})x([1-9][0-9]{0,3})")


@dataclass(frozen=True)
class Pruning:
    """How a training prunes; by default it does not.

    Args:
        sparsity: share of each kernel's weights that are 0 in the end.
        pruning_schedule: "polynomial" reaches it step by step, "constant" at its beginning.
        pruning_begin, pruning_end: when, as shares of the training's updates, so that they keep their meaning
            when epochs are tuned too.
        pruning_frequency: updates from one step to the next.
        pruning_block: rows x columns that become 0 together, in a kernel seen as a matrix of inputs and
            outputs; usually 1x1, 1x4 or 4x4.
        pruning_pooling: what of a block's magnitudes counts: "avg" or "max".

    Raises:
        UserError: a value is out of range.
    """

    sparsity: float = tactic(0.0, "0.5 to 0.95", high=0.999)
    pruning_schedule: str = word("polynomial", *SCHEDULES)
    pruning_begin: float = tactic(0.0, "0 to 0.3", high=1)
    pruning_end: float = tactic(0.75, "0.5 to 1", high=1)
    pruning_frequency: int = tactic(100, "10 to 1000", low=1, high=10**9)
    pruning_block: str = "1x1"
    pruning_pooling: str = word("avg", *POOLINGS)

    def __post_init__(self) -> None:
        for known in fields(self):
            if known.metadata:
                checked(known, getattr(self, known.name))
        if self.pruning_end < self.pruning_begin:
            raise _wrong("pruning_end", self.pruning_end, "a number from pruning_begin to 1")
        if not (isinstance(self.pruning_block, str) and BLOCK.fullmatch(self.pruning_block)):
            raise _wrong("pruning_block", self.pruning_block, "rows and columns, such as 1x4")

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Pruning":
        """Return what the parameters say of pruning; other parameters are somebody else's."""
        return cls(**{name: value for name, value in parameters.items() if name in NAMES})

    @property
    def block(self) -> tuple[int, int]:
        """Rows and columns of a block."""
        rows, _, columns = self.pruning_block.partition("x")
        return int(rows), int(columns)

    def point(self, update: int, updates: int) -> int | None:
        """Return the latest update at which the weights are pruned, None before the first.

        Args:
            update: updates so far.
            updates: of the whole training.
        """
        begin, end = round(self.pruning_begin * updates), round(self.pruning_end * updates)
        if not self.sparsity or update < begin:
            return None
        if update >= end:
            return end
        return begin + (update - begin) // self.pruning_frequency * self.pruning_frequency

    def sparsity_at(self, point: int, updates: int) -> float:
        """Return the sparsity from one point on, 0 to `sparsity`.

        The polynomial is equation 1 of Zhu & Gupta 2017 (arXiv:1710.01878) from an initial sparsity of 0:
        s_t = s_f − s_f (1 − (t − t₀) / (t_end − t₀))³.
        """
        begin, end = round(self.pruning_begin * updates), round(self.pruning_end * updates)
        if self.pruning_schedule == "constant" or point >= end:
            return self.sparsity
        return self.sparsity * (1 - (1 - (point - begin) / (end - begin)) ** POWER)


NAMES = frozenset(field.name for field in fields(Pruning))


class Prune(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Prunes each kernel of a model while `model.fit` trains it, by the magnitude of its weights.

    Kernels are the trainable variables of two dimensions and more that are no biases. Masks are applied again
    after each update, for an optimizer's momentum moves weights that have no gradient. Each epoch's logs get
    `sparsity` (share of zeros in the kernels), `sparse_bytes` (see `masks.sparse_bytes`) and
    `compressed_bytes` (all weights after gzip): have this callback before the one that reports them.

    Args:
        pruning: when, and how much.

    Raises:
        UserError: when the training begins: the data does not tell its length, or there are no kernels.
    """

    def __init__(self, pruning: Pruning) -> None:
        super().__init__()
        self._pruning = pruning
        self._updates = 0
        self._point: int | None = None
        self._masks: list[Any] = []

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Count the updates to come; a training that goes on from a checkpoint finds its masks again."""
        self._updates = self._count()
        self._point, self._masks = None, []
        if not self._kernels():
            raise UserError("the model has no kernels to prune", "take sparsity out, or train another model")
        self._prune()

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Prune further when it is time, and keep at 0 what was."""
        self._prune()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Tell what the pruning has brought so far."""
        if logs is not None:
            logs |= self.figures()

    def figures(self) -> dict[str, float]:
        """Return sparsity, sparse bytes and compressed bytes of the model as it is."""
        kernels = [kernel.numpy() for kernel in self._kernels()]
        apart = {id(kernel) for kernel in self._kernels()}
        others = [weight.numpy() for weight in self.model.weights if id(weight) not in apart]
        sparse = sum(sparse_bytes(kernel, self._pruning.block) for kernel in kernels)
        return {
            "sparsity": sum(int((kernel == 0).sum()) for kernel in kernels) / sum(k.size for k in kernels),
            "sparse_bytes": sparse + sum(other.nbytes for other in others),
            "compressed_bytes": compressed_bytes([*kernels, *others]),
        }

    def _prune(self) -> None:
        point = self._pruning.point(int(self.model.optimizer.iterations), self._updates)
        if point is None:
            return
        kernels = self._kernels()
        if point != self._point or len(kernels) != len(self._masks):  # frozen layers may have been thawed
            sparsity = self._pruning.sparsity_at(point, self._updates)
            self._masks = [self._mask(kernel, sparsity) for kernel in kernels]
            self._point = point
        for kernel, mask in zip(kernels, self._masks, strict=True):
            kernel.assign(kernel.value * mask)

    def _mask(self, kernel: Any, sparsity: float) -> Any:
        chosen = mask_of(kernel.numpy(), sparsity, self._pruning.block, self._pruning.pruning_pooling)
        return keras.ops.cast(chosen, kernel.dtype)

    def _kernels(self) -> list[Any]:
        return [v for v in self.model.trainable_variables if len(v.shape) > 1 and v.name != "bias"]

    def _count(self) -> int:
        if not self.params.get("steps"):
            raise UserError(
                "pruning must know how many batches an epoch has, and the dataset does not say",
                "give it .apply(tf.data.experimental.assert_cardinality(n))",
            )
        batches = int(self.params["epochs"]) * int(self.params["steps"])
        return batches // (getattr(self.model.optimizer, "gradient_accumulation_steps", None) or 1)


def with_pruning(arguments: dict[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return fit's arguments with a Prune among the callbacks, where parameters give `sparsity`, be it 0.

    Args:
        arguments: of `fit`, by name.
        parameters: others than those of a Pruning are somebody else's.

    Raises:
        UserError: a value is out of range, or there is only what has no effect without `sparsity`.
    """
    given = sorted(NAMES.intersection(parameters))
    if given and "sparsity" not in given:
        raise UserError(
            f"the tactic {given[0]!r} has no effect without sparsity", "give it too, or leave this out"
        )
    if not given:
        return arguments
    prune = Prune(Pruning.of(parameters))  # before the reporter, which tells what this adds to the logs
    return {**arguments, "callbacks": [prune, *listed(arguments.get("callbacks"))]}


def _wrong(name: str, value: Any, wanted: str) -> UserError:
    return UserError(f"the parameter {name!r} is {value!r}", f"make it {wanted}")
