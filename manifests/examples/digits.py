"""Handwritten digits: a small Keras model to tune, on scikit-learn's own 1,797 images of 8 by 8 pixels.

Try it without tuning anything:  tuning-trial run digits.py
"""

import keras
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


def build_model(hp):
    """Return a compiled model; what it asks of `hp` is what digits.yaml lists under spec.parameters."""
    units = hp.Int("units", 16, 256, step=16, default=32)
    activation = hp.Choice("activation", ["relu", "tanh", "gelu"])
    dropout = hp.Float("dropout", 0.0, 0.5, default=0.2)
    optimizer = hp.Choice("optimizer", ["sgd", "adam", "rmsprop"])
    learning_rate = hp.Float("learning_rate", 1e-4, 1e-1, sampling="log", default=1e-2)

    model = keras.Sequential([keras.Input(shape=(64,))])
    for _ in range(hp.Int("num_layers", 1, 3)):
        model.add(keras.layers.Dense(units, activation=activation))
        model.add(keras.layers.Dropout(dropout))
    model.add(keras.layers.Dense(10, activation="softmax"))

    optimizer = keras.optimizers.get({"class_name": optimizer, "config": {"learning_rate": learning_rate}})
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def load_data():
    """Return (x, y) to train on, to choose the best model by, and to judge that one at the very end."""
    digits = load_digits()
    x, y = (digits.data / 16.0).astype("float32"), digits.target
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.2, stratify=y, random_state=0)
    x, x_val, y, y_val = train_test_split(x, y, test_size=0.25, stratify=y, random_state=0)
    return (x, y), (x_val, y_val), (x_test, y_test)
