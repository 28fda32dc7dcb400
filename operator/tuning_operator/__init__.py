"""Tunes the hyperparameters of TensorFlow models, on a laptop and on Kubernetes.

from tuning_operator import tune

result = tune(build_model, ((x, y), (x_val, y_val)), max_trials=16)   # from a notebook, too
result.best_parameters
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuning_operator.notebook.tune import tune as tune

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Give `tune` when asked: the command line and the operator have no use for it."""
    if name == "tune":
        from tuning_operator.notebook.tune import tune

        return tune
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
