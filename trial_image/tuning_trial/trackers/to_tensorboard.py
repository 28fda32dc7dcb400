"""TensorBoard, with the parameters for its HParams page: event files below TENSORBOARD_LOGDIR.

They lie in <logdir>/<job>/<trial>, so that one TensorBoard shows all trials of all jobs; a trial that goes on
after a disruption goes on with its curves.
"""

import os
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tuning_trial.record import Observation
from tuning_trial.trackers.tracker import About, Outcome

VARIABLE = "TENSORBOARD_LOGDIR"


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Say whether its variable is set: a directory, such as a volume that all trials share."""
    return bool(environ.get(VARIABLE))


class ToTensorBoard:
    """Writes an event file, record by record: tensorboard's EventFileWriter would import TensorFlow."""

    def __init__(self, about: About) -> None:
        from tensorboard.plugins.hparams.summary_v2 import hparams_pb
        from tensorboard.summary.writer.record_writer import RecordWriter

        place = os.environ[VARIABLE]
        if "://" in place:  # TensorBoard reads such addresses, but this writer knows files alone
            raise ValueError(f"{VARIABLE} is {place!r}, and must be a directory; mount one")
        directory = Path(place) / about.job / about.trial
        directory.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time():.6f}.{socket.gethostname()}.{os.getpid()}"
        self._writer = RecordWriter((directory / name).open("wb"))
        self._add(None)
        values = {
            name: v if isinstance(v, (bool, int, float)) else str(v) for name, v in about.parameters.items()
        }
        self._add(hparams_pb(values, trial_id=about.trial))

    def tell(self, observations: Sequence[Observation]) -> None:
        """Write scalars under their names."""
        from tensorboard.compat.proto.summary_pb2 import Summary

        for one in observations:
            values = [Summary.Value(tag=name, simple_value=value) for name, value in one.metrics.items()]
            self._add(Summary(value=values), one.step)
        self._writer.flush()

    def end(self, outcome: Outcome) -> None:
        """Write the outcome."""
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2

        status = api_pb2.STATUS_SUCCESS if outcome == "finished" else api_pb2.STATUS_FAILURE
        ending = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=time.time())
        about = metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(session_end_info=ending))
        tag, nothing = metadata.SESSION_END_INFO_TAG, metadata.NULL_TENSOR
        self._add(Summary(value=[Summary.Value(tag=tag, metadata=about, tensor=nothing)]))
        self._writer.close()

    def _add(self, summary: Any, step: int = 0) -> None:
        """Add an event; the one without a summary heads the file."""
        from tensorboard.compat.proto.event_pb2 import Event

        content = {"file_version": "brain.Event:2"} if summary is None else {"summary": summary}
        self._writer.write(Event(wall_time=time.time(), step=step, **content).SerializeToString())
