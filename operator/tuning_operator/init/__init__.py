"""`tuning init model.py`: a ready TuningJob for a Python file, and what brings the file to a cluster.

The file is read by `tuning-trial describe`, a process of the environment that has TensorFlow; the manifest
is judged by the very code of `tuning validate` before it is written.
"""
