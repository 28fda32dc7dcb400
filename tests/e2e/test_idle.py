"""An operator with nothing to do writes nothing."""

from __future__ import annotations

import time
from typing import Any

from tests.e2e.jobs import OPERATOR_USER, shell_job

MINUTE = 60


def test_an_idle_cluster_sees_no_writes_of_the_operator_but_the_lease_for_a_minute(jobs_in: Any) -> None:
    with jobs_in("idle") as jobs:
        jobs.apply(shell_job("done"), shell_job("suspended", suspend=True))
        jobs.finished("done")
        jobs.kubectl("wait", "--for=condition=Suspended", "tuningjob/suspended", "--timeout=30s")
        jobs.eventually("the losers' Jobs are gone", lambda: len(jobs.items("jobs", "done")) == 1)
        time.sleep(2)  # the Events come after the status
        offset = jobs.cluster.audit_offset()
        time.sleep(MINUTE)
        requests = [r for r in jobs.cluster.audit(offset) if r.user == OPERATOR_USER]
    assert [(r.verb, r.resource, r.name) for r in requests if r.is_write and r.resource != "leases"] == []
    assert any(r.resource == "leases" for r in requests), "the operator was there"
