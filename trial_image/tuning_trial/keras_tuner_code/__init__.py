"""Runs code written for Keras Tuner, unchanged: a search in it becomes one trial, or is described."""
