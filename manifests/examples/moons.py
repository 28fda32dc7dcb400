"""Two half-moons: a small network in NumPy that learns to tell them apart in a second.

Try it without tuning anything:  python moons.py
"""

from itertools import pairwise

import numpy as np
from tuning_trial import parameters, report

EPOCHS = 20
DEFAULTS = {
    "learning_rate": 0.003,
    "units": 8,
    "layers": 1,
    "units_2": 8,  # of the second layer
    "activation": "tanh",
    "batch_size": 32,
    "optimizer": "sgd",
    "momentum": 0.0,  # of sgd
    "nesterov": False,
    "decay": 0.0,
}
ACTIVATIONS = {  # and their slopes, by what comes out
    "tanh": (np.tanh, lambda out: 1 - out**2),
    "relu": (lambda x: np.maximum(x, 0.0), lambda out: 1.0 * (out > 0)),
    "identity": (lambda x: x, np.ones_like),
}


def load_data(random, samples=600):
    """Return points, and 1.0 for those of the upper moon."""
    angle, upper = np.pi * random.random(samples), random.random(samples) < 0.5
    moons = np.where(upper, [np.cos(angle), np.sin(angle)], [1 - np.cos(angle), 0.5 - np.sin(angle)]).T
    return moons + random.normal(0, 0.2, moons.shape), 1.0 * upper[:, None]


def forward(weights, x, activation):
    """Return what comes out of each layer; the last is the probability of the upper moon."""
    outs = [x]
    for matrix in weights:
        x = np.column_stack([outs[-1], np.ones(len(x))]) @ matrix
        outs.append(activation(x) if matrix is not weights[-1] else 1 / (1 + np.exp(-x)))
    return outs


def gradients(weights, x, y, activation, slope):
    outs = forward(weights, x, activation)
    delta, found = (outs[-1] - y) / len(x), []
    for matrix, out in zip(reversed(weights), reversed(outs[:-1]), strict=True):
        found.insert(0, np.column_stack([out, np.ones(len(x))]).T @ delta)
        delta = delta @ matrix[:-1].T * slope(out)
    return found


def main():
    hp = {**DEFAULTS, **parameters()}
    random = np.random.default_rng(0)
    x, y = load_data(random)
    sizes = [2, hp["units"], *([hp["units_2"]] if hp["layers"] > 1 else []), 1]
    weights = [random.normal(0, 1 / np.sqrt(a), (a + 1, b)) for a, b in pairwise(sizes)]
    speeds, squares = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    activation, slope = ACTIVATIONS[hp["activation"]]
    for epoch in range(1, EPOCHS + 1):
        for batch in np.array_split(random.permutation(300), 300 // hp["batch_size"]):
            found = gradients(weights, x[batch], y[batch], activation, slope)
            for w, g, speed, square in zip(weights, found, speeds, squares, strict=True):
                g += hp["decay"] * w
                if hp["optimizer"] == "adam":
                    speed += 0.1 * (g - speed)
                    square += 0.01 * (g**2 - square)
                    w -= hp["learning_rate"] * speed / (np.sqrt(square) + 1e-8)
                else:
                    speed *= hp["momentum"]
                    speed -= hp["learning_rate"] * g
                    w += hp["momentum"] * speed - hp["learning_rate"] * g if hp["nesterov"] else speed
        p = np.clip(forward(weights, x[300:], activation)[-1], 1e-9, 1 - 1e-9)
        report(
            step=epoch,
            val_accuracy=np.mean((p > 0.5) == y[300:]),
            val_loss=-np.mean(y[300:] * np.log(p) + (1 - y[300:]) * np.log(1 - p)),
            weights=sum(w.size for w in weights),
        )


if __name__ == "__main__":
    main()
