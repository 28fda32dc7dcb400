"""`tuning run` on jobs of shell scripts: real processes, a real directory."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.local.commands import COMMAND, REPORT, Directory, manifest, parsed

Make = Callable[..., Directory]


def test_a_job_runs_to_its_best(directory: Make) -> None:
    there = directory()
    assert there.run().returncode == 0
    job, trials = there.job(), there.trials()
    assert job.status.phase == "Succeeded"
    assert [t.status.reason for t in trials] == ["Completed"] * 3
    assert job.status.best is not None
    assert job.status.best.objectives[0].value == min(t.spec.parameters["x"] for t in trials)
    assert job.status.baseline is not None
    assert job.status.baseline.parameters == {"x": 0.5}


def test_without_a_terminal_every_event_is_a_line(directory: Make) -> None:
    shown = directory(parallel=1, max=2).run().stdout
    events = [line.split(maxsplit=2)[2] for line in shown.splitlines() if line[:7].strip()[:1].isdigit()]
    assert [event.split(":")[0] for event in events] == [
        "trial 1 started",
        "trial 1 finished",
        "new best",
        "trial 2 started",
        "trial 2 finished",
        *(["new best"] if "by trial 2" in shown else []),
        "job Succeeded",
    ]


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_output_is_the_finished_job_and_nothing_else(directory: Make, output: str) -> None:
    there = directory()
    done = there.run("-o", output)
    shown = (json.loads if output == "json" else yaml.safe_load)(done.stdout)
    assert shown["status"]["phase"] == "Succeeded"
    assert shown == yaml.safe_load((there.store.directory / "tuningjob.yaml").read_text())
    assert "trial 1 started" in done.stderr


def test_the_result_shows_the_baseline_beside_the_best(directory: Make) -> None:
    shown = directory().run().stdout
    assert "baseline" in shown
    assert "change" in shown
    assert "everything is kept in runs/job" in shown


def test_a_finished_job_shows_its_result_again(directory: Make) -> None:
    there = directory("echo $TUNING_TRIAL >> ran;" + REPORT)
    first, second = there.run("-o", "json"), there.run("-o", "json")
    assert parsed(first.stdout) == parsed(second.stdout)
    assert sorted(there.words("ran")) == ["job-1", "job-2", "job-3"]


def test_fresh_moves_the_old_directory_aside(directory: Make) -> None:
    there = directory(max=1)
    before, done = parsed(there.run("-o", "json").stdout), there.run("--fresh", "-o", "json")
    assert parsed(done.stdout)["metadata"]["uid"] != before["metadata"]["uid"]
    (aside,) = (there.path / "runs").glob("job.*")
    assert f"is now in runs/{aside.name}" in done.stderr
    assert (aside / "trials" / "1.yaml").exists()


def test_a_trial_gets_the_contract_and_its_log(directory: Make) -> None:
    there = directory(
        'test -d "$TUNING_ARTIFACT_DIR" || exit 1;'
        'echo "$TUNING_TRIAL $TUNING_SEED $TUNING_METRICS_PORT"; env | grep -c ^TUNING_;' + REPORT
    )
    there.run()
    log = there.store.run(2, 1).log.read_text().split()
    assert log[0] == "job-2"
    assert int(log[2]) > 1023


def test_arguments_and_variables_are_expanded_as_kubernetes_does(directory: Make) -> None:
    there = directory()
    body = manifest()
    body["spec"]["template"]["spec"]["containers"][0] |= {
        "command": ["sh", "-c", REPORT + 'echo "$0 $1 $GREETING"', "$(TUNING_PARAM_x)"],
        "args": ["$$(HOME) $(NOBODY)"],
        "env": [{"name": "GREETING", "value": "hello $(TUNING_TRIAL)"}],
    }
    there.write(body)
    there.run()
    assert there.store.run(1, 1).log.read_text().split("\n")[0] == "0.5 $(HOME) $(NOBODY) hello job-1"


def test_processes_start_beside_the_manifest_wherever_the_command_does(directory: Make) -> None:
    there = directory("pwd; echo > $TUNING_ARTIFACT_DIR/model;" + REPORT, max=1)
    (there.path / "elsewhere").mkdir()
    done = subprocess.run(
        [*COMMAND, "run", "../job.yaml"],
        cwd=there.path / "elsewhere",
        capture_output=True,
        text=True,
        check=True,
    )
    kept = there.path / "elsewhere" / "runs" / "job"
    assert (kept / "trials" / "1-r1.log").read_text().strip() == str(there.path)
    assert "the best trial's files in runs/job/artifacts/1" in done.stdout


def test_variables_of_another_trial_are_not_inherited(directory: Make) -> None:
    there = directory("env | grep ^TUNING_RUNGS=;" + REPORT, max=1)
    there.run(TUNING_RUNGS="1,3")
    assert there.store.run(1, 1).log.read_text() == ""


def test_a_shown_traceback_keeps_its_indentation(directory: Make) -> None:
    there = directory(r"printf 'Traceback\n  File x\n\tat\033[2J y\nKeyError\n'; exit 1")
    assert "  Traceback\n    File x\n  \tat [2J y\n  KeyError\n" in there.run().stderr


def test_what_the_log_does_not_say_the_failure_does(directory: Make) -> None:
    shown = directory("echo fine; kill -9 $$$$", parallel=1).run().stderr
    assert "has failed (Error): killed by SIGKILL" in shown


@pytest.mark.parametrize(("output", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_output_of_a_failed_start_is_the_job_as_it_is(
    directory: Make, output: str, read: Callable[[str], Any]
) -> None:
    there = directory("exit 2", parallel=1)
    done = there.run("-o", output)
    assert done.returncode == 1
    assert read(done.stdout)["status"]["trials"]["failed"] == 1
    assert read(done.stdout) == yaml.safe_load((there.store.directory / "tuningjob.yaml").read_text())


def test_output_of_an_interrupted_job_is_the_job_as_it_is(directory: Make) -> None:
    there = directory("touch began; sleep 60", parallel=1)
    process = subprocess.Popen(
        there.arguments("-o", "json"),
        cwd=there.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    while not (there.path / "began").exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate()
    assert process.returncode == 130
    assert parsed(shown)["status"]["trials"]["running"] == 1


@pytest.mark.parametrize(("parallel", "most"), [(1, 3), (2, 3), (1, 1)])
def test_once_mended_the_same_command_tries_again_what_failed(
    directory: Make, parallel: int, most: int
) -> None:
    there = directory("test -f mended || exit 1;" + REPORT, parallel=parallel, max=most)
    assert "run the same command again: it starts over" in there.run().stderr
    (there.path / "mended").touch()
    done = there.run()
    assert done.returncode == 0
    assert [t.status.reason for t in there.trials()] == ["Completed"] * most
    baseline = there.job().status.baseline
    assert baseline is not None
    assert baseline.parameters == {"x": 0.5}
    (aside,) = (there.path / "runs").glob("job.*")
    assert f"nothing had succeeded: the failed start is kept in runs/{aside.name}" in done.stdout


def test_a_failed_start_may_go_on_with_any_manifest(directory: Make) -> None:
    there = directory("exit 1")
    there.run()
    body = manifest()
    body["spec"]["objectives"][0]["goal"] = "Maximize"
    body["spec"]["parameters"][0]["name"] = "z"
    body["spec"].pop("initialTrials")
    body["spec"]["template"]["spec"]["containers"][0]["command"][2] = REPORT.replace("_x", "_z")
    there.write(body)
    assert there.run().returncode == 0
    assert there.trials()[0].spec.parameters.keys() == {"z"}


def test_keep_going_goes_on_from_a_failed_start(directory: Make) -> None:
    there = directory("test $TUNING_TRIAL_NUMBER != 1 || exit 1;" + REPORT, parallel=1)
    there.run()
    assert there.run("--keep-going").returncode == 0
    assert [t.status.reason for t in there.trials()] == ["Error", "Completed", "Completed"]


def test_failures_that_were_allowed_are_a_result_and_stay(directory: Make) -> None:
    there = directory("exit 1", max=2)
    there.run("--keep-going")
    again = there.run()
    assert again.returncode == 1
    assert "job has ended before; --fresh starts over" in again.stdout
    assert not list((there.path / "runs").glob("job.*"))


def test_when_nobody_reads_the_lines_no_trial_is_left_behind(directory: Make) -> None:
    there = directory("sleep 0.5;" + REPORT, max=6)
    process = there.start()
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.wait()
    listed = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True).stdout
    assert str(there.path) not in listed
    assert there.run().returncode == 0


def test_threads_are_shared_fairly_unless_the_user_says_otherwise(directory: Make) -> None:
    there = directory('echo "$OMP_NUM_THREADS $TF_NUM_INTRAOP_THREADS";' + REPORT, max=1, parallel=1000)
    there.run(OMP_NUM_THREADS="7")
    assert there.store.run(1, 1).log.read_text().split() == ["7", "1"]


def test_what_is_not_used_here_is_said_once(directory: Make) -> None:
    there = directory()
    body = manifest(max=2)
    body["spec"]["ttlSecondsAfterFinished"] = 5
    body["spec"]["template"]["spec"] |= {
        "nodeSelector": {"gpu": "a"},
        "volumes": [{"name": "v", "emptyDir": {}}],
    }
    there.write(body)
    shown = there.run().stdout
    line = "not used on this machine: image, nodeSelector, volumes, ttlSecondsAfterFinished"
    assert shown.count(line) == 1


def test_that_no_image_is_used_goes_without_saying(directory: Make) -> None:
    assert "not used" not in directory(max=1).run().stdout


def test_only_trials_that_keep_files_have_a_directory_for_them(directory: Make) -> None:
    keeps = "test $TUNING_TRIAL_NUMBER != 2 || touch $TUNING_ARTIFACT_DIR/model;" + REPORT
    there = directory(keeps)
    there.run()
    assert [path.name for path in (there.store.directory / "artifacts").iterdir()] == ["2"]


def test_where_no_trial_keeps_files_there_is_no_directory_for_them(directory: Make) -> None:
    there = directory()
    there.run()
    assert not (there.store.directory / "artifacts").exists()


def test_the_first_trial_to_fail_stops_the_job_with_its_own_error(directory: Make) -> None:
    there = directory("echo reading; echo no such column: price >&2; exit 2", parallel=1)
    done = there.run()
    assert done.returncode == 1
    assert "job-1, the first trial to end, has failed (UserError)\n" in done.stderr
    assert "the end of runs/job/trials/1-r1.log:\n  reading\n  no such column: price\n" in done.stderr
    assert (done.stdout + done.stderr).count("no such column: price") == 1
    assert len(there.trials()) == 1


def test_a_later_failure_is_the_job_s_affair(directory: Make) -> None:
    there = directory("test $TUNING_TRIAL_NUMBER != 2 || exit 1;" + REPORT, parallel=1)
    assert there.run().returncode == 0
    assert [t.status.reason for t in there.trials()] == ["Completed", "Error", "Completed"]


def test_keep_going_goes_on_until_too_many_fail(directory: Make) -> None:
    there = directory("exit 1", parallel=1, max=5, maxFailed=1)
    done = there.run("--keep-going", "-o", "json")
    assert done.returncode == 1
    assert parsed(done.stdout)["status"]["phase"] == "Failed"
    assert len(there.trials()) == 2


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 2", "UserError"),
        ("exit 3", "OutOfMemory"),
        ("kill -9 $$$$", "Error"),
        ("exit 0", "MetricsUnavailable"),
        ("""echo '{"metrics": {"loss": NaN}}' > $TUNING_TERMINATION_LOG""", "Diverged"),
        ("sleep 60", "Timeout"),
        ("no-such-program", "Error"),
    ],
)
def test_each_end_has_its_reason(directory: Make, script: str, reason: str) -> None:
    there = directory(script, max=1, maxFailed=0, timeoutSeconds=1)
    there.run("--keep-going")
    assert there.trials()[0].status.reason == reason


def test_a_program_that_ignores_sigterm_is_killed_after_its_grace(directory: Make) -> None:
    there = directory()
    body = manifest("trap '' TERM; sleep 60; sleep 60", max=1, timeoutSeconds=1)
    body["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 1
    there.write(body)
    there.run("--keep-going")
    (run,) = there.trials()[0].status.runs
    assert run.exit_code == 137


def test_a_signal_s_exit_code_is_a_shell_s(directory: Make) -> None:
    there = directory("kill -9 $$$$", max=1)
    there.run("--keep-going")
    (trial,) = there.trials()
    assert trial.status.runs[0].exit_code == 137
    assert "ran out of memory" in (trial.status.message or "")


def test_what_a_trial_leaves_in_the_background_is_ended(directory: Make) -> None:
    there = directory("(sleep 3; touch late) & " + REPORT, max=1)
    there.run()
    processes = Path("/proc").glob("[0-9]*/environ")
    assert not any(str(there.path).encode() in _environment(process) for process in processes)


def _environment(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


WAITS = "test $TUNING_TRIAL_NUMBER = 1 || test -f go || sleep 60;" + REPORT


def interrupt_after_first(there: Directory) -> None:
    """Ctrl-C when one trial has succeeded and the second is running."""
    process = there.start()
    assert process.stdout is not None
    while "trial 2 started" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    process.communicate()


def test_more_trials_may_be_asked_for_meanwhile(directory: Make) -> None:
    there = directory(WAITS, parallel=1)
    interrupt_after_first(there)
    there.write(manifest(WAITS, parallel=2, max=4))
    (there.path / "go").touch()
    assert there.run().returncode == 0
    assert len(there.trials()) == 4
    assert there.job().metadata.generation == 2


def test_another_objective_is_refused_with_the_mend(directory: Make) -> None:
    there = directory(WAITS, parallel=1)
    interrupt_after_first(there)
    body = manifest(WAITS)
    body["spec"]["objectives"][0]["goal"] = "Maximize"
    there.write(body)
    (there.path / "go").touch()
    done = there.run()
    assert done.returncode == 2
    assert "spec.objectives" in done.stderr
    assert "--fresh starts over" in done.stderr
    assert there.run("--fresh").returncode == 0


def test_other_parameters_are_refused_before_a_first_status_was_kept_too(directory: Make) -> None:
    """As when the command was killed between its first record and its first status."""
    there = directory(WAITS, parallel=1)
    interrupt_after_first(there)
    record = there.store.directory / "tuningjob.yaml"
    record.write_text(record.read_text().partition("\nstatus:")[0])
    body = manifest(WAITS)
    body["spec"] |= {"parameters": [{"name": "z", "type": "bool"}], "initialTrials": []}
    there.write(body)
    done = there.run()
    assert done.returncode == 2
    assert "spec.parameters was edited while job-1 started, whose parameters.x: " in done.stderr
    assert "--fresh starts over" in done.stderr


def test_a_finished_job_cannot_be_made_longer(directory: Make) -> None:
    there = directory(max=1)
    there.run()
    there.write(manifest(max=5))
    done = there.run()
    assert (done.returncode, "spec.trials" in done.stderr) == (2, True)


def test_two_commands_do_not_run_one_job(directory: Make) -> None:
    there = directory("touch began; while ! test -f end; do sleep 0.1; done;" + REPORT, max=1)
    first = there.start()
    assert first.stdout is not None
    while "started" not in first.stdout.readline():
        pass
    second = there.run()
    (there.path / "end").touch()
    first.communicate()
    assert (first.returncode, second.returncode) == (0, 1)
    assert f"in use by another `tuning run` (process {first.pid})" in second.stderr


def test_a_misspelt_program_is_an_error_of_the_manifest_s_that_can_be_mended(directory: Make) -> None:
    there = directory()
    body = manifest()
    body["spec"]["template"]["spec"]["containers"][0]["command"][0] = "hs"
    body["spec"]["objectives"][0]["goal"] = "Maximize"
    there.write(body)
    done = there.run()
    assert done.returncode == 2
    assert "spec.template.spec.containers[trial].command: 'hs' is not on this machine's PATH" in done.stderr
    there.write(manifest())
    assert there.run().returncode == 0


def test_a_suspended_job_says_so(directory: Make) -> None:
    there = directory()
    body = manifest()
    body["spec"]["suspend"] = True
    there.write(body)
    done = there.run()
    assert (done.returncode, "spec.suspend: true" in done.stderr) == (2, True)


def test_gpus_that_do_not_exist_are_named(directory: Make) -> None:
    there = directory()
    body = manifest()
    body["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"nvidia.com/gpu": 2}}
    there.write(body)
    done = there.run(CUDA_VISIBLE_DEVICES="0")
    assert done.returncode == 1
    assert "resources.limits[nvidia.com/gpu]: 2 asked for, and 1 GPU found" in done.stderr


def test_trials_have_gpus_to_themselves(directory: Make) -> None:
    there = directory()
    until_two_began = "while [ $(wc -l < seen) -lt 2 ]; do sleep 0.1; done;"
    body = manifest("echo $CUDA_VISIBLE_DEVICES >> seen;" + until_two_began + REPORT, max=5, parallel=5)
    body["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"nvidia.com/gpu": "1"}}
    there.write(body)
    done = there.run(CUDA_VISIBLE_DEVICES="4,GPU-7")
    assert "2 of 5 trials at once: there are no more GPUs" in done.stdout
    assert sorted(there.words("seen")[:2]) == ["4", "GPU-7"]
    assert set(there.words("seen")) == {"4", "GPU-7"}


def test_python_is_the_tool_s_own_where_no_environment_is_active(directory: Make) -> None:
    there = directory("python -c 'import sys; print(sys.prefix)';" + REPORT, max=1)
    there.run(PATH="/usr/bin:/bin", VIRTUAL_ENV="", CONDA_PREFIX="")
    assert there.store.run(1, 1).log.read_text().split() == [sys.prefix]
