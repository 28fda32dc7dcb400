"""Tunes the hyperparameters of TensorFlow models, on a laptop and on Kubernetes."""
