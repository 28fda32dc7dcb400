"""The one binary that holds every Kubernetes component: found in the cache, or built from Go modules."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.cluster import settings
from tests.cluster.errors import ClusterError, Unavailable

MODULE = Path(__file__).parent / "kubernetes"
OLDEST_GO = (1, 25)
VERSION_PACKAGES = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")


def find_or_build(version: str) -> Path:
    """The path of the binary for a Kubernetes version such as "1.35.4"; minutes when it must be built."""
    binary = settings.cache_directory() / f"kubernetes-{version}"
    if not binary.exists():
        check_go()
        build(version, binary)
    return binary


def lacks_go(version: str) -> str | None:
    """Why the binary of this version cannot be had, None when it can."""
    if (settings.cache_directory() / f"kubernetes-{version}").exists():
        return None
    try:
        check_go()
    except Unavailable as why:
        return str(why)
    return None


def check_go() -> None:
    needed = ".".join(map(str, OLDEST_GO))
    if not shutil.which("go"):
        raise Unavailable(f"Go is not installed: building Kubernetes needs Go {needed} or newer")
    said = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, cwd="/").stdout.strip()
    found = re.match(r"go(\d+)\.(\d+)", said)
    if not found or tuple(map(int, found.groups())) < OLDEST_GO:
        raise Unavailable(
            f"Go is {said or 'of unknown version'}: building Kubernetes needs {needed} or newer"
        )


def build(version: str, binary: Path) -> None:
    """Build under another name and rename: a cut-off build leaves nothing that looks finished."""
    module = MODULE if version == committed_version() else rewrite_module(version)
    binary.parent.mkdir(parents=True, exist_ok=True)
    partial = binary.with_suffix(f".{os.getpid()}.partial")
    print(f"building Kubernetes {version} (minutes, once)", flush=True)
    go(
        module,
        "build",
        "-trimpath",
        "-buildvcs=false",
        "-ldflags",
        _linker_flags(version),
        "-o",
        str(partial),
        ".",
    )
    partial.rename(binary)


def committed_version() -> str:
    """The version that the module in this directory is written for, with its checked sums."""
    found = re.search(r"^\s*k8s\.io/kubernetes v(\S+)$", (MODULE / "go.mod").read_text(), re.MULTILINE)
    if not found:
        raise ClusterError(f"{MODULE}/go.mod does not require k8s.io/kubernetes")
    return found.group(1)


def rewrite_module(version: str) -> Path:
    """The same module for another Kubernetes version, in a build directory of the cache."""
    target = settings.cache_directory() / f"build-{version}"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    go(target, "mod", "init", "tuning.dev/lookup")
    kubernetes = downloaded(target, f"k8s.io/kubernetes@v{version}")
    (target / "go.mod").write_text(module_text(version, _requirements(target, kubernetes / "go.mod")))
    kubelet = (kubernetes / "cmd/kubelet/app/server.go").read_text()
    (target / "main.go").write_text(adapted((MODULE / "main.go").read_text(), kubelet))
    go(target, "mod", "tidy")
    return target


def module_text(version: str, upstream: dict[str, str]) -> str:
    """A go.mod with Kubernetes' own choice of every library and its staging modules of the same release."""
    staging = f"v0.{version.partition('.')[2]}"
    own = sorted(
        name for name, chosen in upstream.items() if name.startswith("k8s.io/") and chosen == "v0.0.0"
    )
    others = sorted((name, chosen) for name, chosen in upstream.items() if name not in own)
    lines = [
        "module tuning.dev/tests/cluster/kubernetes",
        "",
        f"go {'.'.join(map(str, OLDEST_GO))}.0",
        "",
        "require (",
    ]
    lines += [f"\tk8s.io/kubernetes v{version}"]
    lines += [f"\t{name} v0.0.0" for name in own] + [f"\t{name} {chosen}" for name, chosen in others]
    lines += [")", ""] + [f"replace {name} => {name} {staging}" for name in own]
    return "\n".join(lines) + "\n"


def adapted(source: str, kubelet: str) -> str:
    """Our main.go for a kubelet whose source still makes its own context."""
    if "func NewKubeletCommand()" not in kubelet:
        return source
    source = source.replace("NewKubeletCommand(context.Background())", "NewKubeletCommand()")
    return source.replace('\t"context"\n', "")


def downloaded(directory: Path, module: str) -> Path:
    """Where the source of a module such as "k8s.io/kubernetes@v1.35.4" lies, from the module proxy."""
    return Path(json.loads(go(directory, "mod", "download", "-json", module))["Dir"])


def _requirements(directory: Path, module: Path) -> dict[str, str]:
    parsed = json.loads(go(directory, "mod", "edit", "-json", str(module)))
    return {each["Path"]: each["Version"] for each in parsed["Require"]}


def _linker_flags(version: str) -> str:
    major, minor, _ = version.split(".")
    component = VERSION_PACKAGES[0]
    flags = [f"-X {package}.gitVersion=v{version}" for package in VERSION_PACKAGES]
    flags += [f"-X {component}.gitMajor={major}", f"-X {component}.gitMinor={minor}"]
    return " ".join(["-s", "-w", *flags, f"-X {component}.gitTreeState=clean"])


def go(directory: Path, *arguments: str) -> str:
    """Run the go command in a module's directory, and return what it prints; a failure carries its end."""
    environment = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}
    done = subprocess.run(["go", *arguments], cwd=directory, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise ClusterError(f"go {arguments[0]} failed in {directory}:\n{done.stderr[-3000:]}")
    return done.stdout
