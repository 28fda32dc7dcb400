"""What holds for every algorithm, surrogate and acquisition, whatever the space and the history.

A few generated cases each here; `make test-all` tries many more.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import TypeAlias

import pytest
from tuning_operator.api import Parameter
from tuning_operator.api.when import active
from tuning_operator.search import gp, size
from tuning_operator.search.domain import Choices, domain
from tuning_operator.search.grid import grid_space
from tuning_operator.search.lessons import lessons
from tuning_operator.search.space import Space

from tests.search.builders import fits, parameter, problem, run
from tests.search.elsewhere import Elsewhere
from tests.search.generated import (
    KINDS,
    Case,
    Kind,
    cases,
    holds_for,
    moved,
    scaled,
    shuffled,
    upside_down,
)

# They reach no line that other tests do not, and being traced doubles their time.
pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.no_cover]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
FEW, MANY = "few", "many"
how_many = pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
Twist: TypeAlias = Callable[[Case, Random], Case]


def hold(holds: Callable[[Case], None], kind: Kind, examples: str, exact: bool = False) -> None:
    """Trees take a tenth of a second and more for a proposal."""
    slow = kind.modelled and kind.surrogate != "GP"
    count = (3 if slow else 12) if examples == FEW else (60 if slow else 400)
    holds_for(cases(kind, exact), count, holds)


@every_kind
@how_many
def test_a_proposal_is_an_untried_point_of_the_space_until_that_is_exhausted(
    kind: Kind, examples: str
) -> None:
    hold(assert_untried_or_exhausted, kind, examples)


def assert_untried_or_exhausted(case: Case) -> None:
    of, answer = case.problem, case.answer()
    whole, searched = Space(of.parameters), {p.name: p for p in of.narrowed or of.parameters}
    tried = {whole.key(entry.parameters) for entry in (*case.history, *case.pending)}
    if answer is None:
        space = (grid_space if of.algorithm == "Grid" else countable)(tuple(searched.values()))
        assert space.size is not None, "there is no end of its points"
        assert all(whole.key(space.nth(rank)) in tried for rank in range(space.size))
        return
    assert json.loads(json.dumps(answer)) == answer
    assert set(answer) == active(searched.values(), answer)
    assert all(fits(searched[name], value) for name, value in answer.items())
    assert whole.key(answer) not in tried


def countable(parameters: Sequence[Parameter]) -> Space:
    """The space with a range of two doubles as those of them that have a place: on a log scale maybe one."""
    pairs = {}
    for p in filter(is_pair, parameters):
        values = dict.fromkeys(domain(p).at(place) for place in (0.0, 0.25, 0.5, 0.75, 1.0))
        pairs[p.name] = Choices(tuple(values), ordinal=True)
    return Space(parameters, pairs)


def is_pair(of: Parameter) -> bool:
    return of.min is not None and of.type == "double" and math.nextafter(of.min, math.inf) == of.max


@every_kind
@how_many
@pytest.mark.parametrize("twist", [shuffled, upside_down, scaled, moved], ids=lambda twist: twist.__name__)
def test_the_same_in_other_words_gets_the_same_answer(kind: Kind, twist: Twist, examples: str) -> None:
    def holds(case: Case) -> None:
        assert twist(case, Random(case.number)).answer() == case.answer()

    hold(holds, kind, examples, exact=twist is not shuffled)


X86 = platform.machine() in ("x86_64", "AMD64")
ELSEWHERE = {
    "process": {"PYTHONHASHSEED": "321", "OPENBLAS_NUM_THREADS": "2"},
    "Nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
    "Haswell": {"OPENBLAS_CORETYPE": "Haswell"},
}
"""Another process like this one, and two whose linear algebra has vectors of other lengths."""


@pytest.fixture(scope="module", params=ELSEWHERE)
def elsewhere(request: pytest.FixtureRequest) -> Iterator[Elsewhere]:
    """One process for all cases of all kinds: to start it takes as long as a hundred answers."""
    name = request.param
    if name != "process" and not X86:
        pytest.skip("the kernels named are of x86-64")
    there = Elsewhere(**ELSEWHERE[name])
    assert name == "process" or set(there.kernels) == {name}, "it was not obeyed"
    yield there
    there.close()


@every_kind
@how_many
def test_another_process_and_another_kernel_propose_the_same(
    kind: Kind, elsewhere: Elsewhere, examples: str
) -> None:
    def holds(case: Case) -> None:
        assert elsewhere.answer(case) == case.answer()

    hold(holds, kind, examples)


def test_another_kernel_proposes_the_same_for_more_parameters_than_a_generation_has_trials(
    elsewhere: Elsewhere,
) -> None:
    """Then CMAES has no more than a guess at most directions, and any basis of these would do."""
    of = problem(*(parameter(f"x{i:02}", "double", min=0, max=1) for i in range(20)), algorithm="CMAES")
    history = run(
        replace(of, algorithm="Random"),
        24,
        lambda values: sum((float(x) - 0.3) ** 2 for x in values.values()),
    )
    for number in (13, 25):
        case = Case(of, tuple(history[: number - 1]), (), number)
        assert elsewhere.answer(case) == case.answer()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.modelled], ids=str)
@how_many
def test_what_was_asked_before_changes_nothing(kind: Kind, examples: str) -> None:
    """The memory of the last fits holds those of alike questions: other losses, or other trials running."""

    def holds(case: Case) -> None:
        gp.forget()
        forgetful = case.answer()
        gp.forget()
        told = [entry.values for entry in case.history]
        others = [replace(e, values=v, repeats=2) for e, v in zip(case.history, told[::-1], strict=True)]
        replace(case, history=tuple(others)).answer()
        replace(case, pending=case.pending[:-1]).answer()
        assert case.answer() == forgetful

    hold(holds, kind, examples)


LEARNING = [kind for kind in KINDS if kind.algorithm not in ("Grid", "Random", "Sobol")]


@pytest.mark.parametrize("kind", LEARNING, ids=str)
@pytest.mark.parametrize("exact", [True, False])
def test_of_the_generated_cases_a_quarter_asks_a_model(kind: Kind, exact: bool) -> None:
    """Or the properties above would be those of a start phase, or of a space that is used up."""
    asked: list[bool] = []

    def look(case: Case) -> None:
        many = case.number > 30 and len(lessons(case.problem, case.history)) > 12
        points = size(case.problem)
        asked.append(many and (points is None or points > case.number))

    holds_for(cases(kind, exact), 40, look)
    assert sum(asked) >= len(asked) / 4
