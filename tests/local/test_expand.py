"""$(NAME) means here what it means in a pod."""

import pytest
from tuning_operator.local.expand import expand

VARIABLES = {"VAR_A": "A", "VAR_EMPTY": "", "LOOP": "$(VAR_A)"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$(VAR_A)", "A"),
        ("a-$(VAR_A)-$(VAR_A)", "a-A-A"),
        ("$(VAR_EMPTY)", ""),
        ("$(NOBODY)", "$(NOBODY)"),
        ("$$(VAR_A)", "$(VAR_A)"),
        ("$$$(VAR_A)", "$A"),
        ("$$$$", "$$"),
        ("$(LOOP)", "$(VAR_A)"),
        ("$VAR_A ${VAR_A}", "$VAR_A ${VAR_A}"),
        ("$(VAR_A", "$(VAR_A"),
        ("$(", "$("),
        ("end$", "end$"),
        ("$()", "$()"),
        ("f($(VAR_A))", "f(A)"),
        ("$($(VAR_A))", "$($(VAR_A))"),
    ],
)
def test_expansion_follows_kubernetes(text: str, expanded: str) -> None:
    assert expand(text, VARIABLES) == expanded
