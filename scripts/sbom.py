"""The software bill of materials of an image: what is really in it, Python's packages and Debian's.

CycloneDX 1.6 as JSON, made and checked by OWASP's own library. The same image gives the same bytes.
"""

from __future__ import annotations

import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import IO
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

DEBIAN = "var/lib/dpkg/status"
LISTS = re.compile(rf"{DEBIAN}|.*\.dist-info/METADATA")
WHITEOUT = ".wh."  # what a layer takes away from those below it


def sbom_of(name: str, version: str, archive: Path) -> str:
    """The document of an image in a Docker archive. Raises ValueError where it has no packages."""
    with tempfile.TemporaryDirectory(prefix="sbom-") as root:
        unpack_lists(archive, Path(root))
        return sbom(name, version, Path(root))


def unpack_lists(archive: Path, root: Path) -> None:
    """Of the image's file system only what names packages, layer upon layer."""
    with tarfile.open(archive) as outer:
        [manifest] = json.load(_opened(outer, "manifest.json"))
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=_opened(outer, layer)) as inner:
                for member in inner:
                    _put(inner, member, root)


def _opened(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.extractfile(name)
    if file is None:
        raise ValueError(f"{name} is no file in the archive")
    return file


def _put(layer: tarfile.TarFile, member: tarfile.TarInfo, root: Path) -> None:
    path = root / member.name
    if not path.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"{member.name} leads out of the image")
    if path.name.startswith(WHITEOUT):
        gone = path.with_name(path.name.removeprefix(WHITEOUT))
        shutil.rmtree(gone, ignore_errors=True)
        gone.unlink(missing_ok=True)
    elif member.isfile() and LISTS.fullmatch(member.name.removeprefix("./")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_opened(layer, member.name).read())


def sbom(name: str, version: str, root: Path) -> str:
    """The document of what is listed below root."""
    components = sorted({*python_packages(root), *debian_packages(root)}, key=lambda c: c.bom_ref.value or "")
    if not components:
        raise ValueError(f"no packages are found below {root}")
    image = Component(name=name, version=version, type=ComponentType.CONTAINER, bom_ref=f"{name}:{version}")
    bom = Bom(components=components, serial_number=uuid5(NAMESPACE_URL, f"{name}:{version}"))
    bom.metadata = BomMetaData(component=image)
    bom.register_dependency(image, components)
    text = without_time(JsonV1Dot6(bom).output_as_string())
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"the SBOM of {name} is not CycloneDX: {error}")
    return text + "\n"


def without_time(text: str) -> str:
    """The library puts the moment of the writing in; the image's own time is its commit's."""
    document = json.loads(text)
    del document["metadata"]["timestamp"]
    return json.dumps(document, indent=1)


def python_packages(root: Path) -> Iterator[Component]:
    places = sorted({str(path.parents[1]) for path in root.rglob("*.dist-info/METADATA")})
    for found in distributions(path=places):
        yield component("pypi", re.sub(r"[-_.]+", "-", name_of(found)).lower(), found.version)


def name_of(distribution: Distribution) -> str:
    return str(distribution.metadata["Name"])


def debian_packages(root: Path) -> Iterator[Component]:
    status = root / DEBIAN
    for entry in status.read_text().split("\n\n") if status.exists() else ():
        fields = dict(re.findall(r"^([A-Z][A-Za-z-]*): (.+)$", entry, re.MULTILINE))
        if fields.get("Status", "").endswith(" installed"):
            arch = {"arch": fields["Architecture"]}
            yield component("deb", fields["Package"], fields["Version"], "debian", arch)


def component(
    kind: str, name: str, version: str, namespace: str | None = None, more: dict[str, str] | None = None
) -> Component:
    url = PackageURL(kind, namespace, name, version, more or {})
    return Component(
        name=name, version=version, type=ComponentType.LIBRARY, purl=url, bom_ref=url.to_string()
    )
