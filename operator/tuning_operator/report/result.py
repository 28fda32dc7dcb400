"""What is said at the end: the answer, what it is better than, and where everything is."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tuning_operator.api import Best, TuningJob
from tuning_operator.report.text import (
    change,
    importance_text,
    number,
    parameters_text,
    plain,
    span,
    value_text,
)

SENTENCES = 3  # of a trial's own advice, which has the most urgent first
NO_WIDTH = 10_000  # columns: more than any line of a result has


def print_result(console: Console, job: TuningJob, directory: Path) -> None:
    """Best parameters beside the baseline's, the objective's gain, trials, time and place."""
    if console.is_terminal:
        _print_parts(console, job, directory)
        return
    # A file has no width: its lines are as long as they are, and nothing stands behind their ends.
    wide = Console(file=io.StringIO(), width=NO_WIDTH, color_system=None)
    with wide.capture() as capture:
        _print_parts(wide, job, directory)
    print("\n".join(line.rstrip() for line in capture.get().splitlines()), file=console.file)


def _print_parts(console: Console, job: TuningJob, directory: Path) -> None:
    console.print(_headline(job))
    if job.status.best is not None:
        console.print(_comparison(job, job.status.best))
    if len(job.status.pareto or ()) > 1:
        console.print(_pareto(job))
    for line in _lessons(job):
        console.print(Text(line), soft_wrap=True)
    console.print(Text(_where(job, directory)), soft_wrap=True)


def so_far(job: TuningJob, directory: Path) -> str:
    """One line on a job that was interrupted: how far it is, the best, and where it goes on."""
    status = job.status
    done = sum((status.trials.succeeded, status.trials.failed, status.trials.stopped)) if status.trials else 0
    parts = [f"{done} of {job.spec.trials.max} trials done"]
    if status.best:
        values = ", ".join(f"{plain(o.metric)} {number(o.value)}" for o in status.best.objectives)
        parts.append(f"best {values} ({status.best.trial})")
    return "; ".join([*parts, f"kept in {directory}", "the same command goes on"])


def _headline(job: TuningJob) -> Text:
    done = job.status.phase == "Succeeded"
    text = Text("✓ " if done else "✗ ", "bold green" if done else "bold red")
    text.append(plain(job.metadata.name), "bold")
    text.append(f": {plain(job.status.message or job.status.phase or '', 1000)}")
    if job.status.start_time and job.status.completion_time:
        text.append(f", in {span(job.status.completion_time - job.status.start_time)}")
    return text


def _comparison(job: TuningJob, best: Best) -> Table:
    baseline = (
        job.status.baseline if job.status.baseline and job.status.baseline.number != best.number else None
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("parameter")
    if baseline:
        table.add_column("baseline", justify="right")
    table.add_column("best", justify="right", style="bold green")
    for name in sorted({*best.parameters, *(baseline.parameters if baseline else ())}):
        table.add_row(Text(plain(name, 40)), *_cells(name, baseline, best))
    table.add_section()
    for index, objective in enumerate(best.objectives):
        cells = [baseline.objectives[index].value] if baseline else []
        shown = [Text(number(value)) for value in (*cells, objective.value)]
        table.add_row(Text(plain(objective.metric, 40)), *shown)
        if baseline:
            table.add_row("change", "", change(baseline.objectives[index].value, objective.value))
    for constraint in best.constraints or ():
        before = [_value_of(baseline, constraint.metric)] if baseline else []
        table.add_row(Text(plain(constraint.metric, 40)), *before, Text(number(constraint.value)))
    return table


def _pareto(job: TuningJob) -> Table:
    """What nothing beats, the first objective's best first."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="the Pareto set", title_justify="left")
    table.add_column("trial", justify="right")
    for objective in job.spec.objectives:
        table.add_column(Text(plain(objective.metric, 40)), justify="right", style="green")
    table.add_column("parameters")
    for member in job.status.pareto or ():
        values = [Text(number(o.value)) for o in member.objectives]
        table.add_row(str(member.number), *values, Text(parameters_text(member.parameters)))
    return table


def _cells(name: str, baseline: Best | None, best: Best) -> list[Text]:
    """A parameter that one of the two does not have is shown as a dash."""
    columns = [baseline, best] if baseline else [best]
    return [Text(value_text(c.parameters[name]) if name in c.parameters else "–") for c in columns]


def _value_of(best: Best, metric: str) -> Text:
    """A constrained metric that a trial lacks is shown as a dash."""
    return Text(next((number(c.value) for c in best.constraints or () if c.metric == metric), "–"))


def _lessons(job: TuningJob) -> Iterator[str]:
    """Which parameters mattered, what to do about the manifest, and about the best trial's training."""
    if job.status.importance:
        yield f"what mattered: {importance_text(job.status.importance)}"
    yield from (f"advice: {plain(words)}" for words in job.status.advice or ())
    best = job.status.best
    if best is not None:
        yield from (f"{plain(best.trial)} says: {plain(w)}" for w in (best.advice or ())[:SENTENCES])


def _where(job: TuningJob, directory: Path) -> str:
    place = f"everything is kept in {directory}"
    if job.status.best and job.status.best.artifact:
        place += f", the best trial's files in {_short(Path(job.status.best.artifact))}"
    return place


def _short(path: Path) -> Path:
    """As one would type it from here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
