"""Manifests that server, validation and visit must accept; each name is a sentence."""

from __future__ import annotations

from tests.api.manifests import (
    FIRST,
    Manifest,
    boolean,
    categorical,
    container,
    discrete,
    double,
    every_type,
    good,
    job,
    minimize,
    whole,
)

WIDE = [f"value-{i}-{'x' * 50}" for i in range(64)]


def chain(length: int) -> list[Manifest]:
    """Parameters of which each exists only by the one before."""
    links = [
        categorical(f"p{i}", *WIDE, when={"parameter": f"p{i - 1}", "in": WIDE[:16]})
        for i in range(1, length)
    ]
    return [categorical("p0", *WIDE), *links]


GOOD: dict[str, Manifest] = {
    "everything that works is in use": good(),
    "the least that is right": job(),
    "every type of parameter": job(*every_type()),
    "one value of each list": job(discrete("d", 3), categorical("c", "only")),
    "bounds far below and above zero": job(double("x", min=-1e300, max=1e300)),
    "an int as large as JSON keeps exactly": job(whole("n", min=-(2**53), max=2**53)),
    "whole numbers written as doubles": job(whole("n", min=1.0, max=8.0, step=1.0), trials={"max": 4.0}),
    "a step as large as the range": job(double("x", step=0.5)),
    "a log scale on an int": job(whole("n", scale="log", min=1, max=1024)),
    "when on a bool, a discrete, an int and a double": job(
        boolean("b"),
        discrete("d", 1, 2),
        whole("n"),
        double("x"),
        boolean("b1", when={"parameter": "b", "in": ["true"]}),
        boolean("d1", when={"parameter": "d", "min": 2}),
        boolean("n1", when={"parameter": "n", "min": 2, "max": 4}),
        boolean("x1", when={"parameter": "x", "max": 0.5}),
    ),
    "when upon when upon when": job(
        boolean("a"),
        boolean("b", when={"parameter": "a", "in": ["true"]}),
        boolean("c", when={"parameter": "b", "in": ["true", "false"]}),
        boolean("d", when={"parameter": "c", "in": ["false"]}),
    ),
    "64 parameters, each hanging on the one before": job(*chain(64)),
    "eight stages, the last one open": job(
        search={"stages": [{"algorithm": "Sobol", "trials": 1}] * 7 + [{"algorithm": "Bayesian"}]},
        trials={"max": 8},
    ),
    "stages that add up": job(
        search={"stages": [{"algorithm": "Grid", "trials": 1}, {"algorithm": "Random", "trials": 3}]}
    ),
    "an initial trial for a deeper model": job(
        *every_type(),
        initialTrials=[
            {"parameters": FIRST | {"num_layers": 3, "units_2": 64}},
            {"parameters": FIRST | {"num_layers": 1, "optimizer": "sgd", "momentum": 0}},
        ],
    ),
    "no initial trials": job(initialTrials=[]),
    "artifacts in a bucket": job(artifacts={"path": "s3://bucket/a..b/models"}),
    "nulls where a field may be absent": job(
        double("x", step=None, scale=None), artifacts=None, search={"stages": None}, retain=None
    ),
    "a name of 52 characters": job(name="a" * 52),
    "a name that begins with a digit": job(name="7-digits"),
    "a sidecar with TUNING variables of its own": job(
        template={
            "spec": {
                "containers": [
                    container(),
                    {"name": "sidecar", "image": "x", "env": [{"name": "TUNING_X", "value": "1"}]},
                ]
            }
        }
    ),
    "resources in every notation": job(
        template={
            "spec": {
                "containers": [
                    container(resources={"limits": {"cpu": "500m", "memory": "1.5Gi", "nvidia.com/gpu": 1}})
                ]
            }
        }
    ),
    "every algorithm in a stage of its own": job(
        whole("n"),
        search={
            "stages": [
                {"algorithm": algorithm, "trials": 1}
                for algorithm in ("Random", "Grid", "Sobol", "OneAtATime", "Bayesian", "TPE", "CMAES")
            ]
            + [{"algorithm": "NSGA2", "nsga2": {"population": 4}}],
        },
        trials={"max": 8},
    ),
    "options of every algorithm that has some": job(
        search={
            "stages": [
                {"algorithm": "Bayesian", "trials": 1, "bayesian": {"surrogate": "ExtraTrees"}},
                {"algorithm": "Bayesian", "trials": 1, "bayesian": {"acquisition": "LCB"}},
                {"algorithm": "NSGA2", "trials": 1, "nsga2": {}},
                {"algorithm": "PESA2", "pesa2": {"population": 200}},
            ]
        }
    ),
    "coarse to fine": job(
        *every_type(),
        search={
            "stages": [
                {"algorithm": "Random", "trials": 1},
                {"algorithm": "Sobol", "trials": 1, "narrow": {"keep": 1}},
                {"algorithm": "Bayesian", "narrow": {"keep": 0.25, "freeze": 0.05}},
            ]
        },
    ),
    "four objectives and 16 constraints, one on an objective": job(
        *every_type(),
        objectives=[minimize(f"m{i}") for i in range(4)],
        constraints=[{"metric": f"m{i}", "min": -1, "max": i} for i in range(16)],
        search={"stages": [{"algorithm": "TPE"}]},
    ),
    "a constraint that leaves one value": job(constraints=[{"metric": "n", "min": 2, "max": 2}]),
    "64 parameters, eight stages and everything at once": job(
        *chain(64),
        objectives=[minimize(f"{'m' * 120}{i}") for i in range(4)],
        constraints=[{"metric": f"{'c' * 120}{i}", "max": 1} for i in range(16)],
        search={"stages": [{"algorithm": "NSGA2", "trials": 1}] * 7 + [{"algorithm": "PESA2"}]},
        trials={"max": 8},
    ),
}
