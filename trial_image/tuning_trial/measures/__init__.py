"""What a trial measures beside Keras' own metrics: pace, memory, and the model's size, work and latency.

Each is a metric like any other: an objective or a constraint may name it. What cannot be measured is left
out, and never fails a trial.
"""
