"""The command is killed at any moment, and the same command goes on: nothing lost, nothing run twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import count, cycle

import pytest
from tuning_operator.engine.proposal import Proposed, recompute

from tests.local.commands import REPORT, Directory, manifest
from tests.search.builders import ALGORITHMS
from tests.search.generated import Kind

Make = Callable[..., Directory]

BOTH = """printf '{"metrics": {"loss": %s, "size": 1e%s}}' $TUNING_PARAM_x $TUNING_TRIAL_NUMBER"""
BEGAN, ENDED = (f"echo $TUNING_TRIAL_NUMBER >> {word};" for word in ("began", "ended"))
SLOW = f"{BEGAN} sleep 0.3; {REPORT} {ENDED}"
QUICK = f"{BEGAN} {BOTH} > $TUNING_TERMINATION_LOG; {ENDED}"

# Runs the command, and kills it after its n-th write of a record that holds the word.
KILLED_AFTER_WRITES = """
import os, signal, sys
writes, word, replace = int(sys.argv.pop(1)), sys.argv.pop(1), os.replace
def replaced(*paths):
    global writes
    replace(*paths)
    writes -= word in open(paths[1], encoding="utf-8").read()
    if writes == 0:
        os.kill(os.getpid(), signal.SIGKILL)
os.replace = replaced
from tuning_operator.cli import main
if __name__ == "__main__":
    main()
"""


def killed_after_writes(there: Directory, writes: int, word: str = "") -> int:
    command = [sys.executable, "-c", KILLED_AFTER_WRITES, str(writes), word, *there.arguments()[3:]]
    return subprocess.run(command, cwd=there.path, capture_output=True, timeout=60, check=False).returncode


def killed_after_line(there: Directory, word: str, times: int) -> None:
    """Kill the command when it has shown the word that many times, if it ever does."""
    process = there.start()
    assert process.stdout is not None
    for line in process.stdout:
        times -= word in line
        if times == 0:
            process.kill()
            break
    process.communicate()


def check(there: Directory, trials: int) -> None:
    """All trials are there, each program began and ended once, and every proposal can be made again."""
    job, records = there.job(), there.trials()
    assert job.status.phase == "Succeeded"
    assert [t.status.reason for t in records] == ["Completed"] * trials
    once = sorted(str(number) for number in range(1, trials + 1))
    assert sorted(there.words("began")) == once
    assert sorted(there.words("ended")) == once
    for trial in records:
        assert recompute(job, records, trial) == Proposed(trial.spec.parameters, trial.spec.space)


def test_killed_after_each_of_its_writes_it_comes_to_the_same_end(directory: Make) -> None:
    there = directory(SLOW, max=4, parallel=2)
    # One write at a time would never get past that of a process's record: what follows it starts the program.
    for writes in cycle([1, 2, 3]):
        if killed_after_writes(there, writes) != -signal.SIGKILL:
            break
    check(there, 4)


@pytest.mark.parametrize("word", ["started", "finished", "new best"])
def test_killed_in_the_middle_trials_go_on_and_are_taken_up(directory: Make, word: str) -> None:
    there = directory(SLOW, max=5, parallel=2)
    for times in (1, 2, 1):
        killed_after_line(there, word, times)
    assert there.run().returncode == 0
    check(there, 5)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_any_algorithm_goes_on_where_it_was_killed(directory: Make, algorithm: str) -> None:
    """With two objectives where it can have them; eight trials are past every start phase."""
    there = directory()
    body = manifest(QUICK, max=8)
    body["spec"]["parameters"][0]["step"] = 0.125  # a grid has 17 points
    body["spec"]["search"]["stages"] = [Kind(algorithm).stage()]
    if algorithm not in ("CMAES", "OneAtATime"):
        body["spec"]["objectives"].append({"metric": "size", "goal": "Maximize"})
    there.write(body)
    killed_after_line(there, "finished", 5)
    assert there.job().status.completion_time is None
    assert there.run().returncode == 0
    check(there, 8)


def test_trials_that_die_with_the_command_are_tried_again(directory: Make) -> None:
    there = directory(f"{BEGAN} test -f go || sleep 60; {REPORT}", max=2)
    killed_after_line(there, "started", 2)
    for files in there.store.runs():
        os.killpg(int(files.record.read_text().split('"uid": "')[1].split("-")[0]), signal.SIGKILL)
    (there.path / "go").touch()
    assert there.run().returncode == 0
    assert [[run.purpose for run in t.status.runs] for t in there.trials()] == [["Train", "Retry"]] * 2
    assert all(t.status.reason == "Completed" for t in there.trials())


def test_a_trial_that_will_not_stop_is_killed_by_the_next_command(directory: Make) -> None:
    there = directory()
    script = "trap '' TERM; echo x >> began; while :; do sleep 0.1; done"
    body = manifest(script, max=1, maxFailed=0, timeoutSeconds=1)
    body["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 1
    there.write(body)
    assert killed_after_writes(there, 1, '"stopping": true') == -signal.SIGKILL
    there.run()
    assert [trial.status.reason for trial in there.trials()] == ["Timeout"]
    assert there.words("began") == ["x"]


def test_without_disturbance_the_parameters_are_the_same(directory: Make) -> None:
    there = directory(SLOW, max=3, parallel=1)
    for writes in count(2):
        if killed_after_writes(there, writes) != -signal.SIGKILL:
            break
    disturbed = [t.spec.parameters for t in there.trials()]
    there.run("--fresh")
    assert [t.spec.parameters for t in there.trials()] == disturbed


def test_no_worker_outlives_a_killed_command(directory: Make) -> None:
    there = directory(SLOW, max=3)
    killed_after_line(there, "started", 1)
    there.run()
    listed = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True).stdout
    assert not [line for line in listed.splitlines() if str(there.path) in line]
