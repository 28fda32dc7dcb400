"""A real S3-compatible server: versitygw (Apache-2.0) over a directory; found in the cache, or built."""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.cluster import settings
from tests.cluster.binary import check_go, go
from tests.cluster.errors import ClusterError

MODULE = Path(__file__).parent / "s3_server"
PACKAGE = "github.com/versity/versitygw/cmd/versitygw"
KEY, SECRET = "tuning", "only-for-tests"


@dataclass(frozen=True)
class S3:
    """A server that runs. objects: the directory behind it, a bucket each directory in it."""

    endpoint: str
    objects: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs; botocore and s3fs read these."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }


def find_or_build() -> Path:
    """The server's program; a minute or two when it must be built. Raises Unavailable without a Go."""
    content = b"".join((MODULE / name).read_bytes() for name in ("go.mod", "go.sum"))
    program = settings.cache_directory() / f"versitygw-{hashlib.sha256(content).hexdigest()[:16]}"
    if not program.exists():
        check_go()
        print("building an S3 server (a minute or two, once)", flush=True)
        partial = program.with_suffix(f".{os.getpid()}.partial")
        flags = ("-trimpath", "-buildvcs=false", "-ldflags=-s -w")
        go(MODULE, "build", *flags, "-o", str(partial), PACKAGE)
        partial.rename(program)
    return program


@contextmanager
def running(directory: Path, port: int, *buckets: str) -> Iterator[S3]:
    """Run a server on this machine; what it keeps beside the objects goes into `directory` too."""
    objects, beside = directory / "objects", directory / "metadata"
    for place in (beside, *(objects / bucket for bucket in buckets)):
        place.mkdir(parents=True)
    options = ["--port", f"127.0.0.1:{port}", "--access", KEY, "--secret", SECRET, "--quiet"]
    command = [str(find_or_build()), *options, "posix", "--sidecar", str(beside), str(objects)]
    with (directory / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            server = S3(f"http://127.0.0.1:{port}", objects)
            _wait(server, process, directory / "log")
            yield server
        finally:
            process.kill()


def _wait(server: S3, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        try:
            with urlopen(server.endpoint, timeout=5):
                return
        except HTTPError:  # an answer: it refuses who gives no key
            return
        except (URLError, OSError):
            if process.poll() is not None:
                break
            time.sleep(0.05)
    raise ClusterError(f"the S3 server does not answer:\n{log.read_text()[-2000:]}")
