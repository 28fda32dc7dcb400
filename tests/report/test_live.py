"""The live view at a glance, at any width, whatever trials call themselves."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console
from tuning_operator.api import Importance, StageStatus
from tuning_operator.report.live import LiveView, render
from tuning_operator.report.progress import Progress

from tests.report.moments import also, finished, moment, named, running


def drawn(
    progress: Progress, width: int = 80, height: int = 24, matters: Sequence[Importance] = ()
) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    with console.capture() as capture:
        console.print(render(progress, width, height, matters))
    return capture.get().splitlines()


MANY: dict[str, Any] = {
    "activation": "relu",
    "dropout": 0.123456,
    "learning_rate": 1.5e-4,
    "optimizer": "adam",
    "units": 256,
}


def busy(rows: int = 30) -> Progress:
    done = [finished(n, n / 7, **MANY) for n in range(1, rows)]
    return moment(*done, running(99, 0.5, 0.4, since=15, **MANY), best=done[0])


def test_a_running_trial_shows_step_value_and_time() -> None:
    (row,) = [line for line in drawn(busy()) if line.startswith("▸")]
    assert row.split()[:6] == ["▸", "99", "2", "0.4", "5", "s"]


def test_the_best_stands_out_with_its_parameters() -> None:
    text = "\n".join(drawn(busy()))
    assert "best  0.14286  trial 1" in text
    assert "learning_rate=0.00015" in text


def test_progress_and_what_remains() -> None:
    progress = moment(finished(1, 0.5, span=(0, 40)), running(2, since=30), now=40)
    assert "1/8  40 s  about 2:15 left" in drawn(progress)[1]


def test_failures_show_their_reason() -> None:
    lines = drawn(moment(finished(1, reason="OutOfMemory")))
    assert any(line.startswith("✗") and "OutOfMemory" in line for line in lines)


@pytest.mark.parametrize("width", [40, 60, 80, 132])
@pytest.mark.parametrize("height", [11, 24, 50])
def test_a_frame_fits_its_terminal(width: int, height: int) -> None:
    lines = drawn(busy(60), width, height)
    assert len(lines) < height
    assert max(len(line) for line in lines) <= width


def test_a_wide_terminal_shows_every_parameter() -> None:
    header = next(line for line in drawn(busy(), width=132) if "step" in line)
    assert "units" in header


def header(width: int, **parameters: Any) -> str:
    lines = drawn(moment(running(1, **parameters)), width)
    return next(line for line in lines if "step" in line)


def test_what_does_not_fit_is_counted() -> None:
    assert header(80, **MANY).split()[-2:] == ["+2", "more"]
    assert "more" not in header(132, **MANY)


@pytest.mark.parametrize("width", range(48, 140))
def test_every_parameter_is_shown_or_counted(width: int) -> None:
    words = header(width, **{f"p{n}": n for n in range(12)}).split()
    hidden = int(words[-2]) if words[-1] == "more" else 0
    assert sum(word.startswith("p") for word in words) + hidden == 12


def test_names_are_as_wide_as_there_is_room_for() -> None:
    name = "a_name_of_twenty_four___"
    assert name in header(80, **{name: 1})
    assert "a_name_of…" in header(50, **{name: 1})
    assert name in header(132, **{name: 1}, **MANY)


TWO = {"objectives": [{"metric": metric, "goal": "Minimize"} for metric in ("loss", "bytes")]}


def test_several_objectives_and_the_pareto_set_are_shown() -> None:
    trials = [also(finished(n, n / 8, x=n / 10), bytes=9 - n) for n in (1, 2, 3)]
    members = [named(view, "bytes") for view in trials[:2]]
    progress = moment(*trials, spec=TWO, pareto=members)
    status = progress.job.status.model_copy(update={"best": members[0]})
    lines = drawn(replace(progress, job=progress.job.model_copy(update={"status": status})))
    assert lines[0].startswith("job  loss ↓, bytes ↓")
    assert "best  0.125  bytes 8  trial 1" in "\n".join(lines)
    assert [line[0] for line in lines if line[:1] in "★☆✓" and line] == ["✓", "☆", "★"]


MATTERING = [Importance(parameter="units", share=0.75), Importance(parameter="kind", share=0.25)]


def test_what_matters_stands_below_the_best_where_there_is_room() -> None:
    frame = drawn(busy(60), matters=MATTERING)
    assert "matters  units 75 %, kind 25 %" in frame
    assert len(frame) < 24
    assert not any("matters" in line for line in drawn(busy(60), height=12, matters=MATTERING))


def test_the_view_asks_what_matters_of_the_trials_so_far() -> None:
    def shown(count: int) -> str:
        stream = io.StringIO()
        with LiveView(Console(file=stream, force_terminal=True, width=80, height=24)) as view:
            view.show(moment(*(finished(n, n / 10, x=n / 10) for n in range(1, count + 1))))
        return stream.getvalue()

    assert "matters  x 100 %" in shown(9)
    assert "matters" not in shown(3)  # too few say nothing


def test_while_nothing_is_feasible_the_newest_breach_is_told() -> None:
    spec = {"constraints": [{"metric": "loss", "max": 0.1}]}
    done = finished(1, 0.5, message="not feasible: loss 0.5 is above max 0.1")
    lines = drawn(moment(done, spec=spec))
    assert any("not feasible: loss 0.5 is above max 0.1" in line for line in lines)
    assert any(line.startswith("–") for line in lines)


def test_the_stage_is_in_the_title() -> None:
    grid = StageStatus(algorithm="Grid", trials=9, points=9)
    assert "Grid, 9 points" in drawn(moment(stages=[grid]))[0]
    assert "stage 2/2 TPE" in drawn(moment(stages=[grid, StageStatus(algorithm="TPE", trials=1)]))[0]


def test_before_the_first_trial_there_is_a_frame_too() -> None:
    assert "0/8" in drawn(moment())[1]


def test_names_and_values_are_not_markup() -> None:
    view = running(1, kind="[red]\x1b[2Jx")
    assert any("[red] [2Jx" in line for line in drawn(moment(view), width=132))


def test_the_view_redraws_in_place_and_notes_stay() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, height=24)
    with LiveView(console) as view:
        view.show(moment(running(1)))
        view.note("said [once]")
        view.show(moment(finished(1, 0.5)))
    assert "said [once]" in stream.getvalue()
