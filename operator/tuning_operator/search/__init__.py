"""Proposes parameters. Pure: no clock, no I/O, no Kubernetes.

`suggest(problem, history, pending, number)` is the whole interface: the same
arguments give the same answer, bit for bit, in any process.
"""
