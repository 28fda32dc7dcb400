"""keras-tuner's HyperParameters with the trial's values in the place of a tuner's."""

import math
import re
from collections.abc import Mapping
from typing import Any

import keras_tuner

from tuning_trial.errors import UserError
from tuning_trial.nearest import did_you_mean
from tuning_trial.session import say
from tuning_trial.tactics.given import NAMES

TRAINERS = ("epochs", "batch_size")  # what the training takes, whatever the code asks for


class TrialHyperParameters(keras_tuner.HyperParameters):  # type: ignore[misc]  # keras-tuner ships no types
    """Answers hp.Int, Float, Choice, Boolean and Fixed with the values that the manifest's search chose.

    Manifest and code must declare the same parameters: one that only one side knows would be tuned without
    effect, or never tuned. Unlike keras-tuner, an inactive parameter gives its default and not None, so that
    code may use it unconditionally.

    Args:
        given: the trial's parameters by name; None outside of a trial, where every parameter has its default.
        allow_defaults: forgive what only one side knows: it is said, and the default or nothing is taken.
        preset: parameters that a search was given beforehand: their ranges hold, and not the code's.
        tune_new: whether parameters outside of the preset are tuned too (keras-tuner's tune_new_entries).
    """

    def __init__(
        self,
        given: Mapping[str, Any] | None,
        *,
        allow_defaults: bool = False,
        preset: Any = None,
        tune_new: bool = True,
    ) -> None:
        super().__init__()
        self._given = given
        self.allow_defaults = allow_defaults
        self._preset = {hp.name: hp for hp in preset.space} if preset else {}
        self._tune_new = tune_new
        self._used: set[str] = set()
        self._batch_size: int | None = None
        self._inactive: dict[str, Any] = {}

    def force_batch_size(self, size: int) -> None:
        """Train with this batch, whatever the manifest and the code say."""
        self._batch_size = size

    def setting(self, name: str, fallback: int) -> int:
        """Return the trainer's own parameter `name` (epochs, batch_size), a whole number of 1 or more.

        The manifest may give it although the code does not ask for it.

        Raises:
            UserError: the manifest gives something else.
        """
        if name == "batch_size" and self._batch_size is not None:
            return self._batch_size
        if name not in self.values and (self._given is None or name not in self._given):
            return fallback
        value = self.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value) or value < 1:
            raise UserError(f"the parameter {name!r} is {value!r}", "give it whole numbers from 1")
        return int(value)

    def is_given_only(self, name: str) -> bool:
        """Say whether the manifest gives the parameter and the code has not asked for it."""
        if name == "batch_size" and self._batch_size is not None:
            return True
        return self._given is not None and name in self._given and name not in self._used

    def unasked(self) -> dict[str, Any]:
        """Return what the manifest gives and the code has not asked for so far."""
        known = self._used | self._inactive.keys()
        return {name: value for name, value in (self._given or {}).items() if name not in known}

    def _kind(self, name: str) -> str:
        """What Keras Tuner calls a parameter of such a value."""
        kinds = {bool: "Boolean", int: "Int", float: "Float"}
        return kinds.get(type((self._given or {})[name]), "Choice")

    def _not_given(self) -> list[str]:
        """What the manifest could give: the code's parameters, the trainer's own and the tactics."""
        known = {*map(manifest_name, self._hps), *TRAINERS, *NAMES}
        return sorted(known - (self._given or {}).keys())

    def check_all_used(self, apart_from: set[str]) -> None:
        """Refuse a parameter that the manifest gives and neither the code nor the training uses.

        Raises:
            UserError: there is one; it names the first in alphabetical order.
        """
        unused = sorted(set(self._given or {}) - self._used - {*TRAINERS, *apart_from})
        if self.allow_defaults:
            for name in unused:
                say(f"the code never asks for {name!r}, which the manifest gives")
        if not unused or self.allow_defaults:
            return
        name = unused[0]
        if name not in self._inactive:
            raise UserError(
                f"the manifest gives the parameter {name!r}, and the code never asks for it",
                f"{did_you_mean(name, self._not_given())}"
                f"ask for it in build_model, as in hp.{self._kind(name)}({name!r}, …), or take it out of "
                "spec.parameters; "
                "if the code asks only sometimes, give it a `when` in the manifest",
            )
        condition = self._inactive[name]
        when = f"when: {{parameter: {condition.name}, in: {list(condition.values)}}}"
        raise UserError(
            f"the manifest gives the parameter {name!r}, which the code makes depend on {condition.name!r}",
            f"say so in the manifest too, such as `{when}`",
        )

    def get(self, name: str) -> Any:
        """Return a parameter's value; one that the manifest gives need not be declared first."""
        full_name = self._get_name(name)
        if full_name not in self._hps and self._given is not None:
            return self._look_up(full_name, f"hp.get({name!r})")
        return super().get(name)

    def __contains__(self, name: str) -> bool:
        return manifest_name(self._get_name(name)) in (self._given or {}) or super().__contains__(name)

    def _retrieve(self, hp: Any) -> Any:
        """Stand in for the one place through which all five kinds of keras-tuner's parameters come."""
        hp = self._preset.get(hp.name, hp)
        if not self.is_active(hp):
            super()._retrieve(hp)
            self._inactive[manifest_name(hp.name)] = hp.conditions[-1]  # keras-tuner empties it afterwards
            return hp.default
        if self._given is not None and not self._keeps_default(hp, self._given):
            call = f"hp.{type(hp).__name__}({hp.name!r})"
            self.values[hp.name] = checked(hp, self._look_up(hp.name, call))
        return super()._retrieve(hp)

    def _keeps_default(self, hp: Any, given: Mapping[str, Any]) -> bool:
        """A parameter that the manifest does not give may have its default, as when it has but one value."""
        if manifest_name(hp.name) in given:
            return False
        if self.allow_defaults:
            if hp.name not in self._hps:
                say(f"{hp.name!r} is not in the manifest: its default {hp.default!r} is taken")
            return True
        return has_one_value(hp) or not (self._tune_new or hp.name in self._preset)

    def _look_up(self, name: str, call: str) -> Any:
        given = self._given or {}
        if manifest_name(name) not in given:
            raise UserError(
                f"the code asks for {name!r}, and the manifest does not give it",
                f"add it to spec.parameters, or take {call} out of the code; "
                "if the manifest gives it a `when`, ask under the same condition (parent_name=…)",
            )
        self._used.add(manifest_name(name))
        return given[manifest_name(name)]


def manifest_name(name: str) -> str:
    """Return a parameter's name as manifests have it: `learning rate` and `a/units` get an underscore."""
    plain = re.sub(r"[^a-zA-Z0-9_]", "_", name)
    return plain if plain[:1].isalpha() or plain[:1] == "_" else f"_{plain}"


def has_one_value(hp: Any) -> bool:
    """Say whether there is nothing to choose: such a parameter is no dimension of a search."""
    kind = type(hp).__name__
    if kind in ("Int", "Float"):
        return hp.min_value == hp.max_value or (hp.step is not None and hp._get_n_values() == 1)
    return kind == "Fixed" or (kind == "Choice" and len(set(hp.values)) == 1)


def checked(hp: Any, value: Any) -> Any:
    """Return the manifest's value in the code's type.

    Args:
        hp: what the code declares: keras-tuner's Int, Float, Choice, Boolean or Fixed.
        value: what the manifest gives: a JSON number, string or boolean.

    Raises:
        UserError: the value is none of those that the code declares.
    """
    kind = type(hp).__name__
    fitting = _in_range(hp, value) if kind in ("Int", "Float") else _among(list(hp.values), value)
    if fitting is None:
        raise UserError(
            f"the manifest gives {hp.name}={value!r}, and the code declares {_declaration(hp, kind)}",
            "make both say the same",
        )
    return fitting


def _in_range(hp: Any, value: Any) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    slack = 1e-9 * max(abs(hp.min_value), abs(hp.max_value))  # a log scale's ends come back rounded
    if not hp.min_value - slack <= value <= hp.max_value + slack or not _is_on_grid(hp, value):
        return None
    if type(hp).__name__ == "Float":
        return min(max(float(value), float(hp.min_value)), float(hp.max_value))
    return int(value) if value == int(value) else None


def _is_on_grid(hp: Any, value: float) -> bool:
    if hp.step is None:
        return True
    if hp.sampling == "log":
        steps = math.log(value / hp.min_value) / math.log(hp.step)
    elif hp.sampling == "reverse_log":
        steps = math.log((hp.max_value - value) / hp.min_value + 1) / math.log(hp.step)
    else:
        steps = (value - hp.min_value) / hp.step
    return abs(steps - round(steps)) < 1e-6


def _among(values: list[Any], value: Any) -> Any:
    """The code's own value that equals the manifest's; 1 is not True here, but 32.0 is 32."""
    for own in values:
        if own == value and isinstance(own, bool) == isinstance(value, bool):
            return own
    return None


def _declaration(hp: Any, kind: str) -> str:
    if kind not in ("Int", "Float"):
        return f"{kind}({hp.name!r}) with {list(hp.values)}"
    step = "" if hp.step is None else f", step {hp.step}"
    return f"{kind}({hp.name!r}) from {hp.min_value} to {hp.max_value}{step}"
