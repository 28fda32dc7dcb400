"""Weights & Biases: a run for each trial, where WANDB_API_KEY or WANDB_MODE says so."""

import os
import tempfile
from collections.abc import Mapping, Sequence

from tuning_trial.record import Observation
from tuning_trial.trackers.tracker import About, Outcome, set_unless_given

IMPATIENT = {"WANDB_INIT_TIMEOUT": "20"}  # seconds; a program that ends meanwhile is held for as long
EXIT = {"finished": 0, "failed": 1, "interrupted": 143}


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Say whether there is a key, or a mode other than `disabled`; WANDB_DISABLED is obeyed."""
    mode = environ.get("WANDB_MODE", "")
    if mode == "disabled" or environ.get("WANDB_DISABLED", "").lower() in ("1", "true", "yes"):
        return False
    return bool(mode or environ.get("WANDB_API_KEY"))


class ToWandb:
    """Writes to a run in the job's group; project: WANDB_PROJECT, else the job's name.

    Files go below WANDB_DIR, else a temporary directory: a trial's working directory may be a ConfigMap.
    """

    def __init__(self, about: About) -> None:
        set_unless_given(IMPATIENT)
        import wandb

        self._run = wandb.init(
            project=os.environ.get("WANDB_PROJECT") or about.job,
            group=about.job,
            name=about.trial,
            config={**about.parameters, "seed": about.seed},
            dir=os.environ.get("WANDB_DIR") or tempfile.mkdtemp(prefix="wandb-"),
            settings=wandb.Settings(silent=True, console="off", disable_code=True, disable_git=True),
        )

    def tell(self, observations: Sequence[Observation]) -> None:
        """Log metrics with their steps."""
        for one in observations:
            self._run.log(dict(one.metrics), step=one.step)

    def end(self, outcome: Outcome) -> None:
        """Finish the run; in offline mode that completes its file."""
        self._run.finish(exit_code=EXIT[outcome])
