"""The real cluster as fixtures: a test that uses one needs it, and says so by a mark.

`control_plane` is an API server without nodes, `cluster` the same one with a node that runs
pods; `namespace` and `kubectl` belong to one test. With KUBECONFIG set, that cluster is used.
"""

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.cluster import Busy, Client, Cluster, GivenCluster, Unavailable
from tests.cluster.images import Images, install_images
from tests.scheduling import CLUSTER, InLots, lot, turn
from tests.tools import Tools, find_or_build
from tests.tools.helm import Helm

Kubectl = Callable[..., "subprocess.CompletedProcess[str]"]

NO_CLUSTER = "no cluster: "
MARKS = {"cluster": "pods", "control_plane": "control_plane"}  # fixture: the mark of the tests that use it
SINGLE = {*MARKS, "tools"}  # there is one of each on a machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: turn(item.nodeid))
    for item in items:
        fixtures = SINGLE.intersection(getattr(item, "fixturenames", ()))
        for fixture in sorted(fixtures & MARKS.keys()):
            item.add_marker(MARKS[fixture])
        if fixtures and lot(item.nodeid) != CLUSTER:
            raise pytest.UsageError(
                f"{item.nodeid} uses the cluster or its tools: name it in tests/scheduling.py"
            )


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist, which `-p no:xdist` leaves out
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> InLots:
    return InLots(config, log)


@pytest.fixture(scope="session")
def control_plane(request: pytest.FixtureRequest) -> Iterator[Client]:
    """An API server, controller manager and scheduler; no node until someone asks for `cluster`."""
    if given := os.environ.get("KUBECONFIG"):
        yield GivenCluster(Path(given), refuse=pytest.skip)
        return
    cluster = Cluster(audit=True)
    try:
        cluster.start()
    except Unavailable as why:
        without_cluster(str(why))
    except Busy as why:
        pytest.fail(str(why), pytrace=False)
    yield cluster
    cluster.stop(keep_logs=bool(request.session.testsfailed))


@pytest.fixture(scope="session")
def cluster(control_plane: Client) -> Client:
    """The control plane with a node that is Ready."""
    if isinstance(control_plane, Cluster):
        try:
            control_plane.add_node()
        except Unavailable as why:
            without_cluster(str(why))
    return control_plane


@pytest.fixture(scope="session")
def images(cluster: Client) -> Images:
    """Both images, built and on the node; gives their names."""
    try:
        return install_images(cluster)
    except Unavailable as why:
        without_cluster(str(why))


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Programs of others, built from their Go modules."""
    try:
        return find_or_build()
    except Unavailable as why:
        without_cluster(str(why))


@pytest.fixture(scope="session")
def helm(tools: Tools) -> Helm:
    """Helm 4, to render the chart; `Helm(tools.helm4, kubeconfig)` installs it."""
    return Helm(tools.helm4)


@pytest.fixture
def namespace(request: pytest.FixtureRequest, control_plane: Client) -> Iterator[str]:
    """A fresh namespace named after the test; it goes afterwards, and nobody waits for that."""
    readable = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:45].strip("-")
    name = f"{readable}-{secrets.token_hex(3)}"
    control_plane.kubectl("create", "namespace", name)
    control_plane.wait_for("create", "serviceaccount/default", "--namespace", name)
    yield name
    control_plane.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def kubectl(control_plane: Client, namespace: str) -> Kubectl:
    """kubectl in the test's namespace: kubectl("get", "pods", input=…, check=False)."""

    def run(
        *arguments: str, input: str | None = None, check: bool = True
    ) -> "subprocess.CompletedProcess[str]":
        return control_plane.kubectl("--namespace", namespace, *arguments, input=input, check=check)

    return run


def needs(program: str) -> pytest.MarkDecorator:
    """Skips a test without this program; where the caller has promised a whole machine, it runs and fails."""
    return pytest.mark.skipif(not is_expected(program), reason=f"no {program} here")


def is_expected(program: str) -> bool:
    """Whether this program is here, or has been promised to be."""
    return is_promised() or shutil.which(program) is not None


def is_promised() -> bool:
    return os.environ.get("REQUIRE_CLUSTER") == "1"


def without_cluster(why: str) -> NoReturn:
    """Skip, unless the caller has promised a machine that can run a cluster."""
    if is_promised():
        pytest.fail(f"{NO_CLUSTER}{why}, and REQUIRE_CLUSTER=1 forbids to go without", pytrace=False)
    pytest.skip(f"{NO_CLUSTER}{why}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
    """End, after pytest's own summary, by naming what was not tested, and why."""
    yield
    kept = Cluster().directories.kept_logs
    if terminalreporter.stats.get("failed") and kept.exists():
        terminalreporter.write_line(f"the cluster's logs: {kept}")
    skipped: dict[str, set[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        if NO_CLUSTER in reason:
            skipped.setdefault(reason.partition(NO_CLUSTER)[2], set()).add(report.nodeid)
    for reason, tests in skipped.items():
        files = ", ".join(sorted({test.partition("::")[0] for test in tests}))
        terminalreporter.write_line(
            f"SKIPPED: {NO_CLUSTER}{reason}: {len(tests)} tests in {files}", yellow=True
        )
