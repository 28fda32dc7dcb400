"""buildah, with storage of its own in the cache, and what a build may see of this machine."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import settings
from tests.cluster.errors import ClusterError

KEPT = 30  # images without a name: the stages of the last few builds, which the next one begins from
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


def buildah(*arguments: str) -> str:
    """Run buildah; a failure carries the end of what it said."""
    store = settings.cache_directory() / "buildah"
    places = ["--root", f"{store}/root", "--runroot", f"{store}/run", "--storage-driver", "overlay"]
    environment = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
    command = ["buildah", *places, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise ClusterError(f"buildah {arguments[0]} failed:\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def has_image(name: str) -> bool:
    return bool(buildah("images", "--quiet", "--filter", f"reference={name}").strip())


def drop_older(kept: int = KEPT) -> None:
    """Drop images without a name, but for the newest: a store only grows by itself, by 2 GB a build."""
    for image in buildah("images", "--quiet", "--filter", "dangling=true").split()[kept:]:
        buildah("rmi", image)


@contextmanager
def build_secrets() -> Iterator[list[str]]:
    """The flags that lend a build this machine's pip configuration and certificate authorities.

    As secrets they are there while a command runs, and in no layer: neither an index's address
    nor a password can end up in an image.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as configuration:
        configuration.write(pip_configuration(_pip_says()))
        configuration.flush()
        secrets = [f"id=pip,src={configuration.name}"]
        if authorities := _authorities():
            secrets.append(f"id=authorities,src={authorities}")
        yield [flag for secret in secrets for flag in ("--secret", secret)]


def pip_configuration(said: str) -> str:
    """A pip.conf with the index settings out of `pip config list`, which knows files and environment."""
    wanted = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "retries")
    lines = ["[global]", "cert = /run/secrets/authorities"] if _authorities() else ["[global]"]
    for line in said.splitlines():
        name, _, value = line.partition("=")
        key = name.rpartition(".")[2]
        if key in wanted:
            lines.append(f"{key} = {' '.join(shlex.split(value))}")
    return "\n".join(lines) + "\n"


def _pip_says() -> str:
    done = subprocess.run(["python3", "-m", "pip", "config", "list"], capture_output=True, text=True)
    return done.stdout


def _authorities() -> str | None:
    found = os.environ.get("SSL_CERT_FILE") or AUTHORITIES
    return found if Path(found).exists() else None
