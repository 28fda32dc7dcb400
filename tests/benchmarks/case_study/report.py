"""The page: means and standard errors of what each variant's trials have reached. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

LADDER = {  # variant, what it adds to the one before
    "baseline": "baseline: Adam, constant rate",
    "cut_mix": "+ CutMix",
    "adamw": "+ AdamW",
    "cosine": "+ cosine schedule",
    "squeeze_excite": "+ squeeze-and-excitation",
}
SCHEDULES = {"baseline": "constant", "cosine_alone": "cosine", "step_alone": "step"}
HEAD = """\
# A case study: the field's tactics, one at a time

Written by `{command}`, which runs `manifests/examples/case-study.yaml` on
{data}:
{repetitions} seeds of each variant, all with the same number of epochs, one trial at a time. Accuracy is that
of the validation data after the last epoch, in percent; ± is the standard error of the mean. A difference is
the mean over the seeds of the difference between two trials of one seed. Seconds are `train_time`,
compilation included: they depend on the machine, and on what else runs there.
"""
NOTES = """\
The baseline of both tables is one and the same set of trials. Nothing was tuned for any variant, so this
shows what the tactics do by themselves in a short training of a small network.

For CIFAR-10 an article reports that these tactics together took a network from 76.2 to about 86 %. That
figure is the article's, for its own network and budget; nothing here reproduces it.
"""


@dataclass(frozen=True)
class Outcome:
    """One trial: accuracy on the validation data after the last epoch (0 to 1), seconds of training."""

    accuracy: float
    seconds: float


Outcomes = Mapping[str, Mapping[int, Outcome]]
"""By variant, then by repetition: repetitions of one number share their seed."""


def page(outcomes: Outcomes, data: str, command: str) -> str:
    """The document in Markdown."""
    head = HEAD.format(command=command, data=data, repetitions=len(outcomes["baseline"]))
    return "\n".join([head, *_ladder(outcomes), "", *_schedules(outcomes), "", NOTES])


def _ladder(outcomes: Outcomes) -> list[str]:
    rows = ["| added one at a time | accuracy, % | to the step before | to the baseline | seconds |",
            "| --- | ---: | ---: | ---: | ---: |"]  # fmt: skip
    before = first = None
    for variant, title in LADDER.items():
        steps = f"{_difference(outcomes, before, variant)} | {_difference(outcomes, first, variant)}"
        rows.append(f"| {title} | {_accuracy(outcomes[variant])} | {steps} | {_seconds(outcomes[variant])} |")
        before, first = variant, "baseline"
    return rows


def _schedules(outcomes: Outcomes) -> list[str]:
    rows = ["| schedule, nothing else changed | accuracy, % | to constant | seconds |",
            "| --- | ---: | ---: | ---: |"]  # fmt: skip
    for variant, title in SCHEDULES.items():
        other = None if variant == "baseline" else "baseline"
        rows.append(
            f"| {title} | {_accuracy(outcomes[variant])} | {_difference(outcomes, other, variant)} "
            f"| {_seconds(outcomes[variant])} |"
        )
    return rows


def _accuracy(trials: Mapping[int, Outcome]) -> str:
    return _mean([100 * one.accuracy for one in trials.values()], "")


def _seconds(trials: Mapping[int, Outcome]) -> str:
    return _mean([one.seconds for one in trials.values()], "")


def _difference(outcomes: Outcomes, before: str | None, variant: str) -> str:
    """The mean of the seeds' differences in accuracy, in points."""
    if before is None:
        return "–"
    old, new = outcomes[before], outcomes[variant]
    return _mean([100 * (new[seed].accuracy - old[seed].accuracy) for seed in new.keys() & old.keys()], "+")


def _mean(values: Sequence[float], sign: str) -> str:
    error = stdev(values) / sqrt(len(values))
    return f"{fmean(values):{sign}.1f} ± {error:.1f}".replace("-", "−")
