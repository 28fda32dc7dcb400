"""Distillation (Hinton et al. 2015, arXiv:1503.02531): a model learns from another's outputs too."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import keras
from keras import ops

from tuning_trial.errors import UserError
from tuning_trial.transfer.files import find
from tuning_trial.transfer.start import read_model

Outputs = Literal["logits", "softmax", "sigmoid"]
LOSSES = {"softmax": "softmax", "sigmoid": "sigmoid", "linear": "logits"}


@dataclass(frozen=True)
class Teacher:
    """A trained classifier, and how its outputs and its student's are to be read.

    model: is not trained any further, and takes the student's inputs.
    outputs, of_student: logits or probabilities.
    by_class: each output is a yes or no of its own (sigmoid); else all of them are one choice (softmax).
    value: the path as it was given, for messages.
    """

    model: Any
    outputs: Outputs
    of_student: Outputs
    by_class: bool
    value: str

    def soft_loss(self, x: Any, y_pred: Any, temperature: float) -> Any:
        """Return T² · KL(softmax(t/T) ‖ softmax(s/T)), the mean over a batch, t and s being logits.

        It differs from Hinton's crossentropy by what does not depend on the student; T² keeps the gradients'
        size as it is at T = 1.
        """
        # By the name of its loss Keras 3.15 would take the logits themselves for probabilities.
        loss = keras.distillation.LogitsDistillation(temperature, keras.losses.KLDivergence())
        taught = self.model(x, training=False)
        self._refuse_other_shape("outputs", taught.shape, y_pred.shape)
        return loss.compute_loss(
            ops.stop_gradient(logits(taught, self.outputs, self.by_class)),
            logits(y_pred, self.of_student, self.by_class),
        )

    def refuse_unlike(self, student: Any) -> None:
        """See that both take and give the same, where that is known before there is any data.

        Raises:
            UserError: they do not; it names both shapes.
        """
        for what in ("inputs", "outputs"):
            of_both = [_shape(getattr(model, what, None)) for model in (self.model, student)]
            if None not in of_both:
                self._refuse_other_shape(what, *of_both)

    def _refuse_other_shape(self, what: str, of_teacher: Any, of_student: Any) -> None:
        pairs = list(zip(of_teacher, of_student, strict=False))
        if len(of_teacher) != len(of_student) or any(a != b for a, b in pairs if None not in (a, b)):
            raise UserError(
                f"teacher={self.value!r} has {what} of shape {tuple(of_teacher)[1:]}, "
                f"and the model of shape {tuple(of_student)[1:]}",
                "take a teacher of the same data and classes",
            )


def find_teacher(student: Any, value: str, directory: Path | str, labels: str, loss: Any) -> Teacher:
    """Return the teacher of a compiled student.

    Args:
        student: the model that learns.
        value: the path of a .keras or .h5 file of a whole model.
        directory: what the path is relative to.
        labels: what the student's loss takes: "numbers" of classes, "one-hot" or "binary".
        loss: the student's.

    Raises:
        UserError: the file cannot be read, or its model is no classifier like the student.
    """
    if not hasattr(keras, "distillation"):
        raise UserError(
            f"teacher={value!r} needs keras.distillation", "take an image with Keras 3.12 or later"
        )
    path = find("teacher", value, Path(directory))
    with student.distribute_strategy.scope():
        model = read_model("teacher", value, path)
    model.trainable = False
    of_student = outputs_of(student) or _by_loss(loss, labels)
    by_class = of_student == "sigmoid" or (of_student == "logits" and labels == "binary")
    outputs = outputs_of(model)
    if outputs not in ("logits", "sigmoid" if by_class else "softmax"):
        expected = "sigmoid" if by_class else "softmax"
        raise UserError(
            f"teacher={value!r} ends with {outputs or 'no activation that is known'}",
            f"take a teacher that ends with {expected} or with logits, as the model classifies so",
        )
    teacher = Teacher(model, outputs, of_student, by_class, value)
    teacher.refuse_unlike(student)
    return teacher


@contextmanager
def taught(model: Any, teacher: Teacher, temperature: float = 5.0, weight: float = 0.7) -> Iterator[Any]:
    """Have a model trained with (1 − weight) of its own loss and `weight` of the teacher's.

    Its metrics, its validation's loss and what is saved stay its own, regularisation keeps its whole weight.

    Args:
        model: compiled.
        teacher: see `find_teacher`.
        temperature: T; the higher, the more the classes that are wrong count.
        weight: of the soft loss, from 0 to 1.

    Yields:
        A callback, which ends a training that never asks for the loss.

    Raises:
        UserError: the model has a `compute_loss` that does not tell training from validation.
    """
    own = model.compute_loss
    if not getattr(model, "_compute_loss_has_training_arg", True):
        raise UserError(
            f"teacher={teacher.value!r} cannot be applied to {type(model).__name__}: its compute_loss has no "
            "argument `training`",
            "give it that argument",
        )
    heard = _Heard(teacher.value)

    def compute_loss(
        x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        hard = own(x, y, y_pred, sample_weight, training=training)
        if not training:
            return hard
        if sample_weight is not None:
            raise UserError(
                f"teacher={teacher.value!r} cannot be applied to data with sample_weight", "leave it out"
            )
        heard.asked = True
        soft = ops.cast(teacher.soft_loss(x, y_pred, temperature), hard.dtype)
        regularisation = sum((ops.sum(ops.cast(one, hard.dtype)) for one in model.losses), 0.0)
        return (1 - weight) * hard + weight * (soft + regularisation)

    model.compute_loss = compute_loss
    try:
        yield heard
    finally:
        del model.compute_loss


def logits(outputs: Any, kind: Outputs, by_class: bool) -> Any:
    """Return a classifier's outputs as logits over a last axis of choices.

    Args:
        outputs: … × classes.
        kind: how they are to be read. A probability's logarithm is a logit but for a constant, which softmax
            does not see at any temperature.
        by_class: return … × classes × 2, for no and for yes.
    """
    outputs = ops.cast(outputs, "float32")
    least = keras.config.epsilon()
    if kind == "softmax":
        outputs = ops.log(ops.clip(outputs, least, 1.0))
    elif kind == "sigmoid":
        outputs = ops.clip(outputs, least, 1.0 - least)
        outputs = ops.log(outputs) - ops.log(1.0 - outputs)
    return ops.stack([ops.zeros_like(outputs), outputs], axis=-1) if by_class else outputs


def outputs_of(model: Any) -> Outputs | None:
    """Say by a model's last layer what it gives; None where that tells nothing."""
    outputs = getattr(model, "outputs", None)
    if not outputs:
        return None
    last = outputs[0]._keras_history.operation
    if isinstance(last, keras.Model):
        return outputs_of(last)
    activation = getattr(last, "activation", None)
    named = getattr(activation, "__name__", type(last).__name__).lower()
    if named == "linear" and isinstance(last, keras.layers.Activation):
        return None
    return LOSSES.get(named)  # type: ignore[return-value]


def _by_loss(loss: Any, labels: str) -> Outputs:
    if getattr(loss, "from_logits", False):
        return "logits"
    return "sigmoid" if labels == "binary" else "softmax"


def _shape(tensors: Any) -> Any:
    """The shape of a model's only input or output; None where it is not known, or there are several."""
    return tuple(tensors[0].shape) if tensors and len(tensors) == 1 else None


class _Heard(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """Ends a training whose own step never asks `compute_loss`, after its first epoch."""

    async_safe = True

    def __init__(self, value: str) -> None:
        super().__init__()
        self._value = value
        self.asked = False

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Look whether it has."""
        if not self.asked:
            raise UserError(
                f"teacher={self._value!r} acts in compute_loss, which {type(self.model).__name__}'s own "
                "training never calls",
                "call self.compute_loss in its train_step, or take it out of spec.parameters",
            )
