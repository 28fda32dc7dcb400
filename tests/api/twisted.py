"""Manifests that hypothesis twists: neither good nor bad by intention."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tuning_operator.api.validation import problems

from tests.api.manifests import Manifest, boolean, double, good, job, text

NAMES = st.sampled_from(["a", "b", "c", "a-b", ""])
NUMBERS = st.one_of(
    st.integers(-3, 9),
    st.sampled_from([0.5, -0.0, 1e-300, 1e300, 2**53, 2**53 + 2, 1e21]),
    st.floats(allow_nan=False, allow_infinity=False),
)
WORDS = st.sampled_from(["true", "x", "y", "", "\n", "é", "a" * 65])
ANY = st.one_of(NUMBERS, WORDS, st.booleans(), st.none(), st.just([]), st.just({}), st.just([None]))

WHEN = st.fixed_dictionaries(
    {"parameter": NAMES},
    optional={"in": st.lists(WORDS, max_size=2), "min": NUMBERS, "max": NUMBERS},
)
PARAMETER = st.fixed_dictionaries(
    {"name": NAMES, "type": st.sampled_from(["double", "int", "discrete", "categorical", "bool"])},
    optional={
        "min": NUMBERS,
        "max": NUMBERS,
        "step": NUMBERS,
        "scale": st.sampled_from(["linear", "log", "cubic"]),
        "numbers": st.lists(NUMBERS, max_size=3),
        "values": st.lists(WORDS, max_size=3),
        "ordered": st.booleans(),
        "when": WHEN,
    },
)
WHOLE = st.fixed_dictionaries(
    {"name": NAMES, "type": st.just("int"), "min": st.integers(-3, 3), "max": st.integers(1, 9)},
    optional={"step": st.integers(1, 4), "when": WHEN},
)
PARAMETERS = st.lists(
    st.one_of(PARAMETER, WHOLE, st.builds(boolean, NAMES), st.builds(double, NAMES)), max_size=4
)
STAGES = st.lists(
    st.fixed_dictionaries(
        {"algorithm": st.sampled_from(["Random", "Grid"])}, optional={"trials": st.integers(0, 4)}
    ),
    max_size=3,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in the manifest."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [p for key, item in inner for p in paths(item, (*path, key))]


@st.composite
def one_place_changed(draw: st.DrawFn) -> Manifest:
    """The good manifest with anything at one place."""
    manifest = good()
    *way, last = draw(st.sampled_from(paths(manifest["spec"])))
    owner: Any = manifest["spec"]
    for part in way:
        owner = owner[part]
    owner[last] = draw(ANY)
    return manifest


def searching(parameters: list[Manifest], stages: list[Manifest]) -> Manifest:
    return job(*parameters, search={"stages": stages}) if stages else job(*parameters)


MANIFESTS = st.one_of(one_place_changed(), st.builds(searching, PARAMETERS, STAGES))


def verdicts(count: int) -> dict[str, list[str]]:
    """The texts of so many manifests, always the same ones, and the offline verdict on each."""
    found: dict[str, list[str]] = {}

    @seed(7)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(MANIFESTS)
    def collect(manifest: Manifest) -> None:
        found[text(manifest)] = problems(manifest)

    collect()
    return found
