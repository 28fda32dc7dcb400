"""Decides what a job does next. Pure: snapshot in, actions out.

    decide(job, trials, now) -> Decision

Neither Kubernetes nor time, files or processes are known here; both shells
(`cluster`, `local`) read a snapshot, call `decide`, carry out its actions in
order, and write one status.
"""
