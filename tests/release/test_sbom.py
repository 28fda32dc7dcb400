"""The SBOM names what is in the image, and nothing that a later layer took away."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from scripts.sbom import sbom_of
from tests.cluster import Unavailable
from tests.cluster.images import OPERATOR, TRIAL, Image, archive_of
from tests.conftest import without_cluster

SITE = "opt/dependencies/lib/python3.11/site-packages"
DPKG = """\
Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1
"""


def tar(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def metadata(name: str) -> bytes:
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An image of two layers, the second of which removes a package of the first."""
    base = {
        "var/lib/dpkg/status": DPKG.encode(),
        f"{SITE}/Num_Py-1.0.dist-info/METADATA": metadata("Num_Py"),
        f"{SITE}/pip-1.0.dist-info/METADATA": metadata("pip"),
        "etc/passwd": b"root",
    }
    layers = {"one.tar": tar(base), "two.tar": tar({f"{SITE}/.wh.pip-1.0.dist-info": b""})}
    manifest = json.dumps([{"Layers": list(layers)}]).encode()
    path = tmp_path / "image.tar"
    path.write_bytes(tar({"manifest.json": manifest, **layers}))
    return path


def names(document: str) -> list[str]:
    return [component["purl"] for component in json.loads(document)["components"]]


def test_installed_packages_are_named_by_their_purl(archive: Path) -> None:
    assert names(sbom_of("image", "1.0", archive)) == [
        "pkg:deb/debian/libc6@2.36-9?arch=amd64",
        "pkg:pypi/num-py@1.0",
    ]


def test_the_same_image_gives_the_same_bytes(archive: Path) -> None:
    assert sbom_of("image", "1.0", archive) == sbom_of("image", "1.0", archive)


def test_an_image_without_packages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(tar({"manifest.json": b'[{"Layers": []}]'}))
    with pytest.raises(ValueError, match="no packages"):
        sbom_of("image", "1.0", path)


MUST_HOLD = {
    OPERATOR: {
        "pypi/kopf",
        "pypi/kubernetes",
        "pypi/scikit-learn",
        "pypi/tuning-operator",
        "deb/debian/python3",
    },
    TRIAL: {"pypi/tensorflow-cpu", "pypi/keras", "pypi/tuning-trial", "deb/debian/python3"},
}


def packages(document: str) -> set[str]:
    """Without their versions: pypi/kopf, deb/debian/libc6."""
    return {name.removeprefix("pkg:").partition("@")[0] for name in names(document)}


@pytest.mark.parametrize("image", MUST_HOLD, ids=lambda image: image.name)
def test_what_an_image_imports_is_in_its_sbom_and_pip_is_not(image: Image) -> None:
    try:
        found = packages(sbom_of(image.name, "1.0", archive_of(image)))
    except Unavailable as why:
        without_cluster(str(why))
    assert found >= MUST_HOLD[image]
    assert "pypi/pip" not in found
