"""The node (first version: none)."""

from pathlib import Path

from tests.cluster.processes import Processes
from tests.cluster.settings import Directories


class Node:
    def __init__(self, directories: Directories, processes: Processes) -> None: ...

    is_running = False

    def start(self, binary: Path) -> None:
        raise NotImplementedError

    def stop(self) -> None: ...
    def load(self, archive: Path) -> None:
        raise NotImplementedError
