"""`tuning_operator.tune(build_model, data)`: `tuning run` for functions that live in a notebook.

The functions are handed to the trials' processes by cloudpickle, as a file that `tuning-trial` runs like any
other; the job is the manifest that a person would have written, and its records are those of `tuning run`.
"""
