"""The tactics that a manifest gives and the code does not ask for: the trial applies them by itself. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from tuning_trial.errors import UserError
from tuning_trial.tactics.chosen import Tactics, read
from tuning_trial.tactics.combinations import is_on

NAMES = frozenset(f.name for f in fields(Tactics))
START = ("pretrained", "frozen", "frozen_epochs")
TEACHING = ("teacher", "distillation_temperature", "distillation_weight")
PRUNING = tuple(sorted(name for name in NAMES if name == "sparsity" or name.startswith("pruning_")))
REMOVED = "removed"  # acts on a model once it is built
TFLITE = "tflite"  # acts once it is trained
FEEDING = ("cache", "prefetch", "parallel_maps")
UNDER_WAY = (*START, *TEACHING, *PRUNING, REMOVED, TFLITE)  # what leaves building, compiling and data alone
BEFORE_BUILDING = ("mixed_precision", "mirrored", "deterministic")  # a model is built under them
OUTSIDE_OF_FIT = (*BEFORE_BUILDING, REMOVED, TFLITE)

# A tactic that acts only with certain values of another; elsewhere it would be tuned without effect.
NEEDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "momentum": ("optimizer", ("momentum", "nesterov")),
    "beta_1": ("optimizer", ("adam", "adamw", "lion")),
    "beta_2": ("optimizer", ("adam", "adamw", "lion")),
    "decay_rate": ("schedule", ("exponential", "step")),
    "decays": ("schedule", ("exponential", "step", "cosine_restarts", "cyclical")),
    "staircase": ("schedule", ("exponential",)),
    "final_rate": ("schedule", ("cosine", "cosine_restarts", "cyclical")),
}

OURS = frozenset({"schedule"})  # of the others those that no file's code has in their place

WITHOUT_EFFECT_ALONE = {  # what acts only where the other is on
    "frozen": "pretrained",
    "frozen_epochs": "pretrained",
    "distillation_temperature": "teacher",
    "distillation_weight": "teacher",
    **{name: "sparsity" for name in PRUNING if name != "sparsity"},
}


@dataclass(frozen=True)
class Given:
    """Tactics by name as the manifest gives them, and the same with the defaults of all others."""

    values: Mapping[str, Any]
    chosen: Tactics

    @classmethod
    def of(cls, parameters: Mapping[str, Any], forgiving: bool = False) -> "Given":
        """Pick the tactics out of parameters.

        Args:
            parameters: by name; other than tactics are passed over.
            forgiving: let a tactic without effect pass.

        Raises:
            UserError: a value cannot be, two exclude each other, or one has no effect without another.
        """
        chosen = read(parameters)
        values = {name: getattr(chosen, name) for name in parameters if name in NAMES}
        if not forgiving:
            refuse_idle(values, chosen, OURS | values.keys())
        return cls(values, chosen)

    def has(self, name: str) -> bool:
        """Say whether the manifest gives it, be it only to switch it off."""
        return name in self.values

    def on(self, *names: str) -> list[str]:
        """Return those of the names that are given and have an effect."""
        return [name for name in names if self.has(name) and is_on(self.chosen, name)]

    def said(self, *names: str) -> str:
        """Return those of the names that are given, with their values, for a message."""
        return ", ".join(f"{name}={self.values[name]!r}" for name in names if self.has(name))


def refuse_idle(values: Mapping[str, Any], chosen: Tactics, known: Collection[str]) -> None:
    """See that each tactic that is given acts beside the others.

    Args:
        values: what is given, by name.
        chosen: all tactics.
        known: those of which `chosen` tells; of the others the user's code has its own.

    Raises:
        UserError: one would be tuned without effect.
    """
    for name, (other, fitting) in NEEDS.items():
        if name in values and other in known and getattr(chosen, other) not in fitting:
            when = f"`when: {{parameter: {other}, in: [{', '.join(fitting)}]}}` in the manifest"
            raise UserError(
                f"the tactic {name!r} has no effect with {other}={getattr(chosen, other)!r}",
                f"give it {when}" if other in values else f"give {other} too ({', '.join(fitting)})",
            )
    _refuse_alone(values, chosen)
    if "frozen_epochs" in values and "frozen" not in values:
        raise UserError("the tactic 'frozen_epochs' has no effect without frozen", "give frozen too")


def _refuse_alone(values: Mapping[str, Any], chosen: Tactics) -> None:
    for name, other in WITHOUT_EFFECT_ALONE.items():
        if name in values and not is_on(chosen, other):
            mend = f"give {other} too, or leave it out"
            if other in values:
                which = "in: […]" if isinstance(values[other], str) else "min: …"
                mend = f"give it `when: {{parameter: {other}, {which}}}` in the manifest"
            raise UserError(f"the tactic {name!r} has no effect without {other}", mend)
