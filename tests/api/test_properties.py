"""Whatever the manifest, the offline verdict is a list of messages, and what it accepts can be read."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tuning_operator.api.validation import problems, read, visit

from tests.api.manifests import Manifest
from tests.api.twisted import MANIFESTS

JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(MANIFESTS)
def test_a_twisted_manifest_gets_messages_or_can_be_parsed_and_visited(manifest: Manifest) -> None:
    found = problems(manifest)
    assert all(isinstance(message, str) and message for message in found)
    if not found:
        visit(read(manifest))


@settings(max_examples=50, deadline=None)
@given(JSON, JSON, JSON)
def test_any_json_at_all_gets_messages(top: object, spec: object, metadata: object) -> None:
    assert problems(top) or top
    body = {"apiVersion": "tuning.dev/v1alpha1", "kind": "TuningJob", "spec": spec, "metadata": metadata}
    assert problems(body)
