"""The bridge between the host and the node's network namespace."""

import subprocess

from tests.cluster import settings


def make_bridge() -> None:
    """Give the host its address: the API server binds to it before there is a node."""
    _ip("link", "add", settings.DEVICE, "type", "bridge")
    _ip("addr", "add", f"{settings.HOST_ADDRESS}/24", "dev", settings.DEVICE)
    _ip("link", "set", settings.DEVICE, "up")


def plug_in(namespace_pid: int) -> None:
    """A cable from the bridge into the network namespace of that process, and the way to its pods.

    The cable goes when the namespace does, and with it the route.
    """
    outer, inner = f"{settings.DEVICE}-out", "eth0"
    _ip("link", "add", outer, "type", "veth", "peer", "name", inner, "netns", str(namespace_pid))
    _ip("link", "set", outer, "master", settings.DEVICE, "up")
    within = ["nsenter", "--target", str(namespace_pid), "--net", "ip"]
    _run(*within, "link", "set", "lo", "up")
    _run(*within, "addr", "add", f"{settings.NODE_ADDRESS}/24", "dev", inner)
    _run(*within, "link", "set", inner, "up")
    _run(*within, "route", "add", "default", "via", settings.HOST_ADDRESS)
    _ip("route", "replace", settings.POD_NETWORK, "via", settings.NODE_ADDRESS, "dev", settings.DEVICE)


def remove_bridge() -> None:
    for device in (f"{settings.DEVICE}-out", settings.DEVICE):
        subprocess.run(["ip", "link", "delete", device], capture_output=True)  # already gone is fine


def _ip(*arguments: str) -> None:
    _run("ip", *arguments)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
