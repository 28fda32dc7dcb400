"""The Store keeps the newest of everything, in whatever order it comes."""

import pytest
from tuning_operator.cluster.kinds import JOBS, PODS, TRIALS, TUNING_JOBS
from tuning_operator.cluster.store import Store

from tests.operator_loop.builders import job_body, pod_body, recorded, run_body, terminated, trial_body

KEY = ("ns", "hello")


def test_the_newer_version_wins_whichever_comes_last() -> None:
    store = Store()
    store.put(TUNING_JOBS, job_body(version=9, suspend=True))
    assert store.put(TUNING_JOBS, job_body(version=8)) is None
    known = store.job(KEY)
    assert known is not None
    assert known.job.spec.suspend


def test_an_echo_of_our_own_write_wakes_nobody() -> None:
    store = Store()
    assert store.put(JOBS, run_body(version=2)) == KEY
    assert store.put(JOBS, run_body(version=2)) is None


def test_a_version_that_changes_nothing_we_look_at_wakes_nobody() -> None:
    store = Store()
    store.put(JOBS, run_body(version=2))
    assert store.put(JOBS, run_body(version=3, active=1)) is None
    assert store.runs.get("run").version == 3  # type: ignore[union-attr]


def test_what_was_deleted_is_not_brought_back_by_a_late_event() -> None:
    store = Store()
    store.put(JOBS, run_body(version=2))
    store.delete(JOBS, run_body(version=3))
    assert store.put(JOBS, run_body(version=2)) is None
    assert store.runs.of("ns", "trial") == []


def test_children_are_found_by_their_owners_uid_not_by_label() -> None:
    store = Store()
    store.put(TRIALS, trial_body(uid="ours", job="new"))
    store.put(TRIALS, trial_body(uid="theirs", job="old"))
    assert [known.uid for known in store.trials.of("ns", "new")] == ["ours"]


def test_nobody_owns_anything_in_another_namespace() -> None:
    """Whoever may create a Job may name any uid as its owner, that of a Trial elsewhere too."""
    store = Store()
    store.put(TRIALS, trial_body())
    claimed = run_body(uid="claimed")
    claimed["metadata"]["namespace"] = "elsewhere"
    store.put(JOBS, claimed)
    store.put(JOBS, run_body())
    assert [run.uid for run in store.runs.of("ns", "trial")] == ["run"]
    owners = {run.uid: store.trials.owner_of(run) for run in store.runs}
    assert owners["claimed"] is None
    assert owners["run"] is not None


def test_a_name_belongs_to_the_newest_job_that_has_it() -> None:
    store = Store()
    store.put(TUNING_JOBS, job_body(uid="old", version=1))
    store.put(TUNING_JOBS, job_body(uid="new", version=5))
    store.delete(TUNING_JOBS, job_body(uid="old", version=6))
    assert store.job(KEY) is not None
    assert store.job(KEY).uid == "new"  # type: ignore[union-attr]


def test_a_pods_last_words_stay_until_its_trial_has_them() -> None:
    store = Store()
    store.put(TRIALS, trial_body(runs=[recorded()]))
    store.delete(PODS, pod_body(state=terminated(0, "last words")))
    store.collect()
    (gone,) = store.pods.of("ns", "run")
    assert gone.terminated is not None
    assert gone.terminated.text == "last words"
    store.release("run")
    assert store.pods.of("ns", "run") == []


def test_what_no_trial_waits_for_is_collected() -> None:
    store = Store()
    store.delete(PODS, pod_body(state=terminated(0)))
    store.collect()
    assert len(store.pods) == 0


def test_a_list_finds_what_is_gone_but_spares_what_is_newer_than_it() -> None:
    store = Store()
    store.put(JOBS, run_body(uid="lost", version=5))
    store.put(JOBS, run_body(uid="just-made", version=20))
    assert [run.uid for run in store.runs.absent(set(), 10, None)] == ["lost"]


def test_a_list_of_one_namespace_says_nothing_of_anothers() -> None:
    store = Store()
    store.put(JOBS, run_body(uid="lost", version=5))
    assert store.runs.absent(set(), 10, "another") == []
    assert [run.uid for run in store.runs.absent(set(), 10, "ns")] == ["lost"]


def test_somebody_elses_objects_are_left_aside() -> None:
    store = Store()
    stranger = run_body()
    del stranger["metadata"]["ownerReferences"]
    assert store.put(JOBS, stranger) is None
    assert len(store.runs) == 0


def test_a_job_that_cannot_be_read_is_told_and_left_aside(caplog: pytest.LogCaptureFixture) -> None:
    store = Store()
    assert store.put(TUNING_JOBS, job_body(trials={"max": "many"})) is None
    assert "a TuningJob cannot be read" in caplog.text


def test_a_copy_of_a_trial_is_told_and_left_aside(caplog: pytest.LogCaptureFixture) -> None:
    store = Store()
    copy = trial_body()
    copy["metadata"]["name"] = "hello-copy"
    assert store.put(TRIALS, copy) is None
    assert len(store.trials) == 0
    assert "is it a copy?" in caplog.text
