"""The live view: progress, best so far, and a row for every trial that matters now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tuning_operator.api import Importance
from tuning_operator.engine.findings import importance
from tuning_operator.report.progress import Progress, best_so_far, remaining, succeeded
from tuning_operator.report.rows import trial_table
from tuning_operator.report.text import importance_text, number, parameters_text, plain, span, sparkline

ARROWS = {"Maximize": "↑", "Minimize": "↓"}
FIXED_LINES = 10  # all but the rows of the table, and the one of the cursor
SPARK_WIDTH = 24
INDENT = 6
LONGEST_WORD = 12  # room that wrapping at words may leave at the first line's end
ROOMY = 16  # lines of a terminal that has one to spare for what matters
GROWTH = 1.1  # of finished trials, until what matters is asked again: its price grows with their number


class LiveView:
    """Redraws in place; notes scroll by above."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._matters: tuple[Importance, ...] = ()
        self._asked = 0  # how many trials had finished when what matters was asked

    def __enter__(self) -> LiveView:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, progress: Progress) -> None:
        width, height = self._console.size
        finished = progress.finished
        if len(finished) > GROWTH * self._asked:
            self._matters, self._asked = importance(progress.job, finished), len(finished)
        self._live.update(render(progress, width, height, self._matters), refresh=True)

    def note(self, text: str) -> None:
        self._console.print(Text(plain(text), style="yellow"))


def render(
    progress: Progress, width: int = 80, height: int = 24, matters: Sequence[Importance] = ()
) -> RenderableType:
    """One frame, never higher than the terminal. matters: parameters by importance, where that is known."""
    mattering = _mattering(matters) if height >= ROOMY else []
    rows = max(1, height - FIXED_LINES - len(mattering))
    return Group(
        _title(progress),
        _bar(progress),
        Text(),
        *_best(progress, width),
        *mattering,
        Text(),
        trial_table(progress, width, rows),
    )


def _title(progress: Progress) -> Text:
    objective, *others = progress.job.spec.objectives
    title = Text(no_wrap=True, overflow="ellipsis")
    title.append(plain(progress.job.metadata.name), "bold")
    title.append(f"  {plain(objective.metric)} {ARROWS[objective.goal]}", "cyan")
    title.append("".join(f", {plain(o.metric)} {ARROWS[o.goal]}" for o in others), "cyan")
    title.append(_stage(progress))
    failed = (progress.job.status.trials.failed if progress.job.status.trials else 0) or 0
    if failed:
        title.append(f"  {failed} failed", "red")
    return title


def _stage(progress: Progress) -> str:
    """The newest of several stages, and a grid's size."""
    stages = progress.job.status.stages or []
    place = max((i for i, stage in enumerate(stages) if stage.trials), default=0)
    if not stages or (len(stages) == 1 and stages[0].points is None):
        return ""
    points = f", {stages[place].points} points" if stages[place].points else ""
    which = f"stage {place + 1}/{len(stages)} " if len(stages) > 1 else ""
    return f"  {which}{stages[place].algorithm}{points}"


def _bar(progress: Progress) -> Table:
    done, total = len(progress.finished), progress.job.spec.trials.max
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(ratio=1)
    grid.add_column(no_wrap=True)
    bar = ProgressBar(total=total, completed=done, complete_style="green", finished_style="green")
    grid.add_row(bar, Text.assemble((f"{done}/{total}", "bold"), _times(progress)))
    return grid


def _times(progress: Progress) -> str:
    left = remaining(progress)
    return f"  {span(progress.elapsed)}{'' if left is None else _left(left)}"


def _left(left: timedelta) -> str:
    """To five seconds: an estimate that flickers looks more exact than it is."""
    rounded = timedelta(seconds=5 * round(left.total_seconds() / 5))
    return f"  about {span(rounded)} left" if rounded else "  nearly done"


def _why_none(progress: Progress) -> str:
    """While there are results and none of them is feasible: what is wrong with the newest."""
    infeasible = [t for t in progress.finished if succeeded(t) and t.status.message]
    return " " * INDENT + plain(infeasible[-1].status.message or "") if infeasible else ""


def _mattering(matters: Sequence[Importance]) -> list[RenderableType]:
    if not matters:
        return []
    return [Text(f"matters  {importance_text(matters)}", "dim", no_wrap=True, overflow="ellipsis")]


def _best(progress: Progress, width: int) -> list[RenderableType]:
    best = progress.job.status.best
    if best is None:
        return [Text("best    –", "dim"), Text(_why_none(progress), "dim", no_wrap=True, overflow="ellipsis")]
    history = best_so_far(progress.finished, progress.job)
    others = "".join(f"  {plain(o.metric, 40)} {number(o.value)}" for o in best.objectives[1:])
    value = number(best.objectives[0].value)
    first = Text.assemble(("best  ", "bold"), (value, "bold green"), f"{others}  trial {best.number}  ")
    first.append(sparkline(history, SPARK_WIDTH), "green")
    first.truncate(width)
    parameters = Text(parameters_text(best.parameters), "dim")
    parameters.truncate(2 * (width - INDENT) - LONGEST_WORD, overflow="ellipsis")
    return [first, Padding(parameters, (0, 0, 0, INDENT))]
