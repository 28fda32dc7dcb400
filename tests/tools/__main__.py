"""python -m tests.tools: what needs Helm, by hand."""

from __future__ import annotations

import os
import sys

from tests.cluster.errors import ClusterError, Unavailable
from tests.tools.build import find_or_build
from tests.tools.helm import CHART, ROOT, Helm
from tests.tools.render import rendered

USE = "use: python -m tests.tools render [--check] | lint | helm ARGUMENTS"


def main(arguments: list[str]) -> int:
    try:
        tools = find_or_build()
    except Unavailable as why:
        if os.environ.get("REQUIRE_CLUSTER") == "1" or arguments not in (["render", "--check"], ["lint"]):
            print(f"tests.tools: {why}", file=sys.stderr)
            return 1
        print(f"LEFT OUT: the chart was not checked: {why}")
        return 0
    if arguments[:1] == ["helm"]:
        os.execv(tools.helm4, ["helm", *arguments[1:]])
    if arguments == ["lint"]:
        return lint(Helm(tools.helm4), Helm(tools.helm3))
    if arguments in (["render"], ["render", "--check"]):
        return write(Helm(tools.helm4), is_check=len(arguments) == 2)
    print(USE, file=sys.stderr)
    return 2


def lint(*helms: Helm) -> int:
    """`helm lint` by both major versions."""
    for helm in helms:
        done = helm.run("lint", "--strict", "--quiet", str(CHART), check=False)
        if done.returncode:
            print(done.stdout + done.stderr)
            return 1
    return 0


def write(helm: Helm, is_check: bool) -> int:
    """Write the files that are made of the chart; with is_check, only say which ones differ."""
    stale = {path: text for path, text in rendered(helm).items() if path.read_text() != text}
    for path, text in stale.items():
        if is_check:
            print(f"{path.relative_to(ROOT)} is not what the chart says: run `make generate`")
        else:
            path.write_text(text)
            print(f"wrote {path.relative_to(ROOT)}")
    return int(is_check and bool(stale))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ClusterError as why:
        sys.exit(f"tests.tools: {why}")
