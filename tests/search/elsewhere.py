"""Another process that answers questions to the search: cases go in pickled, answers come back as JSON."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from typing import IO, Any

from tuning_operator.search.space import Values

from tests.search.generated import Case


class Elsewhere:
    """A process that has nothing of this one's but its sources; it answers one case after another.

    kernels: what OpenBLAS there calls the ones that it uses.
    """

    def __init__(self, **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            env={"PYTHONPATH": ":".join(sys.path), "OMP_NUM_THREADS": "1", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.kernels: list[str] = self._read()

    def answer(self, case: Case) -> Values | None:
        """What it proposes; None once the space is used up."""
        stdin: IO[bytes] = self._process.stdin  # type: ignore[assignment]
        pickle.dump(case, stdin)
        stdin.flush()
        answer: Values | None = self._read()
        return answer

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()

    def _read(self) -> Any:
        stdout: IO[bytes] = self._process.stdout  # type: ignore[assignment]
        line = stdout.readline()
        assert line, "it died: see its traceback"
        return json.loads(line)


def _tell(answer: Any) -> None:
    print(json.dumps(answer), flush=True)


def main() -> None:
    """Answer until there are no more questions."""
    import scipy.linalg  # noqa: F401  # loads its OpenBLAS
    from threadpoolctl import threadpool_info

    _tell([i["architecture"] for i in threadpool_info() if i["internal_api"] == "openblas"])
    while True:
        try:
            case = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        _tell(case.answer())


if __name__ == "__main__":
    main()
