"""A containerd that tells the kubelet of an exit as it happens, built from Go modules.

The kubelet looks at its containers once a second unless its alpha feature EventedPLEG is on and the runtime
streams events (CRI's `GetContainerEvents`: containerd 1.7 and newer; Debian 12 has 1.6). Only `make bench`
asks for it, to tell what the looks cost: https://kubernetes.io/docs/tasks/administer-cluster/switch-to-evented-pleg/
"""

import shutil
from pathlib import Path

from tests.cluster import settings
from tests.cluster.binary import check_go, downloaded, go

VERSION = "1.7.30"
WITHOUT = "no_btrfs,no_devmapper,no_zfs,no_aufs"  # snapshotters that want C libraries, or are not used


def telling_containerd() -> Path:
    """The path of the program; a minute or two when it must be built."""
    program = settings.cache_directory() / f"containerd-{VERSION}"
    if not program.exists():
        check_go()
        _build(program)
    return program


def _build(program: Path) -> None:
    """From a copy of the module: `go install` refuses one that excludes others, as containerd's does."""
    print(f"building containerd {VERSION} (minutes, once)", flush=True)
    copy = program.with_name(f"build-containerd-{VERSION}")
    shutil.rmtree(copy, ignore_errors=True)
    program.parent.mkdir(parents=True, exist_ok=True)
    source = downloaded(program.parent, f"github.com/containerd/containerd@v{VERSION}")
    shutil.copytree(source, copy, copy_function=shutil.copyfile)
    partial = program.with_name(f"{program.name}.partial")
    flags = ("-trimpath", "-buildvcs=false", "-tags", WITHOUT, "-o", str(partial))
    go(copy, "build", *flags, "./cmd/containerd")
    partial.rename(program)
    shutil.rmtree(copy)
