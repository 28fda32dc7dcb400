"""The input pipeline: augmentation on training data only, with Keras' own layers.

Images are (height, width, channels) with values from 0 to 1; labels are one-hot, since MixUp and CutMix mix
them. The layers run in tf.data, so the device trains meanwhile.
"""

from typing import Any

import keras
import tensorflow

from tuning_trial.errors import UserError
from tuning_trial.tactics.chosen import Tactics
from tuning_trial.tactics.feeding import ahead

AUGMENTATIONS = ("flip", "rotation", "zoom", "translation", "contrast", "mix_up", "cut_mix")


def training_data(x: Any, y: Any, chosen: Tactics, *, batch_size: int, classes: int, seed: int = 0) -> Any:
    """Return a tf.data.Dataset of batches, shuffled anew each epoch, augmented, prefetched.

    Args:
        x: examples × features, or examples × height × width × channels.
        y: class numbers, 0 to classes − 1.
        chosen: which augmentations; none of them for data that is no image.
        batch_size, classes, seed: as they say.

    Raises:
        UserError: an augmentation of images is asked for, and the data has another shape; or `cache` is.
    """
    refuse_other_than_images(chosen, tuple(x.shape))
    if chosen.cache:
        raise UserError(
            "the tactic 'cache' keeps a tf.data.Dataset, and arrays are in memory", "leave it out"
        )
    data = augmented(_labelled(x, y, classes).shuffle(len(x), seed=seed).batch(batch_size), chosen, seed)
    return ahead(data if chosen.prefetch else data.prefetch(tensorflow.data.AUTOTUNE), chosen)


def augmented(data: Any, chosen: Tactics, seed: int = 0, highest: float = 1.0) -> Any:
    """Return a tf.data.Dataset of batches (images, labels) that is augmented as it is read.

    Args:
        data: of batches; its labels examples × classes, or examples × 1.
        chosen: which augmentations.
        seed: of their draws.
        highest: the value of a white pixel.
    """
    layers, mixers = _layers(chosen, seed, highest), _mixers(chosen, seed)
    if layers:
        data = data.map(lambda images, labels: (_through(layers, images), labels), tensorflow.data.AUTOTUNE)
    if mixers:
        data = data.map(lambda images, labels: _mixed(mixers, images, labels), tensorflow.data.AUTOTUNE)
    return data


def refuse_other_than_images(chosen: Tactics, shape: tuple[int | None, ...]) -> None:
    """See that augmentations are asked for images only.

    Args:
        chosen: which augmentations.
        shape: of a batch, or of all examples.

    Raises:
        UserError: it names the augmentation and the shape.
    """
    names = [n for n in AUGMENTATIONS if getattr(chosen, n)]
    if names and len(shape) != 4:
        raise UserError(
            f"the augmentation {names[0]!r} is for images, and an example has the shape {shape[1:]}",
            "give the data as examples × height × width × channels, or leave it out",
        )


def validation_data(x: Any, y: Any, *, batch_size: int, classes: int) -> Any:
    """Return the data as it is, in batches and in order; kept in memory after the first epoch."""
    return _labelled(x, y, classes).batch(batch_size).cache().prefetch(tensorflow.data.AUTOTUNE)


def _layers(chosen: Tactics, seed: int, highest: float) -> list[Any]:
    layers = []
    if chosen.flip:
        layers.append(keras.layers.RandomFlip("horizontal", **_same(seed)))
    if chosen.rotation:
        layers.append(keras.layers.RandomRotation(chosen.rotation, **_same(seed)))
    if chosen.zoom:
        layers.append(keras.layers.RandomZoom(chosen.zoom, **_same(seed)))
    if chosen.translation:
        layers.append(keras.layers.RandomTranslation(chosen.translation, chosen.translation, **_same(seed)))
    if chosen.contrast:
        both = (chosen.contrast, chosen.contrast)  # of a single number Keras 3.15 only raises the contrast
        layers.append(keras.layers.RandomContrast(both, value_range=(0, highest), **_same(seed)))
    return layers


def _mixers(chosen: Tactics, seed: int) -> list[Any]:
    mixers = []
    if chosen.mix_up:
        mixers.append(keras.layers.MixUp(chosen.mix_up, **_same(seed)))
    if chosen.cut_mix:
        mixers.append(keras.layers.CutMix((chosen.cut_mix, chosen.cut_mix), **_same(seed)))
    return mixers


def _same(seed: int) -> dict[str, Any]:
    """What all layers are given: in half precision the mixing ones fail, and others lose values."""
    return {"seed": seed, "dtype": "float32"}


def _labelled(x: Any, y: Any, classes: int) -> Any:
    y = keras.utils.to_categorical(y, classes) if classes > 2 else y.reshape(-1, 1).astype("float32")
    return tensorflow.data.Dataset.from_tensor_slices((x.astype("float32"), y))


def _through(layers: list[Any], images: Any) -> Any:
    for layer in layers:
        images = layer(images, training=True)
    return images


def _mixed(mixers: list[Any], images: Any, labels: Any) -> Any:
    """Mix by one of the ways; where both are asked for, each batch draws one."""

    def by(mixer: Any) -> Any:
        mixed = mixer({"images": images, "labels": labels}, training=True)
        return mixed["images"], mixed["labels"]

    if len(mixers) == 1:
        return by(mixers[0])
    first = tensorflow.random.uniform(()) < 0.5
    return tensorflow.cond(first, lambda: by(mixers[0]), lambda: by(mixers[1]))
