"""What the docs call of ours is there.

Programs that are PyTorch's cannot run here: their calls into the SDK are looked at.
"""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest
import tuning_trial
from tuning_trial import tactics

DOCS = Path(__file__).parents[2] / "docs"
PROGRAMS = [
    pytest.param(
        found.group(1), id=f"{page}, line {(DOCS / page).read_text()[: found.start()].count(chr(10))}"
    )
    for page in ("trial.md", "tracking.md")
    for found in re.finditer(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    if "tuning_trial import" in found.group(1)
]

NAMED = sorted(
    {name for page in DOCS.glob("*.md") for name in re.findall(r"\btactics\.(?!md\b)(\w+)", page.read_text())}
)


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_a_program_of_the_docs_calls_is_there_and_takes_what_it_is_given(program: str) -> None:
    tree = ast.parse(program)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {alias.name for node in imports if node.module == "tuning_trial" for alias in node.names}
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    ours = [call for call in calls if call.func.id in names]
    assert {call.func.id for call in ours} == names
    for call in ours:
        function = getattr(tuning_trial, call.func.id)
        inspect.signature(function).bind(*call.args, **{k.arg: k.value for k in call.keywords})


def test_the_programs_are_found() -> None:
    assert len(PROGRAMS) == 4


@pytest.mark.tensorflow
@pytest.mark.parametrize("name", NAMED)
def test_what_a_page_calls_of_the_tactics_is_there_by_that_name(name: str) -> None:
    pytest.importorskip("keras")
    assert hasattr(tactics, name)


def test_the_tactics_functions_are_found() -> None:
    assert {"read", "find_learning_rate", "training"} <= set(NAMED)
