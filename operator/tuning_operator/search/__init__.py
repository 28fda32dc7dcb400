"""Proposes parameters. Pure: no clock, no I/O, no Kubernetes.

`suggest(problem, history, pending, number)` is the whole interface: the same
arguments give the same answer, bit for bit, in any process.
"""

from tuning_operator.search.advice import advice
from tuning_operator.search.errors import ImpossibleSpace, SearchError, UnknownAlgorithm
from tuning_operator.search.importance import importance
from tuning_operator.search.leader import leader
from tuning_operator.search.narrow import narrowed
from tuning_operator.search.problem import Entry, Exhausted, Outcome, Problem, Proposal, Wait
from tuning_operator.search.suggest import size, suggest

__all__ = [
    "Entry",
    "Exhausted",
    "ImpossibleSpace",
    "Outcome",
    "Problem",
    "Proposal",
    "SearchError",
    "UnknownAlgorithm",
    "Wait",
    "advice",
    "importance",
    "leader",
    "narrowed",
    "size",
    "suggest",
]
