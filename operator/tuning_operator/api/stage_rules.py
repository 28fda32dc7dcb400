"""The rules on stages: each by itself, all of them together, and against the rest of the spec."""

from __future__ import annotations

from tuning_operator.api.rule import Rule, rule

SINGLE = "['OneAtATime', 'CMAES']"  # algorithms that search for one objective
_NUMBERS = "(p.type in ['double', 'int', 'discrete'] && !has(p.when))"


def _options(block: str, algorithm: str) -> Rule:
    """The block of options belongs to stages of this algorithm alone."""
    return rule(
        f"!has(self.{block}) || self.algorithm == '{algorithm}'",
        f"a stage of algorithm %s has {block}, which is for {algorithm}: "
        f"remove {block}, or make the algorithm {algorithm}",
        "self.algorithm",
        path=f".{block}",
    )


STAGE = [_options("bayesian", "Bayesian"), _options("nsga2", "NSGA2"), _options("pesa2", "PESA2")]

STAGES = [
    rule(
        "self.map(s, has(s.trials)).indexOf(false) in [-1, self.size() - 1]",
        "stage %s has no trials, only the last stage takes the rest: add trials to it",
        "self.map(s, has(s.trials)).indexOf(false) + 1",
    ),
    rule(
        "self.size() == 0 || !has(self[0].narrow)",
        "stage 1 has narrow (keep %s), but no trials come before it to narrow by: "
        "remove narrow, or put another stage first",
        "self[0].narrow.keep",
    ),
]

# At spec, where objectives and parameters can be seen too.
SPEC = [
    rule(
        f"self.objectives.size() < 2 || !self.search.stages.exists(s, s.algorithm in {SINGLE})",
        "there are %s objectives, and the stages %s search for one: leave one objective, "
        "or use Bayesian, TPE, NSGA2 or PESA2",
        "self.objectives.size()",
        f"self.search.stages.filter(s, s.algorithm in {SINGLE}).map(s, s.algorithm)",
        path=".search.stages",
    ),
    rule(
        "self.objectives.size() < 2 || !self.search.stages.exists(s, has(s.narrow))",
        "there are %s objectives, and a stage narrows (keep %s) around the best trials of one: "
        "remove narrow, or leave one objective",
        "self.objectives.size()",
        "self.search.stages.filter(s, has(s.narrow)).map(s, s.narrow.keep)",
        path=".search.stages",
    ),
    rule(
        f"!self.search.stages.exists(s, s.algorithm == 'CMAES') || self.parameters.all(p, {_NUMBERS})",
        "a stage has the algorithm CMAES, which takes numbers that always exist, and the parameters %s "
        "are categorical, bool or have a when: remove them, or use TPE or Bayesian",
        f"self.parameters.filter(p, !{_NUMBERS}).map(p, p.name)",
        path=".search.stages",
    ),
]
