"""The table of trials: the running ones, then those that ended last; as many parameters as fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.table import Table
from rich.text import Text

from tuning_operator.api import ParameterValue, Trial
from tuning_operator.engine.feasible import feasible
from tuning_operator.engine.snapshot import TrialView
from tuning_operator.report.progress import Progress, age, duration, latest, succeeded
from tuning_operator.report.text import number, plain, span, took

NAME_WIDTH = 10  # of a parameter's column at least; longer names are cut where there is no room
VALUE_WIDTH = 12
METRIC_WIDTH = 14
FIXED_WIDTH = 3 + 5 + 6 + METRIC_WIDTH + 2 + 8  # mark, number, step, metric and time with their gaps
GAP = 2  # padding, and the box's own column


def trial_table(progress: Progress, width: int, rows: int) -> Table:
    """At most `rows` trials, within `width` columns."""
    views = _chosen(progress, rows)
    columns = _columns(views, width - FIXED_WIDTH)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, GAP - 1, 0, 0), show_edge=False)
    table.add_column("", width=1, no_wrap=True)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("step", justify="right", no_wrap=True)
    metric = plain(progress.objective.metric)
    table.add_column(Text(metric), justify="right", no_wrap=True, max_width=METRIC_WIDTH, overflow="ellipsis")
    table.add_column("time", justify="right", no_wrap=True)
    for heading in columns.headings:
        table.add_column(Text(heading), no_wrap=True, max_width=max(VALUE_WIDTH, len(heading)))
    for view in views:
        table.add_row(*_row(progress, view, columns.names), style=_style(view))
    return table


def _chosen(progress: Progress, rows: int) -> list[TrialView]:
    """Running trials fill at most all rows but two; the rest shows the latest results, newest first."""
    by_number = {view.trial.number: view for view in progress.trials}
    running = progress.running[: max(1, rows - 2)]
    ended = [by_number[trial.number] for trial in reversed(progress.finished)]
    return running + ended[: rows - len(running)]


@dataclass(frozen=True)
class Columns:
    """Those of the parameters.

    names: the parameters that are shown, in order.
    headings: what stands above them, and what tells how many are not shown.
    """

    names: list[str]
    headings: list[str]


def _columns(views: Sequence[TrialView], room: int) -> Columns:
    """As many parameters as fit; what is left over goes to their names."""
    widths = _value_widths(views)
    names = sorted(widths)
    for count in range(len(names), -1, -1):
        shown, more = names[:count], [f"+{len(names) - count} more"] if count < len(names) else []
        for name_width in range(max(NAME_WIDTH, *map(len, names), 0), NAME_WIDTH - 1, -1):
            headings = [_cut(name, name_width) for name in shown]
            taken = [max(len(heading), widths[name]) for heading, name in zip(headings, shown, strict=True)]
            if sum(width + GAP for width in (*taken, *map(len, more))) <= room:
                return Columns(shown, headings + more)
    return Columns([], [])


def _value_widths(views: Sequence[TrialView]) -> dict[str, int]:
    """How wide the widest value of each parameter is shown."""
    widths: dict[str, int] = {}
    for view in views:
        for name, value in view.trial.spec.parameters.items():
            widths[name] = max(widths.get(name, 0), min(VALUE_WIDTH, len(short(value))))
    return widths


def _cut(name: str, width: int) -> str:
    name = plain(name)
    return name if len(name) <= width else name[: width - 1] + "…"


def short(value: ParameterValue) -> str:
    """Three digits are enough to compare."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return (
        plain(value) if isinstance(value, str) else f"{value:.3g}" if isinstance(value, float) else str(value)
    )


def _row(progress: Progress, view: TrialView, names: Sequence[str]) -> list[Text]:
    parameters = view.trial.spec.parameters
    cells = [*_state(progress, view), *(short(parameters[n]) if n in parameters else "" for n in names)]
    return [Text(cell) for cell in cells]


def _state(progress: Progress, view: TrialView) -> tuple[str, str, str, str, str]:
    """Mark, number, step, value (or why there is none) and time."""
    trial, metric = view.trial, progress.objective.metric
    which = str(trial.number)
    if not trial.finished:
        step, value = latest(view, metric) or (None, None)
        shown = "" if value is None else number(value)
        return "▸", which, str(step) if step else "", shown, span(age(view, progress.now))
    value = trial.value(metric)
    if not succeeded(trial) or value is None:
        return "✗", which, "", trial.status.reason or "", took(duration(trial))
    at = next((o.step for o in trial.status.observations if o.metric == metric), None)
    return _mark(progress, trial), which, str(at) if at else "", number(value), took(duration(trial))


def _mark(progress: Progress, trial: Trial) -> str:
    """The best, another member of the Pareto set, one that breaks a constraint, or any other success."""
    status = progress.job.status
    if status.best and status.best.number == trial.number:
        return "★"
    if any(member.number == trial.number for member in status.pareto or ()):
        return "☆"
    return "✓" if feasible(progress.job, trial.value) else "–"


def _style(view: TrialView) -> str:
    if not view.trial.finished:
        return "cyan"
    return "" if succeeded(view.trial) else "red"
