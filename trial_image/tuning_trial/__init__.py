"""The trial's side of tuning-operator: parameters in, metrics out.

    from tuning_trial import parameters, report

    chosen = parameters()                       # {"learning_rate": 0.001, "units": 128}
    for epoch in range(10):
        ...
        report(step=epoch + 1, val_accuracy=0.97)

The SDK needs prometheus-client only and does nothing outside of a trial, so the same program
runs unchanged on a laptop. Keras programs add `KerasCallback()` to `model.fit` instead of calling report.
"""

from typing import TYPE_CHECKING, Any

from tuning_trial.sdk import finish, load_checkpoint, parameters, report, save_checkpoint, should_stop

if TYPE_CHECKING:
    from tuning_trial.keras_callback import KerasCallback as KerasCallback

# KerasCallback is not in the list: `import *` must not load Keras.
__all__ = ["finish", "load_checkpoint", "parameters", "report", "save_checkpoint", "should_stop"]


def __getattr__(name: str) -> Any:
    """Give `KerasCallback` when asked: importing Keras takes seconds, and most images have none."""
    if name == "KerasCallback":
        from tuning_trial.keras_callback import KerasCallback

        return KerasCallback
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
