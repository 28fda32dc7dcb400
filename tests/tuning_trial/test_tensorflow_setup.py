import pytest
from tuning_trial.tensorflow_setup import thread_count, usable_cpus


@pytest.mark.parametrize(
    ("allowed", "quota", "threads"),
    [
        (8, "max 100000\n", 8),
        (8, "200000 100000\n", 2),
        (8, "150000 100000\n", 2),
        (8, "10000 100000\n", 1),
        (2, "400000 100000\n", 2),
        (4, "", 4),
    ],
)
def test_threads_are_the_cpus_allowed_within_the_quota(allowed, quota, threads):
    assert usable_cpus(allowed, quota) == threads


def test_omp_num_threads_is_obeyed(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert thread_count() == 3
