"""A visit among events: the real Reconciler, Store and Acts; the stubs force what a cluster may do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from tuning_operator.cluster import reconcile
from tuning_operator.cluster.acts import Acts
from tuning_operator.cluster.errors import NotFound, Refused
from tuning_operator.cluster.kinds import JOBS, TRIALS, TUNING_JOBS
from tuning_operator.cluster.reconcile import Reconciler, Stalled
from tuning_operator.cluster.store import Store
from tuning_operator.engine.proposal import Proposed
from tuning_operator.metrics.exporter import Exporter
from tuning_operator.search.errors import SearchError

from tests.operator_loop.builders import NOON, NOON_TEXT, Body, job_body, run_body, trial_body

KEY = ("ns", "hello")


class ApiThatTellsOfEachWrite:
    """Answers every write as the API server does, and counts it as news that came meanwhile."""

    def __init__(self) -> None:
        self.made: dict[str, Body] = {}
        self.writes: list[str] = []
        self.statuses = 0

    def news(self, _: object) -> int:
        return len(self.writes)

    async def dry_run(self, *_: object) -> None: ...

    async def create(self, kind: Any, namespace: str, body: Body) -> Body:
        self.writes.append(f"POST {kind.plural}")
        uid = f"made-{len(self.writes)}"
        more = {"namespace": namespace, "uid": uid, "creationTimestamp": NOON_TEXT, "resourceVersion": "9"}
        made = self.made[body["metadata"]["name"]] = {**body, "metadata": {**body["metadata"], **more}}
        return made

    async def delete(self, kind: Any, *_: object) -> Body:
        self.writes.append(f"DELETE {kind.plural}")
        if self.writes.count("DELETE tuningjobs") > 1:
            raise NotFound(404, "NotFound", "gone")
        return {"kind": "Status"}

    async def write_status(self, kind: Any, _: str, name: str, version: str, status: Body) -> Body:
        self.statuses += kind is TUNING_JOBS
        body = self.made.get(name, trial_body()) if kind is TRIALS else job_body()
        more = {"resourceVersion": str(int(version) + 1)}
        return {**body, "metadata": {**body["metadata"], **more}, "status": status}


class ApiWhoseQuotaIsUsedUp(ApiThatTellsOfEachWrite):
    """Takes Trials, and no Job."""

    phase = message = ""

    async def create(self, kind: Any, namespace: str, body: Body) -> Body:
        if kind is JOBS:
            raise Refused(403, "Forbidden", "exceeded quota: jobs, requested: count/jobs.batch=1")
        return await super().create(kind, namespace, body)

    async def write_status(self, kind: Any, namespace: str, name: str, version: str, status: Body) -> Body:
        self.phase, self.message = status["phase"], status["message"]
        return await super().write_status(kind, namespace, name, version, status)


class SearchDuringWhich:
    """Proposes one point, and lets something happen while it thinks."""

    def __init__(self, happens: Callable[[], object] = lambda: None) -> None:
        self._happens = happens

    async def propose(self, *_: object) -> Proposed:
        self._happens()
        return Proposed({"x": 0.5})


def visit(
    store: Store,
    api: ApiThatTellsOfEachWrite,
    happens: Callable[[], object] = lambda: None,
    clock: Callable[[], datetime] = lambda: NOON,
) -> Any:
    recorder: Any = SimpleNamespace(note=lambda *_: None)
    search: Any = SearchDuringWhich(happens)
    client: Any = api
    visitor = Reconciler(store, Acts(client, store), search, recorder, Exporter(), clock)
    visitor.news = api.news
    return asyncio.run(visitor.reconcile(KEY))


def finished(**spec: Any) -> Body:
    condition = {
        "type": "Finished",
        "status": "True",
        "reason": "TrialsDone",
        "lastTransitionTime": NOON_TEXT,
    }
    status = {"phase": "Succeeded", "completionTime": NOON_TEXT, "observedGeneration": 1}
    return {**job_body(**spec), "status": {**status, "conditions": [condition]}}


def ended_run(number: int) -> Body:
    condition = {"type": "Complete", "status": "True", "reason": "R", "message": "m"}
    conditions = [{**condition, "lastTransitionTime": NOON_TEXT}]
    return run_body(uid=f"r{number}", trial=f"t{number}", conditions=conditions)


def ended_trial(number: int) -> Body:
    run = {"number": 1, "purpose": "Train", "uid": f"r{number}", "startTime": NOON_TEXT, "endTime": NOON_TEXT}
    values = [{"metric": "score", "value": 0.5}]
    times: Body = {"startTime": NOON_TEXT, "completionTime": NOON_TEXT}
    return trial_body(
        f"t{number}", number=number, reason="Completed", observations=values, runs=[run], **times
    )


def with_ended_runs(count: int) -> Store:
    store = Store()
    store.put(TUNING_JOBS, finished(retain="None", trials={"max": count}))
    for number in range(1, count + 1):
        store.put(TRIALS, ended_trial(number))
        store.put(JOBS, ended_run(number))
    return store


class ApiThatAnswersNoRecordBeforeTheThirdIsAsked(ApiThatTellsOfEachWrite):
    """And refuses the first one, which has changed meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded: list[str] = []
        self._three = asyncio.Event()

    async def get(self, kind: Any, namespace: str, name: str) -> Body:
        raise NotFound(404, "NotFound", f"{kind.plural} {name}")

    async def pages(self, *_: object, **__: str) -> AsyncIterator[Body]:
        yield {"items": []}

    async def write_status(self, kind: Any, namespace: str, name: str, version: str, status: Body) -> Body:
        if kind is TRIALS:
            self.recorded.append(name)
            if len(self.recorded) == 3:
                self._three.set()
            await asyncio.wait_for(self._three.wait(), 10)
            if name == "hello-1":
                raise NotFound(404, "NotFound", "the trial was deleted")
        return await super().write_status(kind, namespace, name, version, status)


def test_trials_that_end_together_are_recorded_together_and_one_that_fails_harms_no_other() -> None:
    store = Store()
    store.put(TUNING_JOBS, job_body(trials={"max": 3, "parallel": 3}))
    run = {"number": 1, "purpose": "Train", "startTime": NOON_TEXT}
    api = ApiThatAnswersNoRecordBeforeTheThirdIsAsked()
    for number in (1, 2, 3):
        body = trial_body(f"t{number}", number=number, runs=[{**run, "uid": f"r{number}"}])
        api.made[f"hello-{number}"] = body
        store.put(TRIALS, body)
    with pytest.raises(NotFound):
        visit(store, api)
    assert api.recorded == ["hello-1", "hello-2", "hello-3"]
    known = {trial.name: trial.trial.status.reason for trial in store.trials.of("ns", "job")}
    assert known == {"hello-2": "JobDeleted", "hello-3": "JobDeleted"}


def test_releases_go_on_while_news_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "MOST_ROUNDS", 3)
    store = with_ended_runs(20)
    api = ApiThatTellsOfEachWrite()
    visit(store, api)
    assert api.writes == ["DELETE jobs"] * 20


def test_a_start_is_decided_again_after_news() -> None:
    store, decisions = Store(), []
    store.put(TUNING_JOBS, job_body(trials={"max": 2, "parallel": 2}))
    api = ApiThatTellsOfEachWrite()

    def suspend() -> None:
        decisions.append(1)
        store.put(TUNING_JOBS, job_body(version=2, suspend=True))

    visit(store, api, suspend)
    assert (len(decisions), api.writes) == (1, ["POST trials", "POST jobs", "DELETE jobs"])


def test_a_visit_without_end_writes_the_status_and_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "MOST_ROUNDS", 1)
    store = Store()
    store.put(TUNING_JOBS, job_body(trials={"max": 4, "parallel": 4}))
    api = ApiThatTellsOfEachWrite()
    assert visit(store, api) == 0.0
    assert (api.writes.count("POST trials"), api.statuses) == (4, 1)


def test_news_of_what_a_visit_has_begun_itself_stops_no_start() -> None:
    """Each write is news; a Job is created while the next Trial is, and runs are recorded at the end."""
    store, api = Store(), ApiThatTellsOfEachWrite()
    store.put(TUNING_JOBS, job_body(trials={"max": 3, "parallel": 3}))
    visit(store, api)
    assert api.writes == ["POST trials", "POST trials", "POST jobs", "POST trials", "POST jobs", "POST jobs"]


def test_a_trial_that_ends_meanwhile_is_told_to_the_next_proposal() -> None:
    store, api, asked = Store(), ApiThatTellsOfEachWrite(), []
    store.put(TUNING_JOBS, job_body(trials={"max": 4, "parallel": 3}))
    run = {"number": 1, "purpose": "Train", "uid": "r1", "startTime": NOON_TEXT}
    store.put(TRIALS, trial_body("t1", number=1, runs=[run]))
    store.put(JOBS, run_body(uid="r1", trial="t1"))

    def end_the_first() -> None:
        asked.append(1)
        if len(asked) == 1:
            store.put(
                TRIALS,
                {**ended_trial(1), "metadata": {**ended_trial(1)["metadata"], "resourceVersion": "50"}},
            )

    visit(store, api, end_the_first)
    bases = {name: body["spec"]["basis"] for name, body in api.made.items() if body["kind"] == "Trial"}
    assert [(b["finished"], b["pending"]) for b in bases.values()] == [("", "1"), ("1", "2"), ("1", "2-3")]


def test_a_visit_of_slow_proposals_makes_room_for_the_other_jobs_and_comes_again() -> None:
    """/healthz takes five minutes at one job for a standstill, and the kubelet would end the operator."""
    store, api, thought = Store(), ApiThatTellsOfEachWrite(), []
    store.put(TUNING_JOBS, job_body(trials={"max": 9, "parallel": 9}))

    def clock() -> datetime:
        return NOON + len(thought) * timedelta(seconds=40)

    assert visit(store, api, lambda: thought.append(1), clock) == 0.0
    assert (api.writes.count("POST trials"), api.statuses) == (2, 1)


def test_a_quota_that_has_no_room_for_a_run_is_waited_for() -> None:
    """It stalls nobody: what runs goes on, and makes room when it ends. The second Trial was on its way."""
    store, api = Store(), ApiWhoseQuotaIsUsedUp()
    store.put(TUNING_JOBS, job_body(trials={"max": 4, "parallel": 3}))
    assert visit(store, api) == reconcile.ROOM_AGAIN
    assert (api.writes, api.phase) == (["POST trials"] * 2, "Running")
    assert "exceeded quota" in api.message


class ApiThatTellsOfRefusals(ApiThatTellsOfEachWrite):
    """In the order of the Events' names, which is not that of their times."""

    async def pages(self, *_: object, **__: str) -> AsyncIterator[Body]:
        said = {"exceeded quota": "2026-01-01T11:59:59Z", "exceeded quota, the third time": NOON_TEXT}
        said |= {"exceeded quota, the second time": "2026-01-01T11:59:59.5Z"}
        run = {"kind": "Job", "uid": "run"}
        yield {
            "items": [
                {"involvedObject": run, "message": words, "lastTimestamp": at} for words, at in said.items()
            ]
        }


def test_of_many_refusals_of_a_pod_the_last_one_is_told() -> None:
    store = Store()
    store.put(TUNING_JOBS, job_body(trials={"max": 1}))
    api = ApiThatTellsOfRefusals()
    api.made["hello-1"] = trial_body(runs=[{"number": 1, "purpose": "Train", "uid": "run"}])
    store.put(TRIALS, api.made["hello-1"])
    store.put(JOBS, run_body())
    visit(store, api, clock=lambda: NOON + timedelta(seconds=3))
    [known] = store.trials.of("ns", "job")
    assert (
        known.trial.status.message == "waits until the cluster admits a pod: exceeded quota, the third time"
    )


def test_a_job_whose_time_is_over_is_deleted_once() -> None:
    store = Store()
    store.put(TUNING_JOBS, finished(ttlSecondsAfterFinished=0))
    api = ApiThatTellsOfEachWrite()
    assert visit(store, api) is None
    assert api.writes == ["DELETE tuningjobs"]


@pytest.mark.parametrize("how", ["gone", "going"])
def test_a_job_that_is_deleted_during_a_proposal_gets_no_trial(how: str) -> None:
    store = Store()
    store.put(TUNING_JOBS, job_body(trials={"max": 4, "parallel": 2}))
    api = ApiThatTellsOfEachWrite()
    going = job_body(version=2)
    going["metadata"]["deletionTimestamp"] = NOON_TEXT
    ends = {"gone": lambda: store.drop(TUNING_JOBS, "job"), "going": lambda: store.put(TUNING_JOBS, going)}
    assert visit(store, api, ends[how]) is None
    assert (api.writes, api.statuses) == ([], 0)


def test_a_stalled_job_is_looked_at_again_when_a_running_trial_needs_it() -> None:
    store = Store()
    store.put(TUNING_JOBS, job_body(trials={"max": 2, "parallel": 2}))
    store.put(TRIALS, trial_body())
    store.put(JOBS, run_body())  # it has no pod yet, and is to be asked why three seconds after its start

    def fails() -> None:
        raise SearchError("the search cannot go on")

    with pytest.raises(Stalled) as stalled:
        visit(store, ApiThatTellsOfEachWrite(), fails)
    assert stalled.value.within == 3.0
