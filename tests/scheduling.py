"""Which tests `make test` runs at the same time: one process has the cluster, the others train meanwhile."""

from __future__ import annotations

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

CLUSTER = "the cluster"
DEAR = ("tests/tuning_trial/", "tests/notebook/", "tests/local/", "tests/init/")  # few tests, and each trains
FOLDERS = {"cluster", "e2e", "gitops", "helm", "monitoring", "operator_loop", "release"}
FILES = {"tests/api/test_server.py"}


def lot(nodeid: str) -> str:
    """What is run in one piece by one process: all that needs the cluster or builds tools, else a file."""
    file = PurePosixPath(nodeid.partition("::")[0])
    needs_it = str(file) in FILES or (len(file.parts) > 2 and file.parts[1] in FOLDERS)
    return CLUSTER if needs_it else str(file)


def turn(nodeid: str) -> int:
    """The longest lots begin first, so that all processes end at about the same time."""
    return 0 if lot(nodeid) == CLUSTER else 1 if nodeid.startswith(DEAR) else 2


class InLots(LoadScopeScheduling):
    """Hands lots to pytest-xdist's processes. Its groups (3.8) leave no trace in pytest 9's ids."""

    def _split_scope(self, nodeid: str) -> str:
        return lot(nodeid)
