"""Install the Debian packages that the cluster, its images and the tests need."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import settings
from tests.cluster.errors import ClusterError
from tests.cluster.requirements import missing_packages

POLICY = Path("/usr/sbin/policy-rc.d")


def install_packages() -> None:
    """apt-get what is missing when we may; otherwise name it and go on, for the tests can do without."""
    missing = missing_packages()
    if not missing:
        return
    if not (settings.is_root() and shutil.which("apt-get")):
        print(f"not installed, and not to be had without root on Debian: {', '.join(missing)}")
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with services_stay_off():
        _run(["apt-get", "update", "-q"], environment)
        _run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing], environment)


@contextmanager
def services_stay_off(policy: Path = POLICY) -> Iterator[None]:
    """Keep packages such as prometheus from starting a service that would take our ports or memory.

    Debian's own means: while this file exists and says 101, no package starts one. Where the
    machine has such a policy already, it stays in force.
    """
    if policy.exists():
        yield
        return
    with tempfile.NamedTemporaryFile("w", dir=policy.parent, delete=False) as script:
        script.write("#!/bin/sh\nexit 101\n")
    Path(script.name).chmod(0o755)
    Path(script.name).rename(policy)
    try:
        yield
    finally:
        policy.unlink(missing_ok=True)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise ClusterError(f"{' '.join(command[:2])} failed:\n{(done.stdout + done.stderr)[-3000:]}")
