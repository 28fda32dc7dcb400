"""Tunes the hyperparameters of TensorFlow models, on a laptop and on Kubernetes."""

__version__ = "0.1.0"
