"""The first visit to a job: what neither schema nor CEL can see, found before the first trial.

Afterwards the same words are of no use: a Job whose pods are refused sits there without a word
(a Job's own dry run does not see Pod Security), so the Pod is tried as well.
"""

from __future__ import annotations

from collections.abc import Iterable

from tuning_operator.api import Basis, Metadata, Parameter, ParameterValue, Trial, TrialSpec, TuningJob, names
from tuning_operator.api.visit import of_first_trial, visit
from tuning_operator.cluster.client import Body, Client
from tuning_operator.cluster.errors import Refused
from tuning_operator.cluster.kinds import JOBS, PODS, Kind
from tuning_operator.cluster.objects import nameless, pod_body, run_body
from tuning_operator.cluster.reading import KnownJob, KnownTrial
from tuning_operator.engine.snapshot import Obstacle

INVALID = "InvalidSpec"
REFUSED = "AdmissionRefused"
NO_ROOM = "QuotaExceeded"
MOST_PROBLEMS = 10  # enough to see what is wrong with all of them


class Admission:
    """Remembers which generation of which job has passed, so that each is tried once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._passed: dict[str, int | None] = {}

    async def obstacle(self, known: KnownJob, trials: Iterable[KnownTrial]) -> Obstacle | None:
        """Why this job cannot go on. trials: its own; once it has any, its pods were admitted."""
        generation = known.job.metadata.generation
        if self._passed.get(known.uid, -1) == generation:
            return None
        if problems := visit(known.job):
            return Obstacle(INVALID, listed(problems))
        first = min((one.trial for one in trials), key=lambda trial: trial.number, default=None)
        if first is not None and (unlike := of_first_trial(known.job, first)):
            return Obstacle(INVALID, f"{unlike}; delete this job, and create it again")
        if first is None and (refusal := await self._dry_run(known.job)) is not None:
            return Obstacle(REFUSED, refusal)
        self._passed[known.uid] = generation
        return None

    def keep_only(self, uids: set[str]) -> None:
        """Forget jobs that are gone."""
        self._passed = {uid: generation for uid, generation in self._passed.items() if uid in uids}

    async def _dry_run(self, job: TuningJob) -> str | None:
        run = run_body(job, _specimen(job), 1, "Train")
        return await self._refusal(JOBS, run) or await self._refusal(PODS, pod_body(run))

    async def _refusal(self, kind: Kind, body: Body) -> str | None:
        """The server's own words; None when it would take the object, or would with room in the quota."""
        try:
            await self._client.dry_run(kind, body["metadata"]["namespace"], nameless(body))
        except Refused as error:
            return None if error.wants_room else error.message
        return None


def listed(problems: list[str]) -> str:
    """The first problems in one text, and how many more there are."""
    more = len(problems) - MOST_PROBLEMS
    return "; ".join(problems[:MOST_PROBLEMS] + ([f"and {more} more"] if more > 0 else []))


def _specimen(job: TuningJob) -> Trial:
    """A Trial that is never created, with some value for each parameter."""
    return Trial(
        metadata=Metadata(name=names.trial_name(job.metadata.name, 1), uid="dry-run"),
        spec=TrialSpec(
            number=1,
            stage=1,
            purpose="Search",
            seed=0,
            parameters={p.name: _some_value(p) for p in job.spec.parameters},
            basis=Basis(engine="dry-run"),
        ),
    )


def _some_value(parameter: Parameter) -> ParameterValue:
    if parameter.type == "bool":
        return False
    if parameter.type == "categorical":
        return (parameter.values or [""])[0]
    if parameter.type == "discrete":
        return (parameter.numbers or [0.0])[0]
    least = parameter.min or 0.0
    return int(least) if parameter.type == "int" else least
