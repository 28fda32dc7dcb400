"""The operator's and the trial's image, built from their Dockerfiles, as archives in the cache."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import requirements, settings
from tests.cluster.base_image import base_images, recipe
from tests.cluster.builder import build_secrets, buildah, drop_older
from tests.cluster.client import Client
from tests.cluster.cluster import Cluster
from tests.cluster.errors import Unavailable

ROOT = Path(__file__).resolve().parents[2]
SHARED = ("constraints.txt", ".dockerignore")


@dataclass(frozen=True)
class Image:
    """One image: its name in a registry, its Dockerfile, what the build reads, and its build arguments."""

    name: str
    dockerfile: str
    inputs: tuple[str, ...]
    arguments: tuple[str, ...] = ()

    @property
    def tag(self) -> str:
        return f"ghcr.io/tuning-operator/{self.name}:{version()}"


OPERATOR = Image(
    "tuning-operator", "operator/Dockerfile", ("operator", "pyproject.toml", "README.md", "LICENSE")
)
TRIAL = Image("tuning-trial", "trial_image/Dockerfile", ("trial_image",))
GPU = Image(
    "tuning-gpu",
    "trial_image/Dockerfile",
    ("trial_image",),
    ("--build-arg", "CONSTRAINTS=trial_image/constraints-gpu.txt"),
)
SDK = Image(
    "tuning-sdk",
    "trial_image/Dockerfile",
    ("trial_image",),
    ("--build-arg", "CONSTRAINTS=trial_image/constraints-sdk.txt"),
)


@dataclass(frozen=True)
class Images:
    """The names under which a cluster knows both images."""

    operator: str
    trial: str

    def named_in(self, manifest: str) -> str:
        """The manifest with these names in the place of the released ones."""
        return manifest.replace(OPERATOR.tag, self.operator).replace(TRIAL.tag, self.trial)


def install_images(cluster: Client) -> Images:
    """Build both images and put them on the node; a cluster of KUBECONFIG pulls them itself."""
    if not isinstance(cluster, Cluster):
        return given_images(os.environ)
    for archive in build_images():
        cluster.load(archive)
    return Images(OPERATOR.tag, TRIAL.tag)


def given_images(environment: Mapping[str, str]) -> Images:
    """What a cluster that is not ours is to pull: of the variables OPERATOR_IMAGE and TRIAL_IMAGE."""
    named = {"operator": ("OPERATOR_IMAGE", OPERATOR.tag), "trial": ("TRIAL_IMAGE", TRIAL.tag)}
    return Images(**{image: environment.get(*choice) for image, choice in named.items()})


def build_images() -> list[Path]:
    """The archives of both images; those whose inputs did not change are not built again."""
    return [archive_of(image) for image in (OPERATOR, TRIAL)]


def archive_of(image: Image) -> Path:
    archive = settings.cache_directory() / "images" / f"{image.name}-{digest_of_inputs(image)}.tar"
    if not archive.exists():
        build_archive(image, archive)
        _remove_older(image, archive)
    return archive


def digest_of_inputs(image: Image) -> str:
    """The base's recipe, and names and contents of everything that the build reads."""
    digest = hashlib.sha256(f"{image.tag} {recipe()}".encode())
    for path in sorted(_files(image)):
        digest.update(f"{path.relative_to(ROOT)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\0".encode())
    return digest.hexdigest()[:16]


def version(root: Path = ROOT) -> str:
    found = re.search(r'^version = "(.+)"$', (root / "pyproject.toml").read_text(), re.MULTILINE)
    assert found, "pyproject.toml names no version"
    return found.group(1)


def _files(image: Image) -> Iterator[Path]:
    for each in (*image.inputs, *SHARED):
        place = ROOT / each
        if place.is_file():
            yield place
        for path in place.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and ".egg-info" not in str(path):
                yield path


def build_archive(image: Image, archive: Path, epoch: int | None = None) -> None:
    """Build an image and write its archive. epoch: the time of all files, so that the bytes stay the same."""
    if why := requirements.missing_for_images():
        raise Unavailable(why)
    base, build_base = base_images()
    print(f"building {image.tag}", flush=True)
    arguments = ["--build-arg", f"BASE_IMAGE={base}", "--build-arg", f"BUILD_IMAGE={build_base}"]
    arguments += image.arguments
    arguments += ["--layers"] if epoch is None else _of_one_moment(epoch)
    with build_secrets() as secrets:
        buildah(
            "build", "--pull-never", *arguments, *secrets,
            "--file", str(ROOT / image.dockerfile), "--tag", image.tag, str(ROOT),
        )  # fmt: skip
    archive.parent.mkdir(parents=True, exist_ok=True)
    partial = archive.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    buildah("push", image.tag, f"docker-archive:{partial}:{image.tag}")
    partial.rename(archive)
    drop_older()


def _of_one_moment(epoch: int) -> list[str]:
    """Python's caches go by content then, and no layer of an earlier build is taken."""
    return ["--layers", "--no-cache", "--timestamp", str(epoch), "--build-arg", f"SOURCE_DATE_EPOCH={epoch}"]


def _remove_older(image: Image, newest: Path) -> None:
    """An archive of TensorFlow has 2 GB: one of them is enough."""
    for archive in newest.parent.glob(f"{image.name}-*.tar"):
        if archive != newest:
            archive.unlink()
