"""Which Kubernetes is built, and how its module is rewritten for another version."""

from pathlib import Path

import pytest

from tests.cluster import Unavailable
from tests.cluster.binary import adapted, check_go, committed_version, find_or_build, lacks_go, module_text
from tests.cluster.settings import default_version


def test_the_committed_module_is_of_the_default_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES", raising=False)
    assert committed_version() == default_version()


def test_staging_modules_are_replaced_by_those_of_the_same_release() -> None:
    text = module_text("1.32.13", {"k8s.io/api": "v0.0.0", "k8s.io/klog/v2": "v2.130.1"})
    assert "\tk8s.io/kubernetes v1.32.13" in text
    assert "replace k8s.io/api => k8s.io/api v0.32.13" in text
    assert "\tk8s.io/klog/v2 v2.130.1" in text
    assert "replace k8s.io/klog/v2" not in text


def test_a_kubelet_that_makes_its_own_context_is_given_none() -> None:
    ours = '\t"context"\n\tkubelet.NewKubeletCommand(context.Background())'
    assert adapted(ours, "func NewKubeletCommand() *cobra.Command {") == "\tkubelet.NewKubeletCommand()"
    assert adapted(ours, "func NewKubeletCommand(ctx context.Context) *cobra.Command {") == ours


def test_without_go_the_message_names_the_version_it_takes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TUNING_CACHE", str(tmp_path))
    with pytest.raises(Unavailable, match=r"needs Go 1\.25 or newer"):
        check_go()
    assert "Go is not installed" in str(lacks_go("1.35.4"))


def test_a_go_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho go1.22.1\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    with pytest.raises(Unavailable, match=r"Go is go1\.22\.1"):
        check_go()


def test_a_binary_in_the_cache_needs_no_go(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setenv("TUNING_CACHE", str(tmp_path))
    built = tmp_path / "kubernetes-1.35.4"
    built.touch()
    assert find_or_build("1.35.4") == built
    assert lacks_go("1.35.4") is None
