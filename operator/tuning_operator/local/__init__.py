"""The same engine over local processes and a directory of records.

A job's directory holds what a cluster would hold, in the same shape: the
TuningJob, its Trials, and for each run a process record in place of a Job. All
of it is derived again from the files each time, so the command may be killed at
any moment; trials that it left behind are taken up again.
"""
