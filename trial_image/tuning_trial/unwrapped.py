"""The optimizer inside of Keras' wrapping."""

from typing import Any


def unwrapped(optimizer: Any) -> Any:
    """Return the optimizer that updates: mixed precision puts it inside of one that scales the loss."""
    return getattr(optimizer, "inner_optimizer", optimizer)
