"""Ten problems made up, each with a known optimum: mixed, conditional, noisy, failing, of 20 dimensions.

Optima lie off the centre and off the corners. Failures are what a diverged training is: no value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from tuning_operator.api import Parameter, ParameterValue

from tests.benchmarks.search.landscape import Landscape

Values = Mapping[str, ParameterValue]


def double(name: str, low: float, high: float, **fields: Any) -> Parameter:
    return _parameter(name, "double", min=low, max=high, **fields)


def integer(name: str, low: int, high: int, **fields: Any) -> Parameter:
    return _parameter(name, "int", min=low, max=high, **fields)


def choice(name: str, *values: str, **fields: Any) -> Parameter:
    return _parameter(name, "categorical", values=list(values), **fields)


def _parameter(name: str, kind: str, **fields: Any) -> Parameter:
    return Parameter.model_validate({"name": name, "type": kind, **fields})


def _number(values: Values, name: str) -> float:
    return float(values[name])


def _decades(values: Values, name: str, best: float) -> float:
    """The square of how many powers of ten a value is away from the best."""
    return math.log10(_number(values, name) / best) ** 2


HARTMANN_A = (
    (10, 3, 17, 3.5, 1.7, 8),
    (0.05, 10, 17, 0.1, 8, 14),
    (3, 3.5, 1.7, 10, 17, 8),
    (17, 8, 0.05, 10, 0.1, 14),
)
HARTMANN_P = (
    (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
    (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
    (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
    (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
)


def hartmann() -> Landscape:
    """Smooth, six doubles (Hartmann, 1973): the last digits count."""

    def loss(values: Values) -> float:
        x = [_number(values, f"x{i}") for i in range(6)]
        hills = (
            height * math.exp(-sum(a * (v - p) ** 2 for a, v, p in zip(row, x, centre, strict=True)))
            for height, row, centre in zip((1, 1.2, 3, 3.2), HARTMANN_A, HARTMANN_P, strict=True)
        )
        return -sum(hills)

    return Landscape("hartmann", tuple(double(f"x{i}", 0, 1) for i in range(6)), loss, best=-3.322368)


def optimizers() -> Landscape:
    """Conditional: each optimizer has a learning rate and options of its own, one nested twice."""
    parameters = (
        choice("optimizer", "sgd", "adam", "rmsprop"),
        double("sgd_rate", 1e-4, 1, scale="log", when={"parameter": "optimizer", "in": ["sgd"]}),
        _parameter("use_momentum", "bool", when={"parameter": "optimizer", "in": ["sgd"]}),
        double("momentum", 0, 0.99, when={"parameter": "use_momentum", "in": ["true"]}),
        double("adam_rate", 1e-5, 1e-1, scale="log", when={"parameter": "optimizer", "in": ["adam"]}),
        double("beta", 0.8, 0.999, when={"parameter": "optimizer", "in": ["adam"]}),
        double("rmsprop_rate", 1e-5, 1e-1, scale="log", when={"parameter": "optimizer", "in": ["rmsprop"]}),
        integer("batch_size", 8, 512, scale="log"),
    )

    def loss(values: Values) -> float:
        branch = {"sgd": sgd, "adam": adam, "rmsprop": rmsprop}[str(values["optimizer"])]
        return branch(values) + 0.05 * _decades(values, "batch_size", 48)

    def sgd(values: Values) -> float:
        rate = 0.1 * _decades(values, "sgd_rate", 0.03)
        if not values["use_momentum"]:
            return 0.25 + rate
        return rate + 0.8 * (_number(values, "momentum") - 0.87) ** 2

    def adam(values: Values) -> float:
        return 0.05 + 0.08 * _decades(values, "adam_rate", 2e-3) + 6 * (_number(values, "beta") - 0.93) ** 2

    def rmsprop(values: Values) -> float:
        return 0.15 + 0.05 * _decades(values, "rmsprop_rate", 7e-4)

    return Landscape("optimizers", parameters, loss, best=0.0)


def layers() -> Landscape:
    """Conditional: a network of one to four layers, each with a width, the deeper ones with dropout."""
    parameters = [integer("depth", 1, 4), double("rate", 1e-5, 1e-1, scale="log")]
    for layer in range(1, 5):
        when = {} if layer == 1 else {"when": {"parameter": "depth", "min": layer}}
        parameters.append(integer(f"units_{layer}", 8, 512, scale="log", **when))
        if layer > 1:
            parameters.append(double(f"dropout_{layer}", 0, 0.8, **when))
    best_units, best_dropout = (0, 300, 120, 60, 90), (0, 0, 0.25, 0.4, 0.1)

    def loss(values: Values) -> float:
        depth = int(values["depth"])
        total = {1: 0.5, 2: 0.2, 3: 0.0, 4: 0.1}[depth] + 0.15 * _decades(
            values, "rate", 10 ** (-2.2 - 0.3 * depth)
        )
        for layer in range(1, depth + 1):
            total += 0.3 * _decades(values, f"units_{layer}", best_units[layer])
            if layer > 1:
                total += 0.6 * (_number(values, f"dropout_{layer}") - best_dropout[layer]) ** 2
        return total

    return Landscape("layers", tuple(parameters), loss, best=0.0)


def noisy_network() -> Landscape:
    """Mixed, with noise of a fifth of what is between the median and the best point."""
    parameters = (
        double("rate", 1e-5, 1, scale="log"),
        double("decay", 1e-7, 1e-2, scale="log"),
        double("dropout", 0, 0.9, step=0.05),
        integer("units", 16, 1024, scale="log"),
        choice("activation", "relu", "tanh", "gelu", "elu"),
        choice("size", "small", "medium", "large", "huge", ordered=True),
    )
    bad_activation = {"relu": 0.05, "tanh": 0.2, "gelu": 0.0, "elu": 0.1}
    best_size = {"small": -1, "medium": 0, "large": 1, "huge": 2}

    def loss(values: Values) -> float:
        away = (
            0.25 * _decades(values, "rate", 4e-3),
            0.03 * _decades(values, "decay", 1e-4),
            0.8 * (_number(values, "dropout") - 0.3) ** 2,
            0.2 * _decades(values, "units", 256),
            bad_activation[str(values["activation"])],
            0.05 * best_size[str(values["size"])] ** 2,
        )
        return 1 - math.exp(-sum(away))

    return Landscape("noisy-network", parameters, loss, best=0.0, noise=0.1)


def noisy_levy() -> Landscape:
    """Many valleys (Levy) over steps and whole numbers, with noise."""
    parameters = (
        double("a", -8, 8, step=0.25),
        double("b", -5, 9),
        integer("c", -9, 7),
        double("d", -6, 10, step=0.5),
    )

    def loss(values: Values) -> float:
        shifted = zip("abcd", (-1.5, 3.2, 2, -2.5), strict=True)
        w = [1 + (_number(values, name) - best) / 4 for name, best in shifted]
        valleys = sum((v - 1) ** 2 * (1 + 10 * math.sin(math.pi * v + 1) ** 2) for v in w)
        return math.sin(math.pi * w[0]) ** 2 + valleys

    return Landscape("noisy-levy", parameters, loss, best=0.0, noise=1.5)


def cliff() -> Landscape:
    """A valley at the edge of a region where training diverges, and a choice that moves the edge."""
    parameters = (
        double("rate", 1e-5, 10, scale="log"),
        double("momentum", 0, 0.999),
        integer("batch_size", 4, 512, scale="log"),
        choice("norm", "none", "batch", "layer"),
    )
    edges = {"none": -1.5, "batch": -0.5, "layer": -0.8}

    def loss(values: Values) -> float | None:
        speed = math.log10(_number(values, "rate") / (1 - _number(values, "momentum")))
        room = edges[str(values["norm"])] + 0.5 * math.log10(_number(values, "batch_size") / 64) - speed
        if room < 0:
            return None
        slow = 0.3 * room + 0.2 * _decades(values, "batch_size", 32)
        return slow + {"none": 0.3, "batch": 0.0, "layer": 0.05}[str(values["norm"])]

    return Landscape("cliff", parameters, loss, best=0.0)


def canyon() -> Landscape:
    """A bent, narrow valley (Rosenbrock), with a condition, and failures on one side of it."""
    parameters = (
        double("x", -2, 2),
        double("y", -1, 3),
        choice("method", "plain", "damped"),
        double("damping", 1e-3, 1, scale="log", when={"parameter": "method", "in": ["damped"]}),
        integer("inner", 1, 20),
    )

    def loss(values: Values) -> float | None:
        x, y = _number(values, "x"), _number(values, "y")
        if y < x * x - 1.2:
            return None
        bent = math.log1p(10 * (y - x * x) ** 2 + (1.2 - x) ** 2)
        if values["method"] == "plain":
            return bent + 0.4 + 0.001 * (_number(values, "inner") - 12) ** 2
        return bent + 0.15 * _decades(values, "damping", 0.04) + 0.002 * (_number(values, "inner") - 7) ** 2

    return Landscape("canyon", parameters, loss, best=0.0)


def branin_choices() -> Landscape:
    """Branin's valleys on a log and a linear scale; a choice and a bool tilt and lift them."""
    parameters = (
        double("x", 1e-5, 1e5, scale="log"),
        double("y", 0, 15),
        choice("kind", "a", "b", "c", "d"),
        _parameter("flag", "bool"),
        _parameter("size", "discrete", numbers=[16, 32, 64, 128, 256]),
    )
    lifts = {"a": 6.0, "b": 0.0, "c": 12.0, "d": 3.0}

    def loss(values: Values) -> float:
        x, y = 2.5 + 1.5 * math.log10(_number(values, "x")), _number(values, "y")
        valley = (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2
        level = valley + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10
        tilt = 0.0 if values["flag"] else 4 + 0.5 * abs(x - 2)
        return level + lifts[str(values["kind"])] + tilt + 2 * (math.log2(_number(values, "size")) - 6) ** 2

    return Landscape("branin-choices", parameters, loss, best=0.397887)


def mixed_ackley_20() -> Landscape:
    """Ackley's funnel over 12 doubles, 4 whole numbers and 4 choices; every one of them counts."""
    doubles = tuple(double(f"x{i:02}", -4, 6) for i in range(12))
    whole = tuple(integer(f"n{i}", -5, 5) for i in range(4))
    choices = tuple(choice(f"c{i}", "p", "q", "r") for i in range(4))

    def loss(values: Values) -> float:
        away = [_number(values, f"x{i:02}") - 0.3 * (i % 5) for i in range(12)]
        away += [_number(values, f"n{i}") - (i - 1) for i in range(4)]
        away += [{"p": 0.0, "q": 1.5, "r": 3.0}[str(values[f"c{i}"])] for i in range(4)]
        spread = math.sqrt(sum(a * a for a in away) / 20)
        waves = sum(math.cos(2 * math.pi * a) for a in away) / 20
        return 20 + math.e - 20 * math.exp(-0.2 * spread) - math.exp(waves)

    return Landscape("mixed-ackley-20", (*doubles, *whole, *choices), loss, best=0.0)


def few_matter_20() -> Landscape:
    """20 parameters of which five matter, as in most networks (Bergstra and Bengio, 2012)."""
    parameters = (
        *(double(f"a{i:02}", 0, 1) for i in range(8)),
        *(double(f"b{i}", 1e-4, 1, scale="log") for i in range(5)),
        *(integer(f"n{i}", 1, 64) for i in range(4)),
        *(choice(f"c{i}", "u", "v", "w") for i in range(3)),
    )

    def loss(values: Values) -> float:
        a, b = _number(values, "a03"), math.log10(_number(values, "b1") / 0.02)
        main = 2 * (a - 0.72) ** 2 + 0.2 * b * b + 0.3 * (a - 0.72) * b
        rest = (_number(values, "a06") - 0.15) ** 2 + 0.0006 * (_number(values, "n2") - 41) ** 2
        return main + rest + {"u": 0.3, "v": 0.0, "w": 0.15}[str(values["c1"])]

    return Landscape("few-matter-20", parameters, loss, best=0.0)


SYNTHETIC: dict[str, Callable[[], Landscape]] = {
    "hartmann": hartmann,
    "optimizers": optimizers,
    "noisy-network": noisy_network,
    "cliff": cliff,
    "mixed-ackley-20": mixed_ackley_20,
    "branin-choices": branin_choices,
    "layers": layers,
    "noisy-levy": noisy_levy,
    "canyon": canyon,
    "few-matter-20": few_matter_20,
}
