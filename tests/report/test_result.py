"""The last words: the answer, what it is better than, and where everything is."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from rich.console import Console
from tuning_operator.api import Counts, Importance, MetricValue
from tuning_operator.report.result import print_result, so_far

from tests.report.moments import also, at, finished, moment, named


def printed(**status: Any) -> str:
    stream = io.StringIO()
    print_result(Console(file=stream, width=80), moment(**status).job, Path("runs/job"))
    return stream.getvalue()


def rows(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_the_baseline_stands_beside_the_best() -> None:
    best = finished(5, 0.25, x=0.1, units=64)
    shown = rows(printed(best=best, baseline=named(finished(1, 0.5, x=0.5)), phase="Succeeded"))
    assert ["x", "0.5", "0.1"] in shown
    assert ["units", "–", "64"] in shown
    assert ["loss", "0.5", "0.25"] in shown
    assert ["change", "-0.25", "(-50.0", "%)"] in shown


def test_the_pareto_set_is_shown_with_the_parameters_of_each_trial() -> None:
    spec = {"objectives": [{"metric": metric, "goal": "Minimize"} for metric in ("loss", "bytes")]}
    members = [named(also(finished(n, n / 8, x=n / 10), bytes=9 - n), "bytes") for n in (1, 2)]
    shown = rows(printed(spec=spec, pareto=members, phase="Succeeded"))
    assert ["trial", "loss", "bytes", "parameters"] in shown
    assert ["1", "0.125", "8", "x=0.1"] in shown
    assert ["2", "0.25", "7", "x=0.2"] in shown


def test_a_constrained_metric_stands_below_the_objectives() -> None:
    value = MetricValue(metric="ms", value=4)
    best = named(finished(2, 0.25)).model_copy(update={"constraints": [value]})
    job = moment(phase="Succeeded", baseline=named(finished(1, 0.5))).job
    job = job.model_copy(update={"status": job.status.model_copy(update={"best": best})})
    stream = io.StringIO()
    print_result(Console(file=stream, width=80), job, Path("runs/job"))
    assert ["ms", "–", "4"] in rows(stream.getvalue())


def test_what_mattered_and_what_to_do_is_told() -> None:
    shares = [Importance(parameter="x", share=0.754), Importance(parameter="y", share=0.246)]
    shown = printed(phase="Succeeded", importance=shares, advice=["the best x lies at its max: raise max"])
    assert "what mattered: x 75 %, y 25 %" in shown
    assert "advice: the best x lies at its max: raise max" in shown


def test_the_best_trials_own_advice_is_told_the_most_urgent_first() -> None:
    said = ["gradients explode; clip them", "overfitting: val_loss\x1b[31m rose", "third", "fourth"]
    best = named(finished(2, 0.25)).model_copy(update={"advice": said})
    job = moment(phase="Succeeded").job
    job = job.model_copy(update={"status": job.status.model_copy(update={"best": best})})
    stream = io.StringIO()
    print_result(Console(file=stream, width=40), job, Path("runs/job"))
    says = [line for line in stream.getvalue().splitlines() if line.startswith("job-2 says: ")]
    assert says == [
        "job-2 says: gradients explode; clip them",
        "job-2 says: overfitting: val_loss [31m rose",
        "job-2 says: third",
    ]


def test_a_baseline_that_is_the_best_is_shown_once() -> None:
    best = finished(1, 0.25)
    shown = printed(best=best, baseline=named(best), phase="Succeeded")
    assert "baseline" not in shown


def test_time_and_place_are_told() -> None:
    shown = printed(
        phase="Succeeded", message="8 of 8 trials done", start_time=at(0), completion_time=at(125)
    )
    assert "✓ job: 8 of 8 trials done, in 2:05" in shown
    assert "everything is kept in runs/job" in shown


def test_a_file_gets_whole_lines_and_no_blanks_behind_them() -> None:
    message = "none succeeded: " + "word " * 60 + "end"
    shown = printed(phase="Failed", message=message, best=finished(5, 0.25, x=0.1))
    assert message in shown
    assert all(line == line.rstrip() for line in shown.splitlines())


def test_an_interrupted_job_is_told_in_one_line() -> None:
    best = finished(2, 0.25)
    counts = Counts(done="3/8", total=5, running=2, succeeded=2, failed=1)
    assert so_far(moment(best=best, trials=counts).job, Path("runs/job")) == (
        "3 of 8 trials done; best loss 0.25 (job-2); kept in runs/job; the same command goes on"
    )
    assert so_far(moment().job, Path("there")) == (
        "0 of 8 trials done; kept in there; the same command goes on"
    )


def test_a_failed_job_has_a_cross_and_no_table() -> None:
    shown = printed(phase="Failed", message="none succeeded: [bold]job-1[/bold] Error")
    assert shown.startswith("✗ job: none succeeded: [bold]job-1[/bold] Error")
    assert "parameter" not in shown
