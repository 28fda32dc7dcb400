"""What tests ask of any cluster: their own, or one that they were given."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from tests.cluster import settings
from tests.cluster.audit import Request
from tests.cluster.binary import find_or_build
from tests.cluster.errors import ClusterError

NOT_YET = ("NotFound", "accessor error: <nil>")  # kubectl's words for no object, and for no conditions


class Client:
    """kubectl, and the conveniences that need no more than kubectl."""

    kubeconfig: Path  # an administrator's kubeconfig file
    shell_image = "tuning.dev/shell:test"  # busybox: sh, sleep, httpd, nc, wget …

    def kubectl_program(self) -> list[str]:
        raise NotImplementedError

    def kubectl(
        self, *arguments: str, input: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl as administrator; a failure carries what kubectl said."""
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        command = [*self.kubectl_program(), *arguments]
        done = subprocess.run(command, input=input, capture_output=True, text=True, env=environment)
        if check and done.returncode:
            raise ClusterError(f"kubectl {' '.join(arguments)}: {done.stderr.strip()}")
        return done

    def get(self, *arguments: str) -> dict[str, Any]:
        """The parsed answer of `kubectl get … -o json`."""
        parsed: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "-o", "json").stdout)
        return parsed

    def apply(self, *objects: dict[str, Any], namespace: str = "default") -> None:
        """Create or change objects given as Python dictionaries."""
        manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        self.kubectl("apply", "--namespace", namespace, "-f", "-", input=manifest)

    def wait_for(self, condition: str, *arguments: str, seconds: int = 60) -> None:
        """`kubectl wait --for`, which must come true; tolerates an object that is not there yet, or new."""
        deadline = time.monotonic() + seconds
        command = ("wait", f"--for={condition}", f"--timeout={seconds}s", *arguments)
        while (done := self.kubectl(*command, check=False)).returncode:
            if not any(words in done.stderr for words in NOT_YET) or time.monotonic() > deadline:
                raise ClusterError(f"kubectl {' '.join(command)}: {done.stderr.strip()}")
            time.sleep(0.1)

    def load(self, archive: Path) -> None:
        """Put the images of an OCI or Docker archive on the node; quick when they are there already."""
        raise NotImplementedError

    def advertise(self, resource: str = "nvidia.com/gpu", count: int = 2) -> None:
        """Make the node offer a resource that it does not have; 0 offers none of it."""
        raise NotImplementedError

    def audit(self, offset: int = 0) -> Iterator[Request]:
        """Finished API requests in the order of the log, from `audit_offset()` on if it is given."""
        raise NotImplementedError

    def audit_offset(self) -> int:
        """Where the audit log ends now: hand it to `audit` to see only what comes later."""
        raise NotImplementedError


class GivenCluster(Client):
    """A cluster that someone else runs: what needs its nodes or its API server's disk is refused."""

    def __init__(self, kubeconfig: Path, refuse: Callable[[str], NoReturn]) -> None:
        self.kubeconfig = kubeconfig
        self.shell_image = os.environ.get("SHELL_IMAGE", "busybox:stable")
        self._refuse = refuse

    def kubectl_program(self) -> list[str]:
        # Its path, for a test may put a program of this name before it that calls this one.
        if found := shutil.which("kubectl"):
            return [found]
        return [str(find_or_build(settings.default_version())), "kubectl"]

    def load(self, archive: Path) -> None:
        self._refuse("images cannot be loaded into the cluster of KUBECONFIG")

    def advertise(self, resource: str = "nvidia.com/gpu", count: int = 2) -> None:
        self._refuse("the nodes of the cluster of KUBECONFIG are not ours to change")

    def audit(self, offset: int = 0) -> Iterator[Request]:
        self._refuse("the audit log of the cluster of KUBECONFIG cannot be read")

    def audit_offset(self) -> int:
        self._refuse("the audit log of the cluster of KUBECONFIG cannot be read")
