"""When containers ended, by the runtime: the kubelet's own times are whole seconds and come later."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.cluster import Cluster


class Exits:
    """Listens to containerd's events while the context is open."""

    def __init__(self, cluster: Cluster, log: Path) -> None:
        self._cluster = cluster
        self._log = log

    def __enter__(self) -> Exits:
        socket = str(self._cluster.directories.containerd_socket)
        command = ["ctr", "--address", socket, "--namespace", "k8s.io", "events"]
        self._process = subprocess.Popen(command, stdout=self._log.open("w"), stderr=subprocess.DEVNULL)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()

    def of_pods(self, namespace: str) -> dict[str, datetime]:
        """Pod name → when its trial container ended."""
        ended = dict(filter(None, map(parse_exit, self._log.read_text().splitlines())))
        found = {}
        for pod in self._cluster.get("pods", "--namespace", namespace)["items"]:
            [container] = pod["status"]["containerStatuses"]
            found[pod["metadata"]["name"]] = ended[container["containerID"].removeprefix("containerd://")]
        return found


def parse_exit(line: str) -> tuple[str, datetime] | None:
    """Container id and time of a line of `ctr events`, if it tells of a task's exit."""
    stamp, _, rest = line.partition(" k8s.io ")
    topic, _, body = rest.partition(" ")
    if topic != "/tasks/exit":
        return None
    event: dict[str, Any] = json.loads(body)
    return str(event["container_id"]), _time(event.get("exited_at"), stamp)


def _time(exited_at: Any, stamp: str) -> datetime:
    """The exit's own time; the event's (a moment later) where this containerd does not print it."""
    if isinstance(exited_at, str):
        return _parse(exited_at.rstrip("Z"))
    return _parse(stamp.removesuffix(" +0000 UTC").replace(" ", "T"))


def _parse(text: str) -> datetime:
    whole, _, fraction = text.partition(".")
    moment = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc)
    return moment.replace(microsecond=int(fraction[:6].ljust(6, "0")))
