"""Both images, as the cluster runs them: unprivileged, on a read-only root, without build tools."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Client, Unavailable
from tests.cluster.builder import buildah, drop_older, pip_configuration
from tests.cluster.cluster import Cluster
from tests.cluster.contents import Contents, bytes_above_base, contents_of
from tests.cluster.images import GPU, SDK, TRIAL, Images, archive_of
from tests.cluster.requirements import missing_for_images
from tests.cluster.test_cluster import RESTRICTED, shell_pod, terminated
from tests.conftest import without_cluster

LOOK = """
import importlib.util, json, os, shutil
import {imports}
tools = [m for m in ("pip", "setuptools", "wheel", "ensurepip") if importlib.util.find_spec(m)]
tools += [p for p in ("pip", "pip3", "gcc", "cc", "make", "git", "uv") if shutil.which(p)]
try:
    open("/written", "w")
except OSError as why:
    refused = why.strerror
print(json.dumps(dict(tools=tools, user=os.getuid(), refused=refused, command=shutil.which("{command}"))),
      file=open("/dev/termination-log", "w"))
"""
IN_OPERATOR = ("operator", "kopf, kubernetes, skopt, optuna, cmaes, tuning_operator.api", "tuning")
IN_TRIAL = (
    "trial",
    "tensorflow, keras, keras_tuner, sklearn, pyarrow.csv, pyarrow.parquet, tuning_trial",
    "tuning-trial",
)


def looking_pod(cluster: Client, image: str, imports: str, command: str) -> dict[str, Any]:
    pod = shell_pod(cluster, "looks", "")
    container = pod["spec"]["containers"][0]
    container["image"] = image
    container["command"] = ["python3", "-c", LOOK.format(imports=imports, command=command)]
    container["securityContext"]["readOnlyRootFilesystem"] = True
    container["volumeMounts"] = [{"name": "tmp", "mountPath": "/tmp"}]
    pod["spec"]["volumes"] = [{"name": "tmp", "emptyDir": {}}]
    return pod


@pytest.mark.parametrize(("which", "imports", "command"), [IN_OPERATOR, IN_TRIAL], ids=["operator", "trial"])
def test_an_image_runs_restricted_and_read_only_and_holds_no_build_tools(
    cluster: Client, images: Images, namespace: str, which: str, imports: str, command: str
) -> None:
    cluster.kubectl("label", "namespace", namespace, RESTRICTED)
    pod = looking_pod(cluster, getattr(images, which), imports, command)
    cluster.apply(pod, namespace=namespace)
    state = terminated(cluster, namespace, "looks")
    assert state["exitCode"] == 0, cluster.kubectl("logs", "looks", "--namespace", namespace).stdout
    seen = json.loads(state["message"])
    assert seen == {
        "tools": [],
        "user": 65532,
        "refused": "Read-only file system",
        "command": f"/opt/package/bin/{command}",
    }


@pytest.mark.pods  # what builds it is what pods need
def test_the_image_of_the_sdk_alone_is_small() -> None:
    try:
        assert bytes_above_base(SDK) < 80e6
    except Unavailable as why:
        without_cluster(str(why))


@pytest.fixture(scope="module")
def contents() -> Contents:
    """What the image with TensorFlow holds above its base."""
    try:
        return contents_of(TRIAL)
    except Unavailable as why:
        without_cluster(str(why))


OURS = re.compile("opt/package/.*|opt/dependencies/(bin/[Aa]ctivate.*|pyvenv.cfg|lib/.*/package.pth)")
EMPTY = re.compile("etc/(hosts|resolv.conf|hostname)|run/.*")  # where a build has mounted its own
CACHE = re.compile(r"(.*)/__pycache__/(.*)\.cpython-\d+(\.opt-\d)?\.pyc")
NEEDLESS = re.compile(r"/(tests|pip|ensurepip|clang|\.cache)/|/tensorflow/include/|\.(h|pxd|pyx|whl)$")


@pytest.mark.pods
def test_the_image_of_tensorflow_holds_what_its_wheels_brought_and_pythons_caches(contents: Contents) -> None:
    left = {path for path in contents.files if path not in contents.wheels and not OURS.fullmatch(path)}
    left -= {path for path in left if contents.files[path] == 0 and EMPTY.fullmatch(path)}
    caches = {path: CACHE.fullmatch(path) for path in left}
    sources = {path: f"{found[1]}/{found[2]}.py" for path, found in caches.items() if found}
    assert sorted(left - sources.keys()) == []
    assert [path for path, source in sources.items() if source not in contents.files] == []


@pytest.mark.pods
def test_the_image_of_tensorflow_has_no_tests_headers_or_leftovers_of_its_build(contents: Contents) -> None:
    assert [path for path in contents.files if NEEDLESS.search(path)] == []
    assert [path for path in contents.wheels if NEEDLESS.search(path)] != []


@pytest.mark.pods
def test_the_image_of_tensorflow_is_smaller_than_its_wheels_by_a_quarter(contents: Contents) -> None:
    """Python's caches of all of them, which no wheel has, are counted with the image."""
    assert sum(contents.files.values()) < 0.75 * sum(contents.wheels.values())


LOAD = """
import ctypes, json, pathlib, sys
import tensorflow as tf
places = [pathlib.Path(path) / "nvidia" for path in sys.path]
libraries = sorted(path for place in places for path in place.glob("*/lib/lib*.so*"))
left = {path: "" for path in libraries}
for _ in range(4):  # one may want another that stands in another folder
    for path in list(left):
        try:
            ctypes.CDLL(str(path), ctypes.RTLD_GLOBAL)
            del left[path]
        except OSError as why:
            left[path] = f"{path.name}: {why}"
known = {path.name.split(".")[0] for path in libraries}
cuda = tf.sysconfig.get_build_info()["is_cuda_build"]
# The driver's own library is the node's: whoever gives a container a GPU puts it in.
lacking = [why for why in left.values() if ": libcuda.so.1: cannot open" not in why]
print(json.dumps(dict(lacking=lacking[:5], known=sorted(known)[:60], cuda=cuda)),
      file=open("/dev/termination-log", "w"))
"""


@pytest.mark.long  # gigabytes; and there is no GPU to run it on: only that its libraries load is seen
def test_the_image_for_gpus_holds_cudas_libraries_and_tensorflow_is_built_for_them(
    cluster: Cluster, namespace: str
) -> None:
    cluster.load(archive_of(GPU))
    pod = shell_pod(cluster, "looks", "")
    pod["spec"]["containers"][0] |= {"image": GPU.tag, "command": ["python3", "-c", LOAD]}
    cluster.apply(pod, namespace=namespace)
    state = terminated(cluster, namespace, "looks")
    assert state["exitCode"] == 0, cluster.kubectl("logs", "looks", "--namespace", namespace).stdout
    seen = json.loads(state["message"])
    assert seen["cuda"]
    assert {"libcudart", "libcublas", "libcudnn", "libcufft", "libnccl"} <= set(seen["known"])
    assert seen["lacking"] == []


def test_a_build_is_lent_the_index_of_this_machine_and_nothing_else_of_pips_configuration() -> None:
    said = (
        ":env:.timeout='180'\nglobal.index-url='https://index.example/simple'\nglobal.target='/elsewhere'\n"
    )
    lines = pip_configuration(said).splitlines()
    assert lines[-2:] == ["timeout = 180", "index-url = https://index.example/simple"]


@pytest.mark.pods
def test_only_the_newest_images_without_a_name_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if why := missing_for_images():
        without_cluster(why)
    monkeypatch.setenv("TUNING_CACHE", str(tmp_path))
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY content /\n")
    for content in ("first", "second", "third"):  # each takes the name from the one before
        (tmp_path / "content").write_text(content)
        buildah("build", "--layers", "--tag", "named", str(tmp_path))
    drop_older(kept=1)
    left = buildah("images", "--format", "{{.Name}}").split()
    assert sorted(left) == ["<none>", "localhost/named"]
