"""What can go wrong, named by who must act. The command line shows the message and no traceback.

Every message gives what was found and the mend. Foreign exceptions are mapped to
these where they arise; one that is not is an InternalError: ours.
"""

from __future__ import annotations

from typing import ClassVar


class TuningError(Exception):
    """Whatever a person can be told in a sentence."""

    exit_code: ClassVar[int] = 1
    prefix: ClassVar[str] = ""


class ManifestError(TuningError):
    """The author of the manifest must mend it."""

    exit_code = 2

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ImageError(TuningError):
    """The author of the trial's program or image must mend it."""


class PageError(ImageError):
    """A trial's metrics page cannot be read."""


class ScrapeError(ImageError):
    """A trial's metrics page cannot be fetched."""


class MachineError(TuningError):
    """Whoever looks after this machine must act: a directory, a device, another command."""


class InterruptedByUser(TuningError):
    """Ctrl-C: not a failure, but not a result either."""

    exit_code = 130


class InternalError(TuningError):
    """A defect of tuning-operator."""

    exit_code = 70  # EX_SOFTWARE of sysexits.h
    prefix = "This is a defect of tuning-operator, please report it: "
