"""`tuning init`, from a real file to a job that runs."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml
from tuning_operator.api.manifest import load
from tuning_operator.errors import ImageError, MachineError, ManifestError
from tuning_operator.init import command
from tuning_operator.init.command import Options, init
from tuning_operator.init.description import describe
from tuning_operator.init.manifest import APPLY_LIMIT

from tests.init.test_manifest import DESCRIBED
from tests.local.commands import COMMAND
from tests.tuning_trial.keras_tuner_code import tutorials


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A file whose text is never read."""
    path = tmp_path / "model.py"
    path.write_text("x = 1\n")
    return path


@pytest.fixture
def _described(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the description's process would say, for the tests of what is made of it."""
    monkeypatch.setattr(command, "describe", lambda file, directory: DESCRIBED)


@pytest.mark.tensorflow
def test_a_tutorial_becomes_a_job_that_runs(tmp_path: Path) -> None:
    (tmp_path / "intro_to_kt.py").write_text(tutorials.HYPERBAND)

    def tuning(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    written = tuning("init", "intro_to_kt.py", "--configmap")
    assert written.returncode == 0, written.stderr
    path = tmp_path / "intro_to_kt.yaml"
    configmap, job = load(path)
    assert configmap["data"]["intro_to_kt.py"] == tutorials.HYPERBAND
    job["spec"]["trials"]["max"] = 1
    path.write_text(yaml.safe_dump(job))
    done = tuning("run", "intro_to_kt.yaml", "-o", "json")
    assert done.returncode == 0, done.stderr
    assert '"learning_rate": 0.01' in done.stdout  # the default was the first trial


@pytest.mark.parametrize(("size", "words"), [(APPLY_LIMIT, ""), (APPLY_LIMIT + 1, "--server-side ")])
@pytest.mark.usefixtures("_described")
def test_a_program_too_long_for_kubectl_s_annotation_is_applied_by_the_server(
    model: Path, size: int, words: str
) -> None:
    model.write_text("#".ljust(size, '"'))  # JSON doubles each
    said = init(model, Options(configmap=True))
    manifest = model.with_suffix(".yaml")
    assert said[-1] == f"on a cluster: kubectl apply {words}-f {manifest}"
    configmap, _ = load(manifest)
    assert words or len(json.dumps(configmap)) < 262_144


@pytest.mark.usefixtures("_described")
def test_without_a_configmap_a_dockerfile_brings_the_program(model: Path) -> None:
    said = init(model, Options(image="registry.example.com/me/model:1"))
    (job,) = load(model.with_suffix(".yaml"))
    assert job["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example.com/me/model:1"
    assert said[-1].startswith(f"{model.parent / 'Dockerfile'} written: on a cluster, build it as registry")


@pytest.mark.usefixtures("_described")
def test_a_second_program_of_a_directory_is_brought_by_the_same_dockerfile(model: Path) -> None:
    init(model, Options())
    before = (model.parent / "Dockerfile").read_text()
    assert "COPY *.py ./" in before
    second = model.with_name("second.py")
    second.write_text("x = 2\n")
    said = init(second, Options())
    assert "Dockerfile brings second.py too: on a cluster, build it as second:0.1.0" in said[-1]
    assert second.with_suffix(".yaml").exists()
    assert (model.parent / "Dockerfile").read_text() == before


@pytest.mark.usefixtures("_described")
def test_modules_beside_a_program_that_a_configmap_does_not_bring_are_named(model: Path) -> None:
    model.with_name("aid.py").touch()
    model.write_text("import aid\n")
    said = init(model, Options(configmap=True))
    assert said[-1] == (
        "the manifest lacks what the program imports from here: aid.py; "
        "on a cluster, have it in the trial's image, or leave out --configmap"
    )
    assert len(init(model, Options(force=True))) == 2  # the Dockerfile copies it


@pytest.mark.usefixtures("_described")
def test_a_dockerfile_brings_the_packages_beside_a_program(model: Path) -> None:
    (model.parent / "layers").mkdir()
    (model.parent / "layers" / "mine.py").touch()
    model.write_text("from layers.mine import Mine\n")
    init(model, Options())
    assert (model.parent / "Dockerfile").read_text().endswith("COPY *.py ./\nCOPY layers layers\n")


@pytest.mark.usefixtures("_described")
def test_nothing_is_written_over_unless_asked(model: Path) -> None:
    dockerfile = model.parent / "Dockerfile"
    dockerfile.write_text("mine")
    assert "Dockerfile stays as it is (see that it copies model.py to /model)" in init(model, Options())[-1]
    assert dockerfile.read_text() == "mine"
    manifest = model.with_suffix(".yaml")
    manifest.write_text("mine")
    with pytest.raises(ManifestError, match=r"model\.yaml is there already: .* --force"):
        init(model, Options())
    init(model, Options(force=True))
    assert "mine" not in (dockerfile.read_text(), manifest.read_text())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            b"#" * 2**20,
            "has 1048577 bytes, and a ConfigMap holds 1048576",
        ),
        (b"x = '\xff'", "is not UTF-8 at byte 5"),
        (b"x = 1\n\x0c\n", r"holds '\\x0c', which YAML cannot"),
        ("x = 'a\x85b'".encode(), r"holds '\\x85', which YAML cannot"),  # it is a line's end there
    ],
)
def test_what_no_configmap_can_hold_is_refused_before_anything_runs(
    model: Path, text: bytes, words: str
) -> None:
    model.write_bytes(text)
    with pytest.raises(ManifestError, match=words):
        init(model, Options(configmap=True))


@pytest.mark.usefixtures("_described")
def test_a_program_of_a_whole_mebibyte_with_its_last_line_s_end_is_taken(model: Path) -> None:
    model.write_bytes(b"#" * (2**20 - 1))  # the manifest ends its last line
    init(model, Options(configmap=True))
    configmap, _ = load(model.with_suffix(".yaml"))
    assert len(configmap["data"]["model.py"]) == 2**20


@pytest.mark.usefixtures("_described")
def test_a_name_that_no_job_can_have_is_told_as_validate_tells_it(model: Path) -> None:
    with pytest.raises(ManifestError, match=r"TuningJob/My_Job: metadata\.name"):
        init(model, Options(name="My_Job"))
    assert not model.with_suffix(".yaml").exists()


@pytest.mark.parametrize("word", ["true", "y", "null", "off"])
@pytest.mark.usefixtures("_described")
def test_a_file_may_be_named_by_a_word_of_yaml_s(tmp_path: Path, word: str) -> None:
    file = tmp_path / f"{word}.py"
    file.write_text("x = 1\n")
    init(file, Options(configmap=True))
    configmap, job = load(file.with_suffix(".yaml"))
    assert (configmap["metadata"]["name"], job["metadata"]["name"]) == (word, word)


def test_a_file_that_is_not_there_or_has_an_odd_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no such file"):
        init(tmp_path / "model.py", Options())
    (tmp_path / "my model.py").touch()
    with pytest.raises(ManifestError, match="letters, digits"):
        init(tmp_path / "my model.py", Options())


def test_a_program_that_cannot_be_described_is_told_in_its_own_words(tmp_path: Path) -> None:
    for code, words in ((2, "model.py:3: mend me"), (1, "model.py:3: mend me")):
        program = tmp_path / "tuning-trial"
        program.write_text(f"#!/bin/sh\necho noise >&2\necho 'tuning-trial: {words}' >&2\nexit {code}\n")
        program.chmod(0o755)
        environment = {"PATH": f"{tmp_path}:/bin", "VIRTUAL_ENV": str(tmp_path)}
        with pytest.raises(ImageError, match=f"^{words}$"):
            describe(tmp_path / "model.py", environment)


def test_a_file_is_read_where_its_trials_start(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There a path that it gives relative to itself leads to its data."""
    program = model.with_name("tuning-trial")
    program.write_text("#!/bin/sh\necho $PWD >&2\nexit 2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{model.parent}:/bin")
    monkeypatch.setenv("VIRTUAL_ENV", "another")
    with pytest.raises(ImageError, match=f"^{model.parent}$"):
        init(model, Options())


def test_a_program_that_reads_the_keyboard_is_at_its_end_at_once(tmp_path: Path) -> None:
    program = tmp_path / "tuning-trial"
    program.write_text("#!/bin/sh\nif read answer; then echo $answer >&2; exit 1; fi\necho '{}'\n")
    program.chmod(0o755)
    read, write = os.pipe()
    os.write(write, b"somebody typed this\n")
    keyboard = os.dup(0)
    os.dup2(read, 0)
    try:
        assert describe(tmp_path / "model.py", {"PATH": f"{tmp_path}:/bin", "VIRTUAL_ENV": "x"}) == {}
    finally:
        os.dup2(keyboard, 0)
        for descriptor in (read, write, keyboard):
            os.close(descriptor)


def test_without_the_program_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(MachineError, match="tuning-trial"):
        describe(tmp_path / "model.py", {"PATH": str(tmp_path)})
