"""What can go wrong between the operator and the API server, named by who must act."""

from __future__ import annotations


class ApiError(Exception):
    """The API server refused a request, or did not answer it.

    code: the HTTP status; 0 when there was no answer.
    reason: Kubernetes' machine-readable word (`AlreadyExists`), "" when there is none.
    """

    def __init__(self, code: int, reason: str, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.retry_after = retry_after


class NotFound(ApiError):
    """404: it is not there (any more)."""


class Conflict(ApiError):
    """409: the object changed since it was read."""


class AlreadyExists(ApiError):
    """409: an object of this name is there."""


class Refused(ApiError):
    """400, 403, 413, 422: asking again does not help until somebody changes something."""

    @property
    def wants_room(self) -> bool:
        """A quota is used up: what ends makes room in it."""
        return "exceeded quota" in self.message


class Unavailable(ApiError):
    """429, 5xx, a timeout or a broken connection: ask again later."""


class Unauthorized(ApiError):
    """401: the credentials are no longer good; they are read again for the next request."""


class NotYet(Exception):
    """A name is still held by an object that is on its way out: try again later."""


class NameTaken(Exception):
    """A name is held by an object that is not ours; somebody must remove or rename one of the two."""


class LeaseLost(Exception):
    """Another replica may be acting by now: this one must stop at once."""


BY_CODE = {
    400: Refused,
    401: Unauthorized,
    403: Refused,
    404: NotFound,
    413: Refused,
    415: Refused,
    422: Refused,
}


def api_error(code: int, reason: str, message: str, retry_after: float = 0.0) -> ApiError:
    """The named error for an HTTP status."""
    if code == 409:
        return (AlreadyExists if reason == "AlreadyExists" else Conflict)(code, reason, message)
    kind = BY_CODE.get(code, Unavailable if code == 429 or code >= 500 or code == 0 else ApiError)
    return kind(code, reason, message, retry_after)
