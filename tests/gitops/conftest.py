"""The operator under test and the kubelet by hand, as in tests/operator_loop."""

from tests.operator_loop.conftest import alone, crds, kubelet, node, run_operator, world

__all__ = ["alone", "crds", "kubelet", "node", "run_operator", "world"]
