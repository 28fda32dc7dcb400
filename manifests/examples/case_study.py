"""The field's case study: CutMix, AdamW, a cosine schedule and squeeze-and-excitation, added one at a time.

On scikit-learn's handwritten digits, or on any images in an .npz of x_train, y_train, x_test and y_test that
CASE_STUDY_DATA names, such as CIFAR-10:  CASE_STUDY_DATA=cifar10.npz tuning run case-study.yaml
"""

import os

import keras
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from tuning_trial import parameters, tactics

EPOCHS = 12
BATCH = 32
CLASSES = 10
CUT_MIX = {"cut_mix": 1.0}
ADAMW = CUT_MIX | {"optimizer": "adamw", "weight_decay": 0.01}
COSINE = ADAMW | {"schedule": "cosine"}
VARIANTS = {  # each of the first five is the one before, and a tactic more; the last two are schedules alone
    "baseline": {},
    "cut_mix": CUT_MIX,
    "adamw": ADAMW,
    "cosine": COSINE,
    "squeeze_excite": COSINE,
    "cosine_alone": {"schedule": "cosine"},
    "step_alone": {"schedule": "step"},
}


def build_model(hp):
    """Return a small convolutional network; what it asks of `hp` is what case-study.yaml lists."""
    variant = hp.Choice("variant", list(VARIANTS))
    keras.utils.set_random_seed(hp.Int("repetition", 1, 5))
    hp.Fixed("epochs", EPOCHS)  # the budget, equal for all
    chosen = tactics.read({"learning_rate": 1e-3} | VARIANTS[variant])
    x, _ = images()[0]

    model = keras.Sequential([keras.Input(shape=x.shape[1:])])
    for filters in (16, 32):
        model.add(keras.layers.Conv2D(filters, 3, padding="same"))
        model.add(keras.layers.BatchNormalization())
        model.add(keras.layers.Activation("relu"))
        if variant == "squeeze_excite":
            model.add(SqueezeExcite(filters))
        model.add(keras.layers.MaxPooling2D())
    model.add(keras.layers.GlobalAveragePooling2D())
    model.add(keras.layers.Dense(CLASSES))
    updates = tactics.Updates.of(examples=len(x), batch_size=BATCH, epochs=EPOCHS)
    model.compile(
        tactics.make_optimizer(chosen, updates),
        tactics.classification_loss(chosen, CLASSES),
        metrics=["accuracy"],
    )
    return model


@keras.saving.register_keras_serializable("case_study")
class SqueezeExcite(keras.layers.Layer):
    """Weighs the channels by what all of the image says of them (Hu et al., 2018); ratio 16."""

    def __init__(self, filters, **options):
        super().__init__(**options)
        self.filters = filters
        self.squeeze = keras.layers.GlobalAveragePooling2D(keepdims=True)
        self.reduce = keras.layers.Dense(max(1, filters // 16), activation="relu")
        self.expand = keras.layers.Dense(filters, activation="sigmoid")

    def call(self, x):
        """Return x, each channel times its weight."""
        return x * self.expand(self.reduce(self.squeeze(x)))

    def get_config(self):
        """Return what makes the layer again."""
        return super().get_config() | {"filters": self.filters}


def load_data():
    """Return training batches with this trial's augmentation, and validation batches without any."""
    (x, y), (x_val, y_val) = images()
    given = parameters()
    chosen = tactics.read(VARIANTS[given.get("variant", "baseline")])
    seed = given.get("repetition", 1)
    return (
        tactics.training_data(x, y, chosen, batch_size=BATCH, classes=CLASSES, seed=seed),
        tactics.validation_data(x_val, y_val, batch_size=256, classes=CLASSES),
    )


def images():
    """Return (x, y) to train on and to validate by: examples × height × width × channels, from 0 to 1."""
    file = os.environ.get("CASE_STUDY_DATA")
    if file:
        with np.load(file) as data:
            x, y = data["x_train"].astype("float32") / 255, data["y_train"].reshape(-1)
    else:
        digits = load_digits()
        x, y = (digits.images[..., None] / 16).astype("float32"), digits.target
    x, x_val, y, y_val = train_test_split(x, y, test_size=0.2, stratify=y, random_state=0)
    return (x, y), (x_val, y_val)
