"""A range for the learning rate, by a sweep on the user's model and data."""

import math
from typing import Any

from tuning_trial.finding.probing import Probe

PLOT_FILE = "learning-rate.svg"


def find_rate(probe: Probe, batches: int) -> Any:
    """Return the Sweep over the model, its data and the trial's parameters, if it is one.

    Args:
        probe: of the user's file, or of a recipe.
        batches: how many rates are tried.

    Raises:
        UserError: the file, the data or the manifest must be mended.
    """

    def sweep(fit: Any, arguments: dict[str, Any]) -> Any:
        from tuning_trial.tactics.finder import batches_of, sweep_rates

        data = batches_of(arguments.get("x"), arguments.get("y"), arguments.get("batch_size") or 32)
        return sweep_rates(fit.__self__, data, batches=batches)

    return probe(sweep)


def snippet(low: float, high: float) -> str:
    """Return the parameter: two digits of each end, none of them outside of the range."""
    ends = f"min: {_two(low, up=True)}, max: {_two(high)}"
    return f"- {{name: learning_rate, type: double, {ends}, scale: log}}"


def _two(rate: float, up: bool = False) -> str:
    """Two digits, as YAML of all kinds reads a number."""
    size = 10.0 ** (math.floor(math.log10(rate)) - 1)
    digits = math.ceil(rate / size - 1e-9) if up else math.floor(rate / size + 1e-9)
    return f"{digits * size:.1e}"
