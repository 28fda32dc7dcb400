"""Trackers of others, which hear what a trial reports: on where their usual environment variables are set.

A tracker never fails a trial, and never makes it wait: it lives in a thread of its own, and one that raises,
hangs or is not installed is dropped with one line in the log.
"""

from tuning_trial.trackers.attached import attach, detach

__all__ = ["attach", "detach"]
