"""A generative adversarial network of images (Goodfellow et al. 2014, arXiv:1406.2661).

Convolutional as in Radford et al. 2016 (arXiv:1511.06434), with the loss that does not saturate.
"""

import math
from typing import Any

import keras
import tensorflow

from tuning_trial.recipes import blocks
from tuning_trial.recipes.preparing import Prepared
from tuning_trial.recipes.structure import Structure

DIRECTIONS = 64  # that two sets of images are looked at from


def adversaries(structure: Structure, data: Prepared) -> Any:
    """Return a generator and a discriminator of `depth` convolutions each, trained together."""
    return Adversaries(_generator(structure, data.shape), _discriminator(structure, data.shape))


def _generator(structure: Structure, shape: tuple[int, ...]) -> Any:
    """From random numbers to an image: each layer but the first doubles the sides; what is over is cut."""
    height, width, channels = shape
    halvings = structure.depth - 1
    small = [math.ceil(side / 2**halvings) for side in (height, width)]
    filters = structure.width * 2**halvings
    inputs = keras.Input((structure.latent_dim,))
    x = blocks.dense(structure, inputs, small[0] * small[1] * filters)
    x = keras.layers.Reshape((*small, filters))(x)
    for i in range(1, structure.depth):
        x = keras.layers.UpSampling2D()(x)
        x = blocks.activate(structure, blocks.convolve(structure, x, filters // 2**i))
    x = keras.layers.Conv2D(channels, 3, padding="same", activation="sigmoid", dtype="float32")(x)
    over = [side - wanted for side, wanted in zip(x.shape[1:3], (height, width), strict=True)]
    x = keras.layers.Cropping2D([(0, over[0]), (0, over[1])], dtype="float32")(x)
    return keras.Model(inputs, x, name="generator")


def _discriminator(structure: Structure, shape: tuple[int, ...]) -> Any:
    """From an image to one number: above 0, it is taken for a real one."""
    inputs = keras.Input(shape)
    x = inputs
    for i in range(structure.depth):
        x = blocks.activate(structure, blocks.convolve(structure, x, structure.width * 2**i, stride=2))
        if structure.conv_dropout:
            x = keras.layers.SpatialDropout2D(structure.conv_dropout)(x)
    x = keras.layers.Flatten()(x)
    return keras.Model(inputs, blocks.head(structure, x, 1), name="discriminator")


@keras.saving.register_keras_serializable(package="tuning_trial")
class Adversaries(keras.Model):  # type: ignore[misc]  # Keras ships no types
    """Both networks; called on random numbers it gives images from 0 to 1.

    A validation tells `distance`, the sliced Wasserstein distance between as many made images as there are
    real ones in a batch (Rabin et al. 2011; of images Karras et al. 2018, arXiv:1710.10196, who take patches
    where this takes whole images): lower is better, 0 is alike.
    """

    def __init__(self, generator: Any, discriminator: Any, **options: Any) -> None:
        super().__init__(**options)
        self.generator = generator
        self.discriminator = discriminator
        self.latent_dim = generator.input_shape[1]
        self._noise = keras.random.SeedGenerator()
        self._told = {
            name: keras.metrics.Mean(name=name)
            for name in ("loss", "generator_loss", "discriminator_loss", "distance")
        }
        self.built = True

    @property
    def metrics(self) -> list[Any]:
        """What is told of an epoch, set back before each."""
        return list(self._told.values())

    def call(self, noise: Any, training: bool = False) -> Any:
        """Return images made of random numbers (batch × latent_dim)."""
        return self.generator(noise, training=training)

    def train_step(self, data: Any) -> dict[str, Any]:
        """Train both on a batch: one optimizer moves the weights of each by the gradient of its own loss."""
        images = data[0]
        replicas = tensorflow.distribute.get_strategy().num_replicas_in_sync
        with tensorflow.GradientTape(persistent=True) as tape:
            made = self.generator(self._random(images), training=True)
            real, false = (self.discriminator(one, training=True) for one in (images, made))
            losses = {
                "generator_loss": _surprise(false, 1.0),
                "discriminator_loss": (_surprise(real, 1.0) + _surprise(false, 0.0)) / 2,
            }
            scaled = [
                self.optimizer.scale_loss((loss + sum(network.losses)) / replicas)
                for loss, network in zip(losses.values(), (self.generator, self.discriminator), strict=True)
            ]
        weights = [self.generator.trainable_variables, self.discriminator.trainable_variables]
        gradients = [tape.gradient(loss, own) for loss, own in zip(scaled, weights, strict=True)]
        self.optimizer.apply(*([*of_one, *of_other] for of_one, of_other in (gradients, weights)))
        self._told["loss"].update_state(sum(losses.values()))
        return {"loss": self._told["loss"].result()} | self._tell(losses)

    def test_step(self, data: Any) -> dict[str, Any]:
        """Compare made images with a batch of real ones."""
        images = data[0]
        made = self.generator(self._random(images), training=False)
        return self._tell({"distance": sliced_distance(images, made)})

    def get_config(self) -> dict[str, Any]:
        """Return both networks' configurations."""
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        written = {name: keras.saving.serialize_keras_object(one) for name, one in networks.items()}
        return {**super().get_config(), **written}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Adversaries":
        """Make both networks again."""
        written = {name: config.pop(name) for name in ("generator", "discriminator")}
        networks = {name: keras.saving.deserialize_keras_object(one) for name, one in written.items()}
        return cls(**networks, **config)

    def _random(self, images: Any) -> Any:
        return keras.random.normal((keras.ops.shape(images)[0], self.latent_dim), seed=self._noise)

    def _tell(self, values: dict[str, Any]) -> dict[str, Any]:
        for name, value in values.items():
            self._told[name].update_state(value)
        return {name: self._told[name].result() for name in values}


def sliced_distance(images: Any, others: Any) -> Any:
    """Return the mean distance of two equally many images' sorted projections on random directions."""
    size = math.prod(images.shape[1:])
    directions = keras.random.normal((size, DIRECTIONS), seed=0)
    directions = directions / keras.ops.norm(directions, axis=0, keepdims=True)
    flat = (keras.ops.reshape(keras.ops.cast(x, "float32"), (-1, size)) for x in (images, others))
    one, other = (keras.ops.sort(keras.ops.matmul(x, directions), axis=0) for x in flat)
    return keras.ops.mean(keras.ops.abs(one - other))


def _surprise(logits: Any, label: float) -> Any:
    return keras.ops.mean(
        keras.ops.binary_crossentropy(keras.ops.full_like(logits, label), logits, from_logits=True)
    )
