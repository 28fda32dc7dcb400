"""What a reader finds of a file while it is written again and again."""

import threading
from collections.abc import Sequence

from tuning_trial import artifact


def read_while_written(place: str, versions: Sequence[bytes]) -> tuple[set[tuple[int, bytes]], list[str]]:
    """Write the versions one by one; return the length and ends of what was read, and what was refused."""
    seen: set[tuple[int, bytes]] = set()
    refused: list[str] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            content = None
            try:
                content = artifact.read(place, "large")
            except OSError as error:
                refused.append(str(error))
            if content is not None:
                seen.add((len(content), content[:1] + content[-1:]))

    reader = threading.Thread(target=look)
    reader.start()
    for content in versions:
        artifact.write(place, "large", content)
    done.set()
    reader.join()
    return seen, refused
