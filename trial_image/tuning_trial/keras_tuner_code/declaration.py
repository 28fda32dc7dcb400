"""One parameter as the code declares it, in the manifest's terms."""

import random
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from tuning_trial.errors import UserError
from tuning_trial.hyperparameters import has_one_value, manifest_name

FEW = 8  # so many values of a number are all tried; of more, both ends


@dataclass(frozen=True)
class Declaration:
    """What the code says of a parameter. Two are equal when their ranges are; defaults may differ.

    name: as the code has it.
    values: of a discrete one in ascending order; of a categorical or bool one in the code's order.
    """

    name: str
    kind: Literal["double", "int", "discrete", "categorical", "bool"]
    default: Any = field(compare=False)
    min: float | None = None
    max: float | None = None
    step: float | None = None
    log: bool = False
    values: tuple[Any, ...] = ()

    @property
    def is_number(self) -> bool:
        """Say whether a manifest's `when` asks it by min and max."""
        return self.kind not in ("categorical", "bool")

    @cached_property
    def size(self) -> int | None:
        """How many values there are; None for a double without a step."""
        if self.values:
            return len(self.values)
        if self.step is None or self.min is None or self.max is None:
            return None
        return int((self.max - self.min) / self.step + 1e-9) + 1

    def at(self, index: int) -> Any:
        """Return value number `index`, from 0, of a finite one."""
        if self.values:
            return self.values[index]
        value = (self.min or 0) + index * (self.step or 0)
        return int(value) if self.kind == "int" else value

    def index(self, value: Any) -> int:
        """Return which of a finite one's values this is."""
        if self.values:
            return self.values.index(value)
        steps: float = (value - (self.min or 0)) / (self.step or 1)
        return round(steps)

    def holds(self, value: Any) -> bool:
        """Say whether it is one of the values, as far as the ends tell."""
        if self.values:
            return value in self.values
        return isinstance(value, (int, float)) and (self.min or 0) <= value <= (self.max or 0)

    def probes(self) -> list[Any]:
        """Return the values that are all to be tried."""
        if self.size is None:
            return [self.min, self.max]
        few = not self.is_number or self.kind == "discrete" or self.size <= FEW
        return [self.at(i) for i in (range(self.size) if few else (0, self.size - 1))]

    def sample(self, source: random.Random) -> Any:
        """Return any value."""
        if self.size is None:
            return source.uniform(self.min or 0.0, self.max or 0.0)
        return self.at(source.randrange(self.size))

    def __str__(self) -> str:
        if self.values:
            return str(list(self.values))
        return f"{self.min} to {self.max}" + (f", step {self.step}" if self.step not in (None, 1) else "")

    def manifest(self) -> dict[str, Any]:
        """Return the parameter as `spec.parameters` has it, without its `when`."""
        body: dict[str, Any] = {"name": manifest_name(self.name), "type": self.kind}
        if self.kind == "discrete":
            return body | {"numbers": list(self.values)}
        if self.values:
            return body if self.kind == "bool" else body | {"values": list(self.values)}
        body |= {"min": self.min, "max": self.max}
        if self.step is not None and not (self.kind == "int" and self.step == 1):
            body["step"] = self.step
        return body | ({"scale": "log"} if self.log else {})


def declaration_of(hp: Any) -> Declaration | None:
    """Read keras-tuner's Int, Float, Choice, Boolean or Fixed; None where there is nothing to choose.

    Raises:
        UserError: no manifest can say it.
    """
    if has_one_value(hp):
        return None
    kind = type(hp).__name__
    if kind == "Boolean":
        return Declaration(hp.name, "bool", hp.default, values=(False, True))
    if kind == "Choice":
        return _choice(hp)
    if hp.sampling != "linear" and hp.step is not None:  # a manifest's step is one of addition
        values = sorted({_rounded(hp._get_value_by_index(i)) for i in range(hp._get_n_values())})
        return Declaration(hp.name, "discrete", hp.default, values=tuple(values))
    if hp.sampling == "reverse_log":
        raise UserError(
            f"{kind}({hp.name!r}) is sampled by reverse_log, and a manifest's scale is linear or log",
            "give it a step, which makes it a list of numbers, or another sampling",
        )
    number: Literal["int", "double"] = "int" if kind == "Int" else "double"
    step = 1 if kind == "Int" and hp.step is None else hp.step
    return Declaration(
        hp.name, number, hp.default, hp.min_value, hp.max_value, step, log=hp.sampling == "log"
    )


def _choice(hp: Any) -> Declaration:
    values = tuple(dict.fromkeys(hp.values))
    if isinstance(values[0], str):
        return Declaration(hp.name, "categorical", hp.default, values=values)
    return Declaration(hp.name, "discrete", hp.default, values=tuple(sorted(values)))


def _rounded(value: float) -> float:
    """The value without the noise of powers: 0.1·10 is 1."""
    value = float(f"{value:.12g}")
    return int(value) if value.is_integer() else value
