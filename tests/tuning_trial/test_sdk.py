"""Programs that use the SDK, each a real process."""

import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from tests.tuning_trial.trial_process import TrialProcess

SLEEPS = """
import time
from tuning_trial import report
report(step=1, val_accuracy=0.5)
try:
    print('ready', flush=True)
    time.sleep(60)
finally:
    print('cleaned up', flush=True)
"""

ASKS = """
import time
from tuning_trial import report, should_stop
report(step=1, val_accuracy=0.5)
should_stop()
print('ready', flush=True)
while not should_stop():
    time.sleep(0.01)
report(step=2, val_accuracy=0.7)
print('saved', flush=True)
"""


@pytest.fixture
def trial(tmp_path):
    return TrialProcess(tmp_path, {"units": 64})


def terminate_when_ready(trial, program, signals=1):
    with trial.start("-c", program) as process:
        assert process.stdout.readline() == "ready\n"
        for _ in range(signals):
            process.send_signal(signal.SIGTERM)
        return trial.end(process)


def test_a_program_reads_parameters_and_hands_in_its_best(trial):
    ended = trial.run_program(
        "from tuning_trial import parameters, report\n"
        "for step in (1, 2, 3): report(step=step, val_accuracy=parameters()['units'] / 100 - abs(step - 2))"
    )
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.message == {"metrics": {"val_accuracy": 0.64}, "step": 2}


def test_outside_of_a_trial_nothing_happens(tmp_path):
    trial = TrialProcess(tmp_path, TUNING_PARAMETERS="")
    ended = trial.run_program(
        "import signal, tuning_trial as t\n"
        "assert t.parameters() == {} and not t.should_stop()\n"
        "t.report(step=1, a=1); t.finish()\n"
        "assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL"
    )
    assert (ended.code, ended.message, ended.stderr) == (0, None, "")


def test_the_page_is_served_while_it_runs(trial):
    with trial.start("-c", SLEEPS) as process:
        process.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{trial.port}/metrics", timeout=10) as page:
            assert 'tuning_trial_metric{metric="val_accuracy"} 0.5' in page.read().decode()
        process.terminate()
        trial.end(process)


def test_a_taken_port_is_said_and_the_trial_goes_on(trial):
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", trial.port))
        taken.listen()
        ended = trial.run_program("import tuning_trial as t; t.report(step=1, val_accuracy=1)")
    assert f"port {trial.port} cannot be used" in ended.stderr
    assert (ended.code, ended.message) == (0, {"metrics": {"val_accuracy": 1.0}, "step": 1})


@pytest.mark.parametrize("end", ["sys.stderr.close()", "sys.stderr = open('/dev/full', 'w')"])
def test_a_log_that_takes_no_more_ends_no_trial(trial, end):
    ended = trial.run_program(
        f"import sys\nfrom tuning_trial import report\n{end}\n"
        "for i in range(101): report(step=1, **{f'm{i}': i})\nreport(step=2, loss=0.5)\nsys.stderr = None"
    )
    assert (ended.code, ended.message["step"]) == (0, 2)


def test_a_program_may_change_its_directory(tmp_path):
    trial = TrialProcess(tmp_path, TUNING_TERMINATION_LOG="termination-log")
    ended = trial.run_program("import os, tuning_trial\ntuning_trial.report(loss=1)\nos.chdir('/')")
    assert ended.message["metrics"] == {"loss": 1}


def test_an_uncaught_error_is_the_message(trial):
    ended = trial.run_program("import tuning_trial as t; t.report(step=1, a=1); {}['absent']")
    assert (ended.code, ended.message) == (1, {"error": "KeyError: 'absent'"})
    assert "Traceback" in ended.stderr


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"TUNING_SEED": "1.5"}, "TUNING_SEED is '1.5'; set it to a whole number"),
        ({"TUNING_PARAMETERS": "[1]"}, "TUNING_PARAMETERS is '[1]'; set it to a JSON object, such as"),
    ],
)
def test_a_malformed_contract_is_one_line_and_exit_2_and_the_message_is_written(tmp_path, variables, words):
    trial = TrialProcess(tmp_path, **variables)
    for ended in (
        trial.run_program("import tuning_trial as t; t.parameters()"),
        trial.run_program("import tuning_trial as t; t.report(a=1)"),
        trial.run("-m", "tuning_trial.cli", "run", "model.py"),
    ):
        assert ended.code == 2
        assert ended.stderr.startswith(f"tuning-trial: {words}")
        assert ended.stderr.count("\n") == 1
        assert ended.message["error"].startswith(words)


def test_what_else_the_user_must_mend_is_told_likewise(tmp_path):
    trial = TrialProcess(tmp_path, TUNING_ARTIFACT_DIR="nosuch://models")
    ended = trial.run_program("import tuning_trial as t; t.report(a=1); t.save_checkpoint(b'')")
    assert (ended.code, ended.stderr.count("\n")) == (2, 1)
    assert ended.message["error"].startswith("the artifact place 'nosuch://models' cannot be used: ")


def test_sigterm_leaves_a_program_that_never_asks_through_its_finally_blocks(trial):
    ended = terminate_when_ready(trial, SLEEPS)
    assert (ended.code, ended.stdout) == (143, "cleaned up\n")
    assert ended.message == {"metrics": {"val_accuracy": 0.5}, "step": 1, "interrupted": True}


def test_sigterm_lets_a_program_that_asks_finish_its_work_and_it_still_exits_143(trial):
    ended = terminate_when_ready(trial, ASKS)
    assert (ended.code, ended.stdout) == (143, "saved\n")
    assert ended.message == {"metrics": {"val_accuracy": 0.7}, "step": 2, "interrupted": True}


def test_a_sigterm_after_finish_changes_neither_message_nor_exit_code(trial):
    program = SLEEPS.replace("try:", "import tuning_trial; tuning_trial.finish()\ntry:")
    ended = terminate_when_ready(trial, program.replace("sleep(60)", "sleep(1)"))
    assert (ended.code, ended.message) == (0, {"metrics": {"val_accuracy": 0.5}, "step": 1})


def test_a_swallowed_exit_is_still_143(trial):
    program = SLEEPS.replace("finally:", "except BaseException:")
    assert terminate_when_ready(trial, program).code == 143


def test_a_handler_of_the_program_is_called_instead(trial):
    handler = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit('own handler'))\n"
    ended = terminate_when_ready(trial, handler + SLEEPS)
    assert (ended.code, ended.message["interrupted"]) == (143, True)
    assert "own handler" in ended.stderr


def test_a_terminated_worker_is_not_the_trial(trial):
    ended = trial.run_program(
        "import multiprocessing, time, tuning_trial as t\n"
        "t.report(step=1, val_accuracy=1)\n"
        "worker = multiprocessing.get_context('fork').Process(target=time.sleep, args=(60,))\n"
        "worker.start(); worker.terminate(); worker.join()\n"
        "print(worker.exitcode)"
    )
    assert (ended.code, ended.stdout) == (0, f"{-signal.SIGTERM}\n")
    assert ended.message == {"metrics": {"val_accuracy": 1.0}, "step": 1}


def test_the_sdk_imports_neither_keras_nor_numpy():
    program = "import sys, tuning_trial; print({'keras', 'numpy', 'prometheus_client'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    "step",
    ["while True: pass", "numpy.linalg.svd(numpy.random.default_rng(0).normal(size=(6000, 6000)))"],
    ids=["Python", "C that lets others run"],
)
def test_the_page_answers_in_the_midst_of_a_step_that_does_not_end(tmp_path, step):
    program = f"import numpy, tuning_trial\ntuning_trial.report(loss=0.5)\nprint('begun', flush=True)\n{step}"
    trial = TrialProcess(tmp_path)
    with trial.start("-c", program) as process:
        try:
            assert process.stdout.readline() == "begun\n"
            with urllib.request.urlopen(f"http://127.0.0.1:{trial.port}/metrics", timeout=60) as page:
                assert b'tuning_trial_metric{metric="loss"} 0.5' in page.read()
            assert process.poll() is None
        finally:
            process.kill()
