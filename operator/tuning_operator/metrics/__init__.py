"""Reads the metrics of trials while they run, and exports the operator's own.

What a trial serves is untrusted: every size, time and number of it is bounded.
"""
