"""Runs the commands of a document as its readers do: word for word, in a shell, section by section."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SECTION = re.compile(r"^#+ (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROMPT = re.compile(r"^\$ (.+?)(?<!\\)$", re.MULTILINE | re.DOTALL)


def commands(page: Path) -> dict[str, list[str]]:
    """The commands of each section that has any."""
    parts = SECTION.split(page.read_text())
    found = {}
    for title, text in zip(parts[1::2], parts[2::2], strict=True):
        if said := [command for block in BLOCK.findall(text) for command in PROMPT.findall(block)]:
            found[title] = said
    return found


@dataclass(frozen=True)
class Shell:
    """A shell whose programs are these, at the repository's root. programs: name and command line."""

    directory: Path
    programs: dict[str, list[str]]
    kubeconfig: Path | None = None

    def run(self, command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        self._put_on_path()
        environment = {**os.environ, "PATH": f"{self.directory}:{os.environ['PATH']}"}
        environment |= {f"HELM_{each}_HOME": str(self.directory) for each in ("CACHE", "CONFIG", "DATA")}
        if self.kubeconfig:
            environment["KUBECONFIG"] = str(self.kubeconfig)
        line = ["bash", "-euo", "pipefail", "-c", command]
        done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert not check or done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
        return done

    def run_all(self, *lines: str) -> list[str]:
        """What each of them printed."""
        return [self.run(command).stdout for command in lines]

    def _put_on_path(self) -> None:
        for name, command in self.programs.items():
            path = self.directory / name
            if not path.exists():
                path.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
                path.chmod(0o755)
