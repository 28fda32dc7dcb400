"""What an image's own layers hold, beside what its wheels brought."""

import csv
import io
import json
import posixpath
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.cluster.base_image import base_images
from tests.cluster.builder import buildah
from tests.cluster.images import Image, archive_of


@dataclass(frozen=True)
class Contents:
    """files: bytes by path, of all regular files above the base; wheels: the same of what wheels brought."""

    files: Mapping[str, int]
    wheels: Mapping[str, int]


def contents_of(image: Image) -> Contents:
    """Read the layers above the base; each wheel's RECORD, which stays, tells what it unpacks to."""
    files, wheels = dict[str, int](), dict[str, int]()
    with tarfile.open(archive_of(image)) as archive:
        for layer in _layers(archive):
            with tarfile.open(fileobj=archive.extractfile(layer)) as content:
                for one in filter(tarfile.TarInfo.isfile, content):
                    files[one.name] = one.size
                    if one.name.endswith(".dist-info/RECORD"):
                        wheels |= _recorded(one.name, content.extractfile(one).read().decode())  # type: ignore[union-attr]
    return Contents(files, wheels)


def bytes_above_base(image: Image) -> int:
    """What the image's own layers take up, unpacked; those of its base are the base's matter."""
    with tarfile.open(archive_of(image)) as archive:
        return sum(layer.size for layer in _layers(archive))


def _layers(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    final, _ = base_images()
    base = set(json.loads(buildah("inspect", "--type", "image", final))["OCIv1"]["rootfs"]["diff_ids"])
    [manifest] = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
    config = json.load(archive.extractfile(manifest["Config"]))  # type: ignore[arg-type]
    for digest, layer in zip(config["rootfs"]["diff_ids"], manifest["Layers"], strict=True):
        if digest not in base:
            yield archive.getmember(layer)


def _recorded(record: str, text: str) -> dict[str, int]:
    """Paths are relative to site-packages; RECORD itself and the caches, which pip adds, have no size."""
    packages = posixpath.dirname(posixpath.dirname(record))
    rows = csv.reader(io.StringIO(text))
    return {posixpath.normpath(f"{packages}/{path}"): int(size or 0) for path, _, size in rows}
