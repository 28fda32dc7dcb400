"""The process that runs a job for `tune`: it has the event loop and the signals that a notebook needs itself.

In, on stdin: JSON of job, runs, fresh and keep_going. Out: lines of progress on stdout; where the job did not
come to its end, JSON on stderr of which error (a class of `tuning_operator.errors`) and its problems.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tuning_operator.api import TuningJob
from tuning_operator.errors import InternalError, InterruptedByUser, MachineError, TuningError
from tuning_operator.local.command import Options, run_job
from tuning_operator.report.lines import Lines


def main() -> int:
    """Run the job, and give the exit code of its error."""
    try:
        asked = json.load(sys.stdin)
        options = Options(Path(asked["runs"]), Path.cwd(), asked["keep_going"], asked["fresh"])
        run_job(TuningJob.model_validate(asked["job"]), options, Lines(sys.stdout))
        return 0
    except KeyboardInterrupt:
        return _told(InterruptedByUser("interrupted"))
    except TuningError as error:
        return _told(error)
    except OSError as error:
        return _told(MachineError(f"{error.filename or 'this machine'}: {error.strerror or error}"))
    except Exception as error:
        return _told(InternalError(f"{type(error).__name__}: {error}"))


def _told(error: TuningError) -> int:
    problems = getattr(error, "problems", (str(error),))
    json.dump({"error": type(error).__name__, "problems": problems}, sys.stderr)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
