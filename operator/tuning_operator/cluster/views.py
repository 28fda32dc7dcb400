"""Makes what `decide` reads from what the API server tells. Pure: projections in, RunView out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tuning_operator.api import Reason, Run, Trial
from tuning_operator.cluster.projections import BatchJob, Pod, Refusal, Terminated
from tuning_operator.engine.report import parse_report
from tuning_operator.engine.snapshot import Observed, Report, RunView

# The kubelet's words for an image that cannot be had; the first two mend themselves never.
HOPELESS_IMAGE = {"InvalidImageName", "ErrImageNeverPull"}
IMAGE_TROUBLE = HOPELESS_IMAGE | {
    "ErrImagePull",
    "ImagePullBackOff",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
}
SUSPENDED = "the Job is suspended"  # by Kueue, until there is room


def run_view(
    trial: Trial,
    run: BatchJob | None,
    pods: Sequence[Pod],
    *,
    confirmed: bool = True,
    refusal: Refusal | None = None,
    scraped: tuple[Observed, ...] = (),
) -> RunView | None:
    """The Trial's newest run; None when none is there and none was recorded.

    run: the Job of the newest run, if it is there. pods: all that this run ever had.
    confirmed: the API server was asked for the pods after the Job had ended. Until then, that a pod's
        end was not seen proves nothing: a watch may have told of the Job first.
    """
    recorded = max(trial.status.runs, key=lambda r: r.number, default=None)
    if run is None:
        return None if recorded is None else _without_job(recorded, pods, scraped)
    view = _with_job(run, _newest(pods), confirmed, refusal)
    return replace(view, scraped=scraped, exists=not run.deleting, stopping=run.deleting)


def _without_job(recorded: Run, pods: Sequence[Pod], scraped: tuple[Observed, ...]) -> RunView:
    """The Job was deleted, by us or by hand; its pod may still be ending, and has the last word."""
    view = RunView(recorded.number, recorded.uid, "Gone", exists=False, cause="JobDeleted", scraped=scraped)
    newest = _newest(pods)
    if newest is None or (newest.gone and newest.terminated is None):
        return view
    return replace(_of_pod(replace(view, cause=None), newest), stopping=True)


def _with_job(run: BatchJob, pod: Pod | None, confirmed: bool, refusal: Refusal | None) -> RunView:
    view = RunView(run.run, run.uid, "Waiting", since=run.created)
    is_over = run.ended is not None and confirmed
    if pod is None:
        return _ended_unseen(view, run, pod) if is_over else _without_pod(view, run, refusal)
    # This pod was let in: what was said before it is no word on the next one.
    next_refusal = refusal if refusal is not None and refusal.at > pod.created else None
    seen = _of_pod(view, pod)
    if seen.state != "Ended":
        return _ended_unseen(seen, run, pod) if is_over else seen
    if seen.cause == "Disrupted":
        if run.ended is None and next_refusal is not None:
            return _without_pod(view, run, next_refusal)
        # While the Job lives, its controller makes another pod in this one's place.
        return replace(seen, final=run.ended is not None, message=_named(pod, seen.message))
    if run.ended is None and pod.deletion_asked is not None and _ended_by_suspension(run, pod):
        return _without_pod(view, run, next_refusal)
    if not run.deleting and _by_hand(run, pod, seen.report):
        return replace(seen, cause="PodDeleted", message="the pod was deleted")
    return seen


def _without_pod(view: RunView, run: BatchJob, refusal: Refusal | None) -> RunView:
    if run.suspended:
        return replace(view, message=SUSPENDED)
    if refusal is not None:
        return replace(view, cause="PodRefused", message=refusal.message)
    return view


def _ended_unseen(view: RunView, run: BatchJob, pod: Pod | None) -> RunView:
    """The Job has ended, but how its container did was never seen: the pod went away too soon."""
    cause: Reason | None = None if run.ended == "Complete" else "PodDeleted"
    message = view.message or run.message or None
    if pod is not None and pod.disruption is not None:
        cause, message = "Disrupted", _named(pod, pod.disruption)
    exit_code = 0 if run.ended == "Complete" else None
    return replace(
        view,
        state="Ended",
        ended=run.ended_at,
        exit_code=exit_code,
        cause=cause,
        final=True,
        message=message,
    )


def _named(pod: Pod, words: str | None) -> str:
    """A disruption's words do not say whose it was, and soon another pod stands in this one's place."""
    return ": ".join(filter(None, (pod.name, words)))


def _of_pod(view: RunView, pod: Pod) -> RunView:
    view = replace(view, pod=pod.uid, node=pod.node, image=pod.image, resources=pod.resources)
    if pod.terminated is not None:
        return _ended(view, pod, pod.terminated)
    if pod.phase in ("Failed", "Succeeded") or pod.gone:
        return _never_ran_to_its_end(view, pod)
    if pod.started is not None:
        return replace(view, state="Running", since=pod.started, started=pod.started)
    return _not_running_yet(replace(view, state="Waiting", since=pod.created), pod)


def _ended(view: RunView, pod: Pod, end: Terminated) -> RunView:
    cause: Reason | None = None
    message = None
    if pod.disruption is not None:
        cause, message = "Disrupted", pod.disruption
    elif end.reason == "OOMKilled":
        cause, message = "OutOfMemory", "the container was killed for want of memory"
    report = parse_report(end.text)
    if message is None and report is None and end.exit_code:
        message = end.text or end.reason or None
    return replace(
        view,
        state="Ended",
        since=end.finished,
        started=end.started,
        ended=end.finished,
        exit_code=end.exit_code,
        cause=cause,
        message=message,
        report=report,
    )


def _never_ran_to_its_end(view: RunView, pod: Pod) -> RunView:
    """The kubelet refused or evicted the pod, an init container failed, or the pod was deleted."""
    words = pod.disruption or ": ".join(filter(None, (pod.reason, pod.message))) or pod.blocked
    cause: Reason = "Error"
    if pod.disruption is not None or pod.reason == "Evicted":
        cause = "Disrupted"
    elif pod.reason == "DeadlineExceeded":
        cause = "Timeout"
    elif pod.gone:
        cause, words = "PodDeleted", words or "the pod was deleted"
    return replace(
        view, state="Ended", since=_end(pod), started=pod.started, ended=_end(pod), cause=cause, message=words
    )


def _not_running_yet(view: RunView, pod: Pod) -> RunView:
    if pod.waiting is None:
        return replace(view, message=pod.blocked)
    words = ": ".join(filter(None, (pod.waiting.reason, pod.waiting.message)))
    if pod.waiting.reason in IMAGE_TROUBLE:
        return replace(view, cause="ImagePull", message=words, final=pod.waiting.reason in HOPELESS_IMAGE)
    return replace(view, message=words)


def _ended_by_suspension(run: BatchJob, pod: Pod) -> bool:
    """The Job was suspended after it had made this pod, and makes another one when it starts again."""
    return run.suspended or (run.started is not None and pod.created < run.started)


def _by_hand(run: BatchJob, pod: Pod, report: Report | None) -> bool:
    """Somebody deleted the pod while its container ran, and neither Kubernetes nor we did."""
    if pod.deletion_asked is None or pod.disruption is not None or run.suspended:
        return False
    end = pod.terminated
    if end is None or end.finished is None or end.finished > pod.deletion_asked:
        return True
    # Times are whole seconds. In the very second of the deletion, only a whole report shows that the
    # container had come to its own end: a script may well exit 0 on SIGTERM.
    is_whole = end.exit_code == 0 and report is not None and not report.interrupted
    return end.finished == pod.deletion_asked and not is_whole


def _end(pod: Pod) -> datetime | None:
    return (pod.terminated and pod.terminated.finished) or pod.deletion_asked


def _newest(pods: Sequence[Pod]) -> Pod | None:
    return max(pods, key=lambda p: (p.created, p.version), default=None)
