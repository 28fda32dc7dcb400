"""$(NAME) in a container's command, args and env, as Kubernetes expands it."""

from __future__ import annotations

import re
from collections.abc import Mapping

REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace $(NAME) by its value; `$$` becomes `$`, and an unknown name is left as it is.

    The rules of k8s.io/kubernetes/third_party/forked/golang/expansion.
    """

    def replacement(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        return variables.get(match[1], match[0])

    return REFERENCE.sub(replacement, text)
