"""What a trial measures beside Keras' own metrics: pace, memory, and the model's size, work and latency.

Each is a metric like any other: an objective or a constraint may name it. What cannot be measured is left
out, and never fails a trial.
"""

NAMES = frozenset({
    *("train_time", "learning_rate", "step_time", "examples_per_second", "peak_memory_bytes"),
    *("peak_device_memory_bytes", "model_parameters", "model_bytes", "flops", "latency_p50", "latency_p95"),
})  # fmt: skip
