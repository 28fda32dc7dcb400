"""The command line: verdicts, errors in one line, and who must act."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from tuning_operator import cli, errors

from tests.local.commands import COMMAND, manifest

EXAMPLE = Path(__file__).parent.parent / "manifests" / "examples" / "digits.yaml"


def tuning(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        input=stdin,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def written(path: Path, *bodies: object) -> str:
    path.write_text(yaml.safe_dump_all(bodies))
    return str(path)


def test_the_example_is_valid() -> None:
    done = tuning("validate", str(EXAMPLE))
    assert (done.returncode, done.stdout) == (0, f"{EXAMPLE}: TuningJob/digits is valid\n")


def test_each_problem_is_a_line_that_names_file_and_field(tmp_path: Path) -> None:
    body = manifest()
    body["spec"]["parameters"][0] |= {"min": 2.0}
    body["spec"]["trails"] = {}
    good, bad = written(tmp_path / "good.yaml", manifest()), written(tmp_path / "bad.yaml", body)
    done = tuning("validate", good, bad)
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    assert lines[0] == f"{good}: TuningJob/job is valid"
    assert all(line.startswith(f"{bad}: TuningJob/job: ") for line in lines[1:])
    assert any("trails" in line for line in lines[1:])
    assert any("min" in line for line in lines[1:])


def test_what_only_the_first_visit_sees_is_found_too(tmp_path: Path) -> None:
    body = manifest()
    body["spec"]["initialTrials"] = [{"parameters": {"y": 1.0}}]
    done = tuning("validate", written(tmp_path / "job.yaml", body))
    assert (done.returncode, "initialTrials" in done.stdout) == (2, True)


def test_a_terminal_is_not_obeyed_by_what_a_manifest_says(tmp_path: Path) -> None:
    body = manifest()
    body["metadata"]["name"] = "\x1b[31mred\nother\x07"
    body["spec"]["\x1b[2J"] = 1
    job = written(tmp_path / "job.yaml", body)
    thing = written(tmp_path / "thing.yaml", {"kind": "\x1b[2J"})
    shown = CliRunner().invoke(cli.cli, ["validate", job, thing], color=True).output
    assert "TuningJob/[31mred other: " in shown
    assert all(line.isprintable() for line in shown.splitlines())


def test_a_missing_image_is_a_warning(tmp_path: Path) -> None:
    body = manifest()
    del body["spec"]["template"]["spec"]["containers"][0]["image"]
    done = tuning("validate", written(tmp_path / "job.yaml", body))
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'job.yaml'}: TuningJob/job is valid\n")
    assert "warning: spec.template.spec.containers[trial].image is not given" in done.stderr


def test_a_manifest_can_come_from_stdin() -> None:
    assert tuning("validate", "-", stdin=json.dumps(manifest())).stdout == "-: TuningJob/job is valid\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind: ConfigMap\n", "no TuningJob in it (found: ConfigMap)"),
        ("", "no TuningJob in it (found: nothing)"),
        ("a: [1", "-: "),
        ("a: 1\na: 2\n", "a"),
        ("- 1\n", "write an object"),
        ("kind: List\nitems: [1, null]\n", "items[0] is 1: write an object"),
        ("kind: TuningJob\nmetadata: 7\n", "apiVersion"),
    ],
)
def test_whatever_is_no_job_is_said_in_words(text: str, words: str) -> None:
    for command in ("validate", "run"):
        done = tuning(command, "-", stdin=text)
        assert done.returncode == 2
        assert words in done.stdout + done.stderr
        assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_is_named() -> None:
    done = tuning("run", "nowhere.yaml")
    assert (done.returncode, done.stderr) == (2, "nowhere.yaml: No such file or directory\n")


def test_validate_says_how_many_points_a_grid_has(tmp_path: Path) -> None:
    body = manifest(max=3)
    body["spec"]["search"] = {"stages": [{"algorithm": "Grid"}]}
    said = tuning("validate", written(tmp_path / "job.yaml", body)).stdout
    assert said.splitlines()[1].endswith("TuningJob/job: stage 1: Grid has 5 points, 3 of them are tried")


def test_run_refuses_what_validate_refuses(tmp_path: Path) -> None:
    body = manifest()
    body["spec"]["trials"]["max"] = 0
    done = tuning("run", written(tmp_path / "job.yaml", body), "--runs-dir", str(tmp_path / "runs"))
    assert done.returncode == 2
    assert "TuningJob/job: spec.trials.max" in done.stderr
    assert not (tmp_path / "runs").exists()


def test_of_several_jobs_one_is_chosen_by_name(tmp_path: Path) -> None:
    other = manifest()
    other["metadata"]["name"] = "other"
    path = written(tmp_path / "jobs.yaml", manifest(max=1), other)
    done = tuning("run", path)
    assert done.returncode == 2
    assert "choose one TuningJob with --name; there are job, other" in done.stderr
    chosen = tuning("run", path, "--name", "job", "-o", "json", "--runs-dir", str(tmp_path / "runs"))
    assert json.loads(chosen.stdout)["metadata"]["name"] == "job"


def test_the_version_is_the_package_s() -> None:
    from importlib.metadata import version

    assert tuning("--version").stdout.strip() == version("tuning-operator")


def test_a_wrong_option_is_a_usage_error() -> None:
    done = tuning("run", "--frehs", "x")
    assert (done.returncode, "--fresh" in done.stderr) == (2, True)


@pytest.mark.parametrize("help_option", ["-h", "--help"])
def test_the_operator_s_options_are_its_own(help_option: str) -> None:
    assert "Usage: tuning operator" in tuning("operator", help_option).stdout


def test_what_is_no_yaml_is_found_by_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text("a: 1\nb: [1\nc: }\n")
    assert f"in {path}, line 3, column 2" in tuning("validate", str(path)).stdout
    assert "in standard input, line 2" in tuning("run", "-", stdin="a: [1\n").stderr


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(cli.cli, ["--help"]).output
    assert all(command in shown for command in ("run", "init", "validate", "operator"))


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (errors.ManifestError("a", "b"), 2, "a\nb\n"),
        (errors.MachineError("disk"), 1, "disk\n"),
        (errors.InterruptedByUser("stopped"), 130, "stopped\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (errors.InternalError("x"), 70, "This is a defect of tuning-operator, please report it: x"),
        (
            ZeroDivisionError("x"),
            70,
            "please report it: ZeroDivisionError: x (TUNING_TRACEBACK=1 shows where)\n",
        ),
    ],
)
def test_every_error_has_its_words_and_its_code(
    error: BaseException,
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(**_: object) -> None:
        raise error

    monkeypatch.setattr(cli.cli, "main", fails)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == code
    assert words in capsys.readouterr().err


def test_it_is_a_plugin_of_kubectl(tmp_path: Path) -> None:
    plugin = tmp_path / "kubectl-tuning"
    plugin.write_text(f"#!{sys.executable}\nfrom tuning_operator.cli import main\nmain()\n")
    plugin.chmod(0o755)
    done = subprocess.run([plugin, "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: kubectl tuning ")


def test_running_locally_loads_no_kubernetes() -> None:
    program = (
        "import sys, tuning_operator.cli, tuning_operator.local.command, tuning_operator.report.live\n"
        "print([m for m in ('kopf', 'kubernetes', 'skopt') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
