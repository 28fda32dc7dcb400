"""Small data sets to try a recipe on: `--data tuning_trial.datasets.samples:digits`."""

from typing import Any

import numpy


def digits() -> tuple[Any, Any]:
    """Return scikit-learn's 1,797 handwritten digits of 8 × 8 pixels, 0 to 1, and which digit each is."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return (found.images / 16).astype("float32"), found.target


def tumours() -> dict[str, Any]:
    """Return scikit-learn's 569 breast tumours: 30 measures, and `label`, malignant or benign."""
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer()
    columns = {name.replace(" ", "_"): found.data[:, i] for i, name in enumerate(found.feature_names)}
    return columns | {"label": found.target_names[found.target].astype(object)}


def opinions(count: int = 800, seed: int = 0) -> dict[str, Any]:
    """Return generated sentences on a dish: `text`, and `label`, liked or not.

    "not" turns a word around, so that counting words does not tell: their order matters.
    """
    random = numpy.random.default_rng(seed)
    dishes, good, bad = ("soup", "bread", "fish", "rice"), ("good", "fine", "great"), ("bad", "poor", "stale")
    texts, labels = [], []
    for _ in range(count):
        liked, turned = random.random() < 0.5, random.random() < 0.5
        word = str(random.choice(good if liked != turned else bad))
        word = f"not {word}" if turned else word
        other = str(random.choice(("the tea was not hot", "the tea was hot", "nobody had tea")))
        texts.append(f"the {random.choice(dishes)} was {word} and {other}")
        labels.append("liked" if liked else "disliked")
    return {"text": numpy.array(texts, dtype=object), "label": numpy.array(labels, dtype=object)}
