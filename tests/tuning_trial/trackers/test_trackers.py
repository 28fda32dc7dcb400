"""The trackers for real: an MLflow server, event files of TensorBoard, W&B's offline mode."""

from __future__ import annotations

import json
import math
import signal
import socket
import struct

import pytest

from tests.tuning_trial.keeping.test_again import MODEL
from tests.tuning_trial.trackers.mlflow_server import mlflow_server
from tests.tuning_trial.trial_process import TrialProcess, free_port

PARAMETERS = {"units": 64, "rate": 0.01, "optimizer": "adam", "augment": True}
NAMES = {"TUNING_JOB": "digits", "TUNING_TRIAL": "digits-17", "TUNING_SEED": "7"}
PROGRAM = """
from tuning_trial import report
from tuning_trial.trackers import attached
attached.END_PATIENCE = 120  # it is about what they are told, and three imports at once take their time
for step in (1, 2, 3):
    report(step=step, val_accuracy=step / 4, loss=float('nan') if step == 3 else 1 / step)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A real `mlflow server`."""
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as address:
        yield address


@pytest.fixture(scope="module")
def told(server, tmp_path_factory):
    """One trial with all three on."""
    directory = tmp_path_factory.mktemp("told")
    variables = {
        "MLFLOW_TRACKING_URI": server,
        "TENSORBOARD_LOGDIR": str(directory / "tensorboard"),
        "WANDB_MODE": "offline",
        "WANDB_DIR": str(directory),
    }
    ended = TrialProcess(directory, PARAMETERS, **NAMES, **variables).run_program(PROGRAM)
    assert (ended.code, ended.stderr) == (0, "")
    return directory


def test_mlflow_has_the_run_with_parameters_metrics_and_end(server, told):
    from mlflow import MlflowClient

    client = MlflowClient(server)
    [run] = client.search_runs([client.get_experiment_by_name("digits").experiment_id])
    assert run.info.run_name == "digits-17"
    assert run.info.status == "FINISHED"
    assert run.data.params == {name: str(value) for name, value in PARAMETERS.items()}
    history = client.get_metric_history(run.info.run_id, "val_accuracy")
    assert [(m.step, m.value) for m in history] == [(1, 0.25), (2, 0.5), (3, 0.75)]
    assert math.isnan(run.data.metrics["loss"])


def test_tensorboard_has_the_scalars_and_the_hyperparameters(told):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2

    events = EventAccumulator(str(told / "tensorboard" / "digits" / "digits-17"))
    events.Reload()
    assert [(e.step, e.value) for e in events.Scalars("val_accuracy")] == [(1, 0.25), (2, 0.5), (3, 0.75)]
    content = events.PluginTagToContent(metadata.PLUGIN_NAME)
    start = plugin_data_pb2.HParamsPluginData.FromString(content[metadata.SESSION_START_INFO_TAG])
    hparams = start.session_start_info.hparams
    assert hparams["units"].number_value == 64
    assert hparams["optimizer"].string_value == "adam"
    assert hparams["augment"].bool_value is True
    end = plugin_data_pb2.HParamsPluginData.FromString(content[metadata.SESSION_END_INFO_TAG])
    assert end.session_end_info.status == 1  # STATUS_SUCCESS


def test_an_address_is_no_directory_of_tensorboard_s_and_none_of_that_name_is_made(tmp_path):
    variables = {"TENSORBOARD_LOGDIR": "s3://bucket/logs"}
    ended = TrialProcess(tmp_path, PARAMETERS, **NAMES, **variables).run_program(PROGRAM)
    assert ended.code == 0
    assert ended.stderr.startswith("tuning-trial: TensorBoard is dropped, and the trial goes on without it: ")
    assert ended.stderr.endswith(
        "TENSORBOARD_LOGDIR is 's3://bucket/logs', and must be a directory; mount one\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["termination-log"]


def test_wandb_has_the_run_in_its_offline_file(told):
    from wandb.proto.wandb_internal_pb2 import Record

    [path] = told.glob("wandb/offline-run-*/*.wandb")
    records = [Record.FromString(content) for content in scanned(path.read_bytes())]
    [run] = [r.run for r in records if r.WhichOneof("record_type") == "run"]
    assert (run.project, run.run_group, run.display_name) == ("digits", "digits", "digits-17")
    config = {item.key: json.loads(item.value_json) for item in run.config.update}
    assert {name: config[name] for name in PARAMETERS} == PARAMETERS
    rows = [
        {item.key or item.nested_key[0]: json.loads(item.value_json) for item in r.history.item}
        for r in records
        if r.WhichOneof("record_type") == "history"
    ]
    assert [(row["_step"], row["val_accuracy"]) for row in rows] == [(1, 0.25), (2, 0.5), (3, 0.75)]
    assert [r.exit.exit_code for r in records if r.WhichOneof("record_type") == "exit"] == [0]


IMPATIENT = PROGRAM.replace("= 120", "= 1")


def scanned(file):
    """The records of a .wandb file: LevelDB's log format (blocks of 32 KiB) behind 7 bytes of W&B's own."""
    assert file[:4] == b":W&B"
    place, record = 7, b""
    while place + 7 <= len(file):
        if 32768 - place % 32768 < 7:  # a header never spans two blocks
            place += 32768 - place % 32768
            continue
        _, length, kind = struct.unpack("<IHB", file[place : place + 7])
        record += file[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # whole, or the last part
            yield record
            record = b""


def test_a_server_that_is_down_costs_one_line(tmp_path):
    address = f"http://127.0.0.1:{free_port()}"
    ended = TrialProcess(tmp_path, PARAMETERS, **NAMES, MLFLOW_TRACKING_URI=address).run_program(IMPATIENT)
    assert (ended.code, ended.message["metrics"]["val_accuracy"]) == (0, 0.75)
    assert [line for line in ended.stderr.splitlines() if line.startswith("tuning-trial: MLflow is dropped")]


@pytest.fixture
def silent():
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        yield server


def waiting_for(name, server):
    """What has a tracker wait for this server."""
    address = f"http://127.0.0.1:{server.getsockname()[1]}"
    wandb = {"WANDB_API_KEY": "a" * 40, "WANDB_BASE_URL": address}
    return {"mlflow": {"MLFLOW_TRACKING_URI": address}, "wandb": wandb}[name]


def test_a_server_that_hangs_costs_one_line(silent, tmp_path):
    variables = waiting_for("mlflow", silent)
    ended = TrialProcess(tmp_path, PARAMETERS, **NAMES, **variables).run_program(IMPATIENT)
    assert (ended.code, ended.message["metrics"]["val_accuracy"]) == (0, 0.75)
    assert ended.stderr.count("tuning-trial: MLflow is dropped") == 1


SLEEPS = """
import time
from tuning_trial import report
report(step=1, val_accuracy=0.5)
time.sleep(100)
"""


ASKS = """
import sys, time
from tuning_trial import report, sdk, should_stop
report(step=1, val_accuracy=0.5)
while not should_stop():
    time.sleep(0.01)
sys.exit(sdk.end_with(0))  # as `tuning-trial` ends
"""


@pytest.mark.parametrize(
    ("name", "program"), [("mlflow", SLEEPS), ("wandb", SLEEPS), ("mlflow", ASKS)], ids=["m", "w", "asks"]
)
def test_a_sigterm_while_a_tracker_waits_for_its_server_is_heeded_all_the_same(
    silent, tmp_path, name, program
):
    trial = TrialProcess(tmp_path, PARAMETERS, **NAMES, **waiting_for(name, silent))
    with trial.start("-c", program) as process, silent.accept()[0]:  # its question, which is never answered
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 143  # not `end`: W&B's own process holds the pipes for longer
    message = json.loads(trial.log.read_bytes())
    assert message == {"metrics": {"val_accuracy": 0.5}, "step": 1, "interrupted": True}


ENDS_MEANWHILE = (
    MODEL
    + """
import pathlib
import tuning_trial
from tuning_trial.trackers import attached
attached.END_PATIENCE = 1
plain = load_data

def load_data():
    tuning_trial.report(step=1, loss=1)  # with the first report a tracker starts
    while not pathlib.Path('asked').exists():
        time.sleep(0.01)
    return plain()
"""
)


@pytest.mark.tensorflow
def test_a_trial_ends_although_a_tracker_never_does(silent, tmp_path):
    """Weights & Biases' own exit handler waits for its server."""
    given = {"units": 2, "rate": 0.1, "epochs": 1}
    trial = TrialProcess(tmp_path, given, **NAMES, **waiting_for("wandb", silent))
    with trial.start(*trial.model(ENDS_MEANWHILE)) as process, silent.accept()[0]:
        (tmp_path / "asked").touch()
        assert process.wait(60) == 0  # Weights & Biases would wait for 90 seconds
    assert "val_accuracy" in json.loads(trial.log.read_bytes())["metrics"]


@pytest.mark.parametrize(
    "variables",
    [{}, {"WANDB_MODE": "disabled", "WANDB_API_KEY": "x"}, {"MLFLOW_TRACKING_URI": ""}],
)
def test_without_their_variables_no_tracker_is_attached(variables):
    from tuning_trial.trackers.attached import KNOWN

    assert [name for name, (is_wanted, _) in KNOWN.items() if is_wanted(variables)] == []
