"""The four kinds of object that the operator looks at, and their addresses."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from tuning_operator.api import names


@dataclass(frozen=True)
class Kind:
    """A kind of object in the API.

    prefix: of its group and version; selector: the labels by which the server sends only ours.
    """

    prefix: str
    plural: str
    selector: str = ""

    def path(self, namespace: str | None, name: str = "", subresource: str = "") -> str:
        """The address of one object, or of all in a namespace (None: in all)."""
        within = f"/namespaces/{quote(namespace)}" if namespace else ""
        parts = [f"/{self.prefix}{within}/{self.plural}", quote(name), subresource]
        return "/".join(part for part in parts if part)


TUNING_JOBS = Kind(f"apis/{names.API_VERSION}", "tuningjobs")
TRIALS = Kind(f"apis/{names.API_VERSION}", "trials")
JOBS = Kind("apis/batch/v1", "jobs", selector=names.JOB_LABEL)
PODS = Kind("api/v1", "pods", selector=names.JOB_LABEL)
EVENTS = Kind("api/v1", "events")
LEASES = Kind("apis/coordination.k8s.io/v1", "leases")

WATCHED = (TUNING_JOBS, TRIALS, JOBS, PODS)
