"""The CRDs: generated, bounded everywhere, small enough for kubectl, and with rules that run offline too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tuning_operator.api import generate
from tuning_operator.api.cel import compile_cel
from tuning_operator.api.crd import trial_crd, tuningjob_crd
from tuning_operator.search import grid

Schema = dict[str, Any]

CRDS = Path(__file__).parents[2] / "manifests" / "crds"
ANNOTATIONS_LIMIT = 262_144  # bytes, of the API server; client-side apply keeps the whole object in one
LIMITS = {"string": {"maxLength", "enum", "format"}, "array": {"maxItems"}}


def schema_of(crd: Schema) -> Schema:
    schema: Schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


def nodes(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Every part of a schema."""
    yield path, schema
    for name, field in schema.get("properties", {}).items():
        yield from nodes(field, f"{path}.{name}")
    for inner in ("items", "additionalProperties"):
        if inner in schema:
            yield from nodes(schema[inner], f"{path}[]")


@pytest.mark.parametrize("name", generate.files())
def test_the_committed_file_is_what_the_types_say(name: str) -> None:
    assert (CRDS / name).read_text(encoding="utf-8") == generate.files()[name], "run `make generate`"


def test_check_names_the_file_that_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main([str(tmp_path)]) == 0
    assert generate.main(["--check", str(tmp_path)]) == 0
    (tmp_path / "tuning.dev_trials.yaml").write_text("stale")
    assert generate.main(["--check", str(tmp_path)]) == 1
    assert "tuning.dev_trials.yaml is not what the types say" in capsys.readouterr().out


@pytest.mark.parametrize("crd", [tuningjob_crd(), trial_crd()], ids=["TuningJob", "Trial"])
def test_client_side_apply_can_take_it(crd: Schema) -> None:
    assert len(json.dumps(crd)) < ANNOTATIONS_LIMIT // 2


@pytest.mark.parametrize("crd", [tuningjob_crd(), trial_crd()], ids=["TuningJob", "Trial"])
def test_everything_outside_the_pod_template_has_a_limit(crd: Schema) -> None:
    unlimited = [
        path
        for path, schema in nodes(schema_of(crd))
        if path.startswith((".spec", ".status"))
        and not path.startswith(".spec.template")
        and not LIMITS.get(schema.get("type", ""), set(schema)) & set(schema)
    ]
    assert unlimited == []


@pytest.mark.parametrize("crd", [tuningjob_crd(), trial_crd()], ids=["TuningJob", "Trial"])
def test_every_rule_is_in_the_part_of_cel_that_runs_offline(crd: Schema) -> None:
    rules = [r for _, schema in nodes(schema_of(crd)) for r in schema.get("x-kubernetes-validations", [])]
    assert rules
    for rule in rules:
        compile_cel(rule["rule"])
        if "message" not in rule:
            compile_cel(rule["messageExpression"])


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (".spec.search.stages[].algorithm", f"takes {grid.LEVELS} levels"),
        (".spec.search.stages[].algorithm", f"more than {grid.WHOLE} values"),
        (".spec.parameters[].step", f"Grid tries {grid.LEVELS} levels"),
        (".spec.parameters[].step", f"more than {grid.WHOLE} values"),
        (".spec.objectives[].take", "the best value that the trial reported"),
    ],
)
def test_kubectl_explain_tells_what_happens_unasked(field: str, words: str) -> None:
    assert words in dict(nodes(schema_of(tuningjob_crd())))[field]["description"]


def test_the_template_is_kubernetes_own() -> None:
    pod = schema_of(tuningjob_crd())["properties"]["spec"]["properties"]["template"]["properties"]["spec"]
    container = pod["properties"]["containers"]["items"]["properties"]
    assert {"resources", "volumeMounts", "securityContext", "livenessProbe"} <= set(container)
    assert container["ports"]["items"]["properties"]["protocol"]["default"] == "TCP"


def test_kubectl_get_shows_what_a_person_asks_first() -> None:
    columns = tuningjob_crd()["spec"]["versions"][0]["additionalPrinterColumns"]
    narrow = [column["name"] for column in columns if not column.get("priority")]
    assert narrow == ["Phase", "Done", "Running", "Best", "Age"]
