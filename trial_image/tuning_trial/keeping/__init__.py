"""What stays of a trial in its artifact directory: the best model, its picture, the curves and the record."""

from tuning_trial.keeping.keeping import Keeping

__all__ = ["Keeping"]
