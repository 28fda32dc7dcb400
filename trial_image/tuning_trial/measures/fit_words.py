"""Over- and underfitting, told in words. Pure."""

from collections.abc import Mapping, Sequence

EPOCHS = 3  # fewer say nothing about a direction
RISE = 1.1  # a validation loss this much above its lowest has turned
GAP = 0.1  # between the accuracies of training and validation
MOVED = 0.05  # a loss that fell by less has hardly moved; one that falls by more is still on its way


def fit_words(epochs: Sequence[Mapping[str, float]]) -> list[str]:
    """Say how the model fits its data, at most one sentence: overfitting is told before underfitting.

    Args:
        epochs: each epoch's metrics; `loss` and, where the data has a validation part, `val_loss` are looked
            at, and `accuracy` beside `val_accuracy`. Losses above 0 only: of others a ratio says nothing.
    """
    known = [one for one in epochs if one.get("loss", -1.0) > 0]
    if len(known) < EPOCHS or len(known) < len(epochs):
        return []
    return _overfitting(known) or _underfitting(known)


def _overfitting(epochs: Sequence[Mapping[str, float]]) -> list[str]:
    mend = "try dropout, weight decay, augmentation or early stopping"
    last = epochs[-1]
    if all(one.get("val_loss", -1.0) > 0 for one in epochs):
        lowest = min(range(len(epochs)), key=lambda i: epochs[i]["val_loss"])
        low = epochs[lowest]
        if last["val_loss"] > RISE * low["val_loss"] and last["loss"] < low["loss"]:
            rose = f"val_loss rose from {low['val_loss']:.3g} (epoch {lowest + 1}) to {last['val_loss']:.3g}"
            fell = f"while loss fell to {last['loss']:.3g}"
            return [f"overfitting: {rose} {fell}; {mend}"]
    gap = last.get("accuracy", 0.0) - last.get("val_accuracy", last.get("accuracy", 0.0))
    if gap > GAP:
        pair = f"accuracy {last['accuracy']:.3g} in training, {last['val_accuracy']:.3g} in validation"
        return [f"overfitting: {pair}; {mend}"]
    return []


def _underfitting(epochs: Sequence[Mapping[str, float]]) -> list[str]:
    first, last = epochs[0]["loss"], epochs[-1]["loss"]
    if last > (1 - MOVED) * first:
        moved = f"loss went from {first:.3g} to {last:.3g} in {len(epochs)} epochs"
        return [f"underfitting: {moved}; try another learning rate, a larger model or less regularisation"]
    since = len(epochs) - 1 - max(1, len(epochs) // 4)
    before = epochs[since]
    names = ("loss", "val_loss") if before.get("val_loss", -1.0) > 0 else ("loss",)
    falls = all(epochs[-1].get(name, 0.0) < (1 - MOVED) * before[name] for name in names)
    if falls:
        span = f"from {before['loss']:.3g} (epoch {since + 1}) to {last:.3g}"
        return [f"still learning: loss fell {span} at the end; try more epochs or a higher learning rate"]
    return []
