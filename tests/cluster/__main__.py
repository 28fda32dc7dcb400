"""python -m tests.cluster: the test cluster by hand."""

import argparse
import os
import sys
from pathlib import Path

from tests.cluster import settings
from tests.cluster.cluster import Cluster
from tests.cluster.contents import bytes_above_base
from tests.cluster.errors import ClusterError
from tests.cluster.images import OPERATOR, SDK, TRIAL, build_images
from tests.cluster.packages import install_packages


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    try:
        chosen.run(chosen)
    except ClusterError as why:
        print(f"tests.cluster: {why}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start a cluster that stays until `down`")
    up.add_argument("--control-plane-only", action="store_true", help="no node: nothing runs pods")
    up.add_argument("--audit", action="store_true", help="write the API audit log")
    up.set_defaults(run=_up)
    for name, run, help_text in (
        ("down", _down, "stop the cluster and clear what is left of it"),
        ("kubeconfig", _kubeconfig, "print the path of the administrator's kubeconfig"),
        ("kubectl", _kubectl, "run kubectl against it"),
        ("logs", _logs, "print the last lines of every component's log"),
    ):
        command = commands.add_parser(name, help=help_text)
        command.set_defaults(run=run)
        if name == "kubectl":
            command.add_argument("arguments", nargs=argparse.REMAINDER)
    for name, run, help_text in (
        ("images", _images, "build both images, as archives in the cache"),
        ("sizes", _sizes, "print what each image has above its base"),
        ("install", _install, "install what this machine lacks, where that can be done"),
    ):
        commands.add_parser(name, help=help_text).set_defaults(run=run)
    load = commands.add_parser("load", help="put an image archive on the node")
    load.add_argument("archive", type=Path)
    load.set_defaults(run=lambda chosen: _running().load(chosen.archive))
    return parser


def _up(chosen: argparse.Namespace) -> None:
    cluster = Cluster(audit=chosen.audit, stay=True).start()
    if not chosen.control_plane_only:
        try:
            cluster.add_node()
        except BaseException:
            cluster.stop(keep_logs=True)
            raise
    print(f"export KUBECONFIG={cluster.kubeconfig}")


def _down(chosen: argparse.Namespace) -> None:
    Cluster().kill_leftovers()


def _kubeconfig(chosen: argparse.Namespace) -> None:
    print(_running().kubeconfig)


def _kubectl(chosen: argparse.Namespace) -> None:
    cluster = _running()
    os.environ["KUBECONFIG"] = str(cluster.kubeconfig)
    os.execv(cluster.binary, ["kubectl", *chosen.arguments])


def _logs(chosen: argparse.Namespace) -> None:
    directories = settings.Directories(settings.default_directory())
    place = directories.logs if directories.logs.exists() else directories.kept_logs
    for log in sorted(place.glob("*.log")):
        print(f"== {log} ==", *log.read_text(errors="replace").splitlines()[-20:], sep="\n")


def _images(chosen: argparse.Namespace) -> None:
    for archive in build_images():
        print(archive)


def _sizes(chosen: argparse.Namespace) -> None:
    for image in (SDK, TRIAL, OPERATOR):
        print(f"{image.name}: {bytes_above_base(image) / 1e6:.0f} MB above its base")


def _install(chosen: argparse.Namespace) -> None:
    install_packages()


def _running() -> Cluster:
    if not (cluster := Cluster.running()):
        raise ClusterError("no cluster runs: `python -m tests.cluster up` starts one")
    return cluster


if __name__ == "__main__":
    sys.exit(main())
