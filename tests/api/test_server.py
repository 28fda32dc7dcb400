"""The same tables against the real API server: its verdict is the one that counts."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tuning_operator.api import podtemplate
from tuning_operator.api.validation import with_defaults

from tests.api.bad_manifests import TABLE
from tests.api.edits import EDITS, FINISHED, FRESH, STARTED, Edit
from tests.api.good_manifests import GOOD
from tests.api.manifests import Manifest, good, job, spoilt, text
from tests.api.test_validation import says
from tests.api.twisted import verdicts

CRDS = Path(__file__).parents[2] / "manifests" / "crds"
STRICT = ("--dry-run=server", "--validate=strict", "-o", "name", "-f", "-")


class Server:
    """kubectl against the control plane; many dry runs at a time, because each waits for the server."""

    def __init__(self, control_plane: Any) -> None:
        self.kubectl = control_plane.kubectl

    def refusals(self, *manifests: str, verb: str = "create") -> list[list[str]]:
        """What the server says against each manifest, one text each; nothing when it would take it."""

        def one(manifest: str) -> list[str]:
            done = self.kubectl(verb, *STRICT, input=manifest, check=False)
            return [] if done.returncode == 0 else [str(done.stderr)]

        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(one, manifests))


@pytest.fixture(scope="module")
def server(control_plane: Any) -> Server:
    control_plane.kubectl("apply", "-f", str(CRDS))
    names = ("crd/tuningjobs.tuning.dev", "crd/trials.tuning.dev")
    control_plane.wait_for("condition=Established", *names)
    return Server(control_plane)


@pytest.fixture(scope="module")
def namespace(server: Server) -> Iterator[str]:
    name = f"api-{secrets.token_hex(3)}"
    server.kubectl("create", "namespace", name)
    yield name
    server.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="module")
def jobs(server: Server, namespace: str) -> dict[str, Manifest]:
    """A job of each status that an edit starts from, as it is on the server."""
    made = {}
    for status in (FRESH, STARTED, FINISHED):
        name = str(status.get("phase", "Fresh")).lower()
        body = good() | {"metadata": {"name": name, "namespace": namespace}}
        server.kubectl("create", "-f", "-", input=text(body))
        patch = json.dumps({"status": status})
        where = ("-n", namespace, "tj", name)
        server.kubectl("patch", *where, "--subresource=status", "--type=merge", "-p", patch)
        made[json.dumps(status)] = body
    return made


def test_the_server_refuses_bad_manifests_in_words_that_help(server: Server) -> None:
    rows = [bad for bad in TABLE if bad.by == "server"]
    found = server.refusals(*(text(spoilt(bad.change)) for bad in rows))
    assert {bad.name: said for bad, said in zip(rows, found, strict=True) if not says(said, bad.says)} == {}


def test_the_server_accepts_what_only_a_visit_can_see(server: Server) -> None:
    rows = [bad for bad in TABLE if bad.by == "visit"]
    found = server.refusals(*(text(spoilt(bad.change)) for bad in rows))
    assert {bad.name: said for bad, said in zip(rows, found, strict=True) if said} == {}


def test_the_server_accepts_good_manifests(server: Server) -> None:
    found = server.refusals(*map(text, GOOD.values()))
    assert {name: said for name, said in zip(GOOD, found, strict=True) if said} == {}


def test_the_server_judges_edits_alike(server: Server, jobs: dict[str, Manifest]) -> None:
    def edited(edit: Edit) -> str:
        return text(spoilt(edit.change, jobs[json.dumps(edit.status)]))

    found = server.refusals(*map(edited, EDITS), verb="replace")
    wrong = {
        edit.name: said
        for edit, said in zip(EDITS, found, strict=True)
        if (said != [] if edit.says is None else not says(said, edit.says))
    }
    assert wrong == {}


def test_the_server_and_the_offline_verdict_agree_on_manifests_that_nobody_thought_of(server: Server) -> None:
    offline = verdicts(60)
    found = server.refusals(*offline)
    differ = {
        manifest: (said, offline[manifest])
        for manifest, said in zip(offline, found, strict=True)
        if bool(said) != bool(offline[manifest])
    }
    assert differ == {}
    assert {bool(said) for said in found} == {True, False}


def test_a_job_that_nobody_has_seen_is_in_progress(server: Server) -> None:
    """kstatus compares observedGeneration with generation; -1 never is one."""
    made = server.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", input=text(good()))
    assert json.loads(made.stdout)["status"] == {"observedGeneration": -1}


def test_defaults_are_the_ones_that_are_filled_in_offline(server: Server) -> None:
    made = server.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", input=text(job()))
    assert json.loads(made.stdout)["spec"] == with_defaults(job())["spec"]


def test_the_template_is_the_pinned_kubernetes_own(server: Server) -> None:
    version = json.loads(server.kubectl("version", "-o", "json").stdout)["serverVersion"]["gitVersion"]
    pinned = json.loads(podtemplate.FILE.read_text(encoding="utf-8"))
    if version != pinned["kubernetes"]:
        pytest.skip(f"the template is that of {pinned['kubernetes']}, the server is {version}")
    document = json.loads(server.kubectl("get", "--raw", "/openapi/v3/api/v1").stdout)
    assert podtemplate.pod_template(document) == pinned["schema"]


def test_jobs_are_selected_by_phase(server: Server, namespace: str, jobs: dict[str, Manifest]) -> None:
    found = server.kubectl(
        "-n", namespace, "get", "tj", "--field-selector", "status.phase=Succeeded", "-o", "name"
    )
    assert found.stdout.split() == ["tuningjob.tuning.dev/succeeded"]


def test_jobs_and_trials_are_the_category_tuning(
    server: Server, namespace: str, jobs: dict[str, Manifest]
) -> None:
    found = server.kubectl("-n", namespace, "get", "tuning", "-o", "name").stdout
    assert "tuningjob.tuning.dev/running" in found


def test_a_job_is_applied_by_the_server_too(server: Server, namespace: str) -> None:
    """Flux and Argo CD apply on the server's side; a second time changes nothing."""
    for _ in range(2):
        server.kubectl("-n", namespace, "apply", "--server-side", "-f", "-", input=text(job(name="applied")))
    made = server.kubectl("-n", namespace, "get", "tj", "applied", "-o", "json")
    assert json.loads(made.stdout)["metadata"]["generation"] == 1
