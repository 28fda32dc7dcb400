"""The engine's own bounds, each with its reason, in one place."""

from __future__ import annotations

from datetime import timedelta

IMAGE_PULL_GRACE = timedelta(seconds=120)
"""A registry that is down for a moment costs no trial; a wrong image name is told within two minutes."""

WAITING_PATIENCE = timedelta(seconds=10)
"""A pod that waits for room for less than this is not worth a write."""

REFRESH = timedelta(seconds=60)
"""While nothing but figures changes, a running Trial is written at most this often."""

MAX_ATTEMPTS = 5
"""Pods of one run: whoever is disrupted five times will be a sixth time."""

STATUS_BYTES = 4096
"""A Trial's status, serialised: 10,000 of them must fit into etcd beside everything else."""

MESSAGE_CHARACTERS = 512
FEWER_CHARACTERS = 160
"""Of the message of a Trial whose status would grow too large."""

SERIES_POINTS = 32
EXTRA_METRICS = 32
"""Reported metrics that are kept beside the judged ones; a status that grows too large has fewer."""

JOB_STATUS_BYTES = 100 << 10
"""A TuningJob's status, serialised: it is written at each step of a job, and read by everyone who watches."""

PARETO_MEMBERS = 100
"""Of the Pareto set in a TuningJob's status; one that grows too large has fewer."""

ADVICE_SENTENCES = 16
ADVICE_CHARACTERS = 256
TRIAL_ADVICE_SENTENCES = 6
"""A trial's own advice, in a status of 4 KiB."""

SPACE_BYTES = 8 << 10
"""A stage's narrowed space in the status, as long as all of it fits: enough for 64 parameters of numbers."""
