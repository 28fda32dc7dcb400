"""Every command that a page names is there, with its options: none is run, its program's parser reads it."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import tuning_trial.cli
import yaml
from tuning_operator.api import validation
from tuning_operator.api.manifest import KubernetesLoader
from tuning_operator.cli import cli

import tests.cluster.__main__
from tests.commands import ROOT, commands
from tests.local.commands import manifest
from tests.test_docs import PAGES

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = re.findall(r"^([a-z0-9-]+):.*## ", MAKEFILE, re.MULTILINE)
PARSERS = {
    "tuning-trial": tuning_trial.cli._parser,
    "python -m tests.cluster": tests.cluster.__main__._parser,
}
STANDS_FOR = {"NAME": "image-resnet", "…": "x"}
READ_HERE = ("make", "tuning", "tuning-trial", "python -m tests.cluster", "docker build")


def named(*programs: str) -> list[str]:
    """The commands of these programs on all pages, behind a prompt or in a line of text."""
    found = {command for page in PAGES for command in _said(page)}
    return sorted(command for command in found if command.startswith(tuple(f"{p} " for p in programs)))


def _said(page: Path) -> Iterator[str]:
    prompted = [command for said in commands(page).values() for command in said]
    for command in [*prompted, *re.findall(r"`([^`\n]+)`", page.read_text())]:
        yield _bare(command)


def _bare(command: str) -> str:
    """Without what is set before it and said after it."""
    return re.sub(r"^([A-Z]+=\S+ |\.venv/bin/)*", "", command).partition(" #")[0].strip()


@pytest.mark.parametrize(
    ("page", "section"), [("README.md", "tuning-operator"), ("CONTRIBUTING.md", "Taking part")]
)
def test_a_section_that_no_other_test_runs_is_read_here(page: str, section: str) -> None:
    read = {*named(*READ_HERE)}
    assert [command for command in commands(ROOT / page)[section] if _bare(command) not in read] == []


def test_every_target_that_is_named_is_there() -> None:
    words = [word for command in named("make") for word in shlex.split(command)[1:]]
    assert {word for word in words if "=" not in word} - {*TARGETS} == set()
    done = subprocess.run(["make", "--dry-run", *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_told_to_who_takes_part(target: str) -> None:
    assert re.search(
        rf"^\$ (\S+=\S+ )*make {target}\b(?!-)", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE
    )


@pytest.mark.parametrize("command", named("tuning"))
def test_a_command_of_tuning_is_there_with_its_options(command: str) -> None:
    context = click.Context(cli)
    _, found, rest = cli.resolve_command(context, shlex.split(command)[1:])
    assert found is not None
    found.make_parser(click.Context(found)).parse_args(rest)


@pytest.mark.parametrize("command", named(*PARSERS))
def test_a_command_of_the_others_is_there_with_its_options(command: str) -> None:
    [program] = [program for program in PARSERS if command.startswith(f"{program} ")]
    words = [STANDS_FOR.get(word, word) for word in shlex.split(command.removeprefix(program))]
    refusal = refused(PARSERS[program](), words)
    assert refusal is None or "arguments are required" in refusal  # a text may name a command without them


def refused(parser: ArgumentParser, words: list[str]) -> str | None:
    """What the parser has against these words."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            parser.parse_args(words)
        except SystemExit as end:
            return said.getvalue() if end.code else None
    return None


@pytest.mark.parametrize("command", named("docker build"))
def test_the_files_that_a_build_is_given_are_there(command: str) -> None:
    files = re.findall(r"(?:-f |CONSTRAINTS=)(\S+)", command)
    assert files
    assert [file for file in files if not (ROOT / file).exists()] == []


PARAMETER = re.compile(r"^ *(- \{name: \w+, type: .*\})", re.MULTILINE)
BLOCKS = [b for page in PAGES for b in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)]


@pytest.mark.parametrize("shown", ["\n".join(found) for b in BLOCKS if (found := PARAMETER.findall(b))])
def test_parameters_that_a_page_shows_are_valid(shown: str) -> None:
    job = manifest()
    job["spec"]["parameters"] = yaml.load(shown, KubernetesLoader)
    assert validation.problems(job) == []
