"""Programs of others that the tests run: Helm 4 and 3, kubeconform, and `judge` over libraries of GitOps."""

from tests.tools.build import Tools, find_or_build

__all__ = ["Tools", "find_or_build"]
