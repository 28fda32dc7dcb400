"""Judges a run: is its trial finished, and as what?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tuning_operator.api import Objective, Observation, Reason, TuningJob
from tuning_operator.engine.feasible import breaches, constrained_metrics, judged_metrics
from tuning_operator.engine.intents import Intent
from tuning_operator.engine.limits import EXTRA_METRICS, MAX_ATTEMPTS
from tuning_operator.engine.runs import is_told, will_be_replaced
from tuning_operator.engine.series import Points, current, taken
from tuning_operator.engine.snapshot import RunView
from tuning_operator.engine.target import reached
from tuning_operator.engine.words import head, tail

SUCCESSES: tuple[Reason, ...] = ("Completed", "TargetReached")
EXIT_REASONS: Mapping[int, Reason] = {2: "UserError", 3: "OutOfMemory"}
SIGNALS = {1: "SIGHUP", 2: "SIGINT", 6: "SIGABRT", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM"}


@dataclass(frozen=True)
class Outcome:
    """The trial is finished."""

    reason: Reason
    message: str | None = None
    observations: tuple[Observation, ...] = ()


@dataclass(frozen=True)
class Pause:
    """The run is over, its trial is not: it goes on as a new run."""

    reason: Reason | None
    message: str


def judge(
    job: TuningJob, run: RunView, series: Mapping[str, Points], attempts: int, intent: Intent | None
) -> Outcome | Pause | None:
    """What an ended run means for its trial; None while it has not ended for good.

    Whom to believe, first to last: our own intent to stop it, the world's cause, the exit code.
    """
    if run.state in ("Waiting", "Running"):
        return _worn_out(run) if attempts > MAX_ATTEMPTS else None
    if intent is not None and is_told(run):
        return _stopped(job, run, series, intent)
    if _is_complete(run) and run.cause is None:
        return _completed(job, run, series)
    if will_be_replaced(run):
        return _worn_out(run) if attempts >= MAX_ATTEMPTS else None
    if run.cause == "Disrupted" and (run.final or run.state == "Gone"):
        pause = Pause("Disrupted", head(f"its run was cut off, another one follows: {_words(run, '-')}"))
        return _worn_out(run) if attempts >= MAX_ATTEMPTS else pause
    return _failed(run)


def _is_complete(run: RunView) -> bool:
    """Exit code 0, and not because somebody told it to stop: then only a whole report counts."""
    if run.exit_code != 0 or (run.report is not None and run.report.interrupted):
        return False
    return run.report is not None or not is_told(run)


def _stopped(job: TuningJob, run: RunView, series: Mapping[str, Points], intent: Intent) -> Outcome | Pause:
    if intent == "Timeout":
        return Outcome("Timeout", _out_of_time(job))
    if _is_complete(run):
        return _completed(job, run, series)
    if intent == "Suspended":
        return Pause(None, "suspended with its job")
    return Outcome("Stopped", "stopped, for the job was done", _observations(job, run, series))


def _out_of_time(job: TuningJob) -> str:
    """The limit may have been taken away since the run was told to stop."""
    limit = job.spec.trials.timeout_seconds
    return f"stopped: it ran for longer than {'it then might' if limit is None else f'{limit} s'}"


def _completed(job: TuningJob, run: RunView, series: Mapping[str, Points]) -> Outcome:
    missing = [o.metric for o in job.spec.objectives if _objective(o, run, series) is None]
    if missing:
        return Outcome("MetricsUnavailable", _missing(missing, run))
    observations = _observations(job, run, series)
    lost = [o.metric for o in job.spec.objectives if _value(observations, o.metric) is None]
    if lost:
        return Outcome("Diverged", _diverged(lost, run), observations)
    broken = breaches(job, lambda metric: _value(observations, metric))
    if broken:
        words = "; ".join(breach.words for breach in broken)
        return Outcome("Completed", head(f"not feasible: {words}"), observations)
    is_target = reached(job, lambda metric: _value(observations, metric))
    return Outcome("TargetReached" if is_target else "Completed", None, observations)


def _failed(run: RunView) -> Outcome:
    if run.cause is not None:
        return Outcome(run.cause, _words(run, CAUSES.get(run.cause, run.cause)))
    code = run.exit_code
    if is_told(run) and (code in (None, 0) or (code or 0) >= 128):
        return Outcome("JobDeleted", "its Job was deleted by somebody else")
    if code is None and run.state == "Gone":
        return Outcome("JobDeleted", _words(run, CAUSES["JobDeleted"]))
    if run.report is not None and run.report.interrupted and code not in EXIT_REASONS:
        return Outcome("Disrupted", _words(run, "it was told to stop by somebody else"))
    return Outcome(EXIT_REASONS.get(code or 0, "Error"), _words(run, _exit(code)))


CAUSES: Mapping[str, str] = {
    "OutOfMemory": "its container used more memory than its limit",
    "Disrupted": "its pod was disrupted, and its Job starts no other one",
    "PodDeleted": "its pod was deleted by somebody else",
    "JobDeleted": "its Job was deleted by somebody else",
}


def _worn_out(run: RunView) -> Outcome:
    last = _words(run, "no words from the cluster")
    return Outcome("Disrupted", tail(f"given up after {MAX_ATTEMPTS} pods were disrupted; the last: {last}"))


def _observations(job: TuningJob, run: RunView, series: Mapping[str, Points]) -> tuple[Observation, ...]:
    """The objectives' final values first, then the constrained metrics', then others as they were reported.

    Of too many others the last ones go: a trial tells first what its user asked for.
    """
    objectives = [_objective(o, run, series) for o in job.spec.objectives]
    step = objectives[0].step if objectives[0] else None
    constrained = [_constrained(metric, run, series, step) for metric in constrained_metrics(job)]
    judged = judged_metrics(job)
    reported = run.report.metrics if run.report else {}
    others = [name for name in reported if name not in judged][:EXTRA_METRICS]
    extra = [_reported(name, run) for name in others]
    return tuple(one for one in (*objectives, *constrained, *extra) if one is not None)


def _objective(objective: Objective, run: RunView, series: Mapping[str, Points]) -> Observation | None:
    """The report is the authority for a final value; what was scraped is the fallback."""
    found = taken(series.get(objective.metric, {}), objective)
    return _reported(objective.metric, run) or _scraped(objective.metric, found)


def _constrained(
    metric: str, run: RunView, series: Mapping[str, Points], step: int | None
) -> Observation | None:
    """Likewise; what was scraped counts as it was at the first objective's step."""
    return _reported(metric, run) or _scraped(metric, current(series.get(metric, {}), step))


def _reported(metric: str, run: RunView) -> Observation | None:
    if run.report is None or metric not in run.report.metrics:
        return None
    return _observation(metric, run.report.metrics[metric], run.report.step)


def _scraped(metric: str, point: tuple[int, float] | None) -> Observation | None:
    return _observation(metric, point[1], point[0]) if point else None


def _observation(metric: str, value: float, step: int | None) -> Observation:
    return Observation(metric=metric, value=value if math.isfinite(value) else None, step=step)


def _value(observations: tuple[Observation, ...], metric: str) -> float | None:
    return next((o.value for o in observations if o.metric == metric), None)


def _missing(missing: list[str], run: RunView) -> str:
    reported = ", ".join(sorted(run.report.metrics)) if run.report else ""
    said = f"reported {reported}" if reported else "left no readable termination message"
    return head(f"no value of {', '.join(missing)}: the trial {said}, and no scrape found one")


def _diverged(lost: list[str], run: RunView) -> str:
    """With the most urgent of the trial's own sentences: it knows what broke first."""
    advice = run.report.advice if run.report else ()
    says = f"; the trial says: {advice[0]}" if advice else ""
    return head(f"{', '.join(lost)} is not finite{says}")


def _words(run: RunView, otherwise: str) -> str:
    """The trial's own words, else its last ones, else ours."""
    error = run.report.error if run.report else None
    return tail(error or run.message or "") or otherwise


def _exit(code: int | None) -> str:
    if code is None:
        return "it ended without an exit code"
    signal = SIGNALS.get(code - 128)
    return f"exit code {code} ({signal})" if signal else f"exit code {code} and no word"
