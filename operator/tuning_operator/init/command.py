"""From a Python file to a manifest on disk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from yaml.reader import Reader

from tuning_operator.api import TuningJob, validation
from tuning_operator.api.manifest import load
from tuning_operator.errors import InternalError, ManifestError
from tuning_operator.init import manifest
from tuning_operator.init.description import describe
from tuning_operator.init.neighbours import imported_beside

PLAIN_NAME = re.compile(r"[-._a-zA-Z0-9]+")  # what a key of a ConfigMap may be
NOT_YAML = re.compile(f"{Reader.NON_PRINTABLE.pattern}|\x85")  # \x85 would be read as a line's end


@dataclass(frozen=True)
class Options:
    """name: of the job, else the file's. configmap: put the program into the manifest. image: the trial's."""

    name: str | None = None
    configmap: bool = False
    image: str | None = None
    force: bool = False


def init(file: Path, options: Options) -> list[str]:
    """Write the manifest beside the file, and a Dockerfile unless the program comes as a ConfigMap.

    One Dockerfile serves all programs of a directory; one that is there stays as it is.

    Gives a sentence for each file written, with what to do next.
    Raises ManifestError where nothing can be written, ImageError where the program must be mended.
    """
    if not file.is_file():
        raise ManifestError(f"{file}: no such file; name a Python file")
    if not PLAIN_NAME.fullmatch(file.name):
        raise ManifestError(
            f"{file}: name it with letters, digits, dots, - and _ only, as a ConfigMap's keys are"
        )
    name = options.name or manifest.job_name(file.stem)
    target, recipe = file.with_suffix(".yaml"), file.with_name("Dockerfile")
    if target.exists() and not options.force:
        raise ManifestError(f"{target} is there already: move it away, or write over it with --force")
    program = _program(file) if options.configmap else None
    described, notes = manifest.possible_objectives(
        describe(file.absolute(), directory=file.absolute().parent)
    )
    if not described["parameters"]:
        raise ManifestError(f"{file}: it asks for no parameter; ask for one, as in hp.Int('units', 32, 512)")
    image = options.image or (manifest.IMAGE if options.configmap else f"{name}:0.1.0")
    text = manifest.render(name, file.name, described, image, program, notes)
    _check(text, name)
    target.write_text(text, encoding="utf-8")
    said = [f"{target} written: try it with `tuning run {target}`"]
    beside = imported_beside(file)
    if program is not None:
        fits = len(program.encode()) <= manifest.APPLY_LIMIT
        said.append(f"on a cluster: kubectl apply {'' if fits else '--server-side '}-f {target}")
        lacks = f"the manifest lacks what the program imports from here: {', '.join(beside)}; "
        mend = "on a cluster, have it in the trial's image, or leave out --configmap"
        return [*said, lacks + mend] if beside else said
    then = f"on a cluster, build it as {image}, push it, then kubectl apply -f {target}"
    packages = [name for name in beside if not name.endswith(".py")]
    return [*said, f"{_dockerfile(recipe, file.name, packages, options.force)}: {then}"]


def _dockerfile(recipe: Path, program: str, packages: list[str], force: bool) -> str:
    """Write it, unless there is one, in which a person may have added something; say what is there."""
    ours = manifest.dockerfile(program, packages)
    if recipe.exists() and not force:
        if recipe.read_text(encoding="utf-8", errors="replace") == ours:
            return f"{recipe} brings {program} too"
        copies = " and ".join([program, *packages])
        return f"{recipe} stays as it is (see that it copies {copies} to {manifest.DIRECTORY})"
    recipe.write_text(ours, encoding="utf-8")
    return f"{recipe} written"


def _program(file: Path) -> str:
    """The program's text, small enough for a ConfigMap."""
    try:
        text = file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ManifestError(f"{file} is not UTF-8 at byte {error.start}: save it as UTF-8") from None
    strange = NOT_YAML.search(text)
    if strange:
        raise ManifestError(
            f"{file} holds {strange.group()!r}, which YAML cannot: remove it, or leave out --configmap"
        )
    size = len(text.rstrip("\n").encode()) + 1  # as the manifest has it
    if size > manifest.CONFIGMAP_LIMIT:
        raise ManifestError(
            f"{file} has {size} bytes, and a ConfigMap holds {manifest.CONFIGMAP_LIMIT}: "
            "leave out --configmap"
        )
    return text


def _check(text: str, name: str) -> None:
    """The manifest is one that `tuning validate` takes: what is wrong with it is the program's or ours."""
    try:
        (body,) = [d for d in load(text) if d.get("kind") == "TuningJob"]
    except ManifestError as error:
        raise InternalError(f"the manifest written cannot be read: {error}") from error
    found = validation.problems(body) or validation.visit(TuningJob.model_validate(body))
    if found:
        raise ManifestError(*(f"TuningJob/{name}: {problem}" for problem in found))
