"""What ends a trial, and the exit code that tells the operator who must act."""

import re

SUCCESS = 0
CRASH = 1  # anything that is none of the others
USER_ERROR = 2  # the manifest or the user's file must be mended; trying again changes nothing
OUT_OF_MEMORY = 3
CTRL_C = 130  # 128 + SIGINT, as shells have it
INTERRUPTED = 143  # 128 + SIGTERM; never 0, or a drained pod would pass truncated metrics off as final

# Colours of Keras' errors, and TensorFlow's name of a place within itself.
NOISE = re.compile(r"\x1b\[[0-9;]*m|\{\{function_node [^}]*\}\}")


class UserError(Exception):
    """Something that the user must mend.

    Args:
        what: what is wrong, with the names and values found, no full stop.
        mend: what to do about it, no full stop.
    """

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(f"{what}; {mend}")
        self.what = what
        self.mend = mend


class Misfit(UserError):
    """The file's model and its data do not fit: it is told at a line of the file."""


class OutOfMemory(Exception):
    """Memory ran out in a training; the text says at which batch size, and what to do."""


class Interrupted(Exception):
    """A SIGTERM has asked the trial to stop, and the training loop has been left because of it."""


def last_line(error: BaseException, limit: int = 1000) -> str:
    """Return the error as the last line of its traceback reads, on one line of at most `limit` characters."""
    words = " ".join(NOISE.sub("", _behind_the_stack(str(error))).split())
    text = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _behind_the_stack(text: str) -> str:
    """TensorFlow puts the stack of the graph's making, which is Keras' own, before what was wrong."""
    if not text.startswith("Graph execution error"):
        return text
    return text.rpartition('  File "')[2].partition("\n")[2].strip() or text


def is_out_of_memory(error: BaseException) -> bool:
    """Say whether the error is Python's, NumPy's or TensorFlow's way of saying that memory ran out.

    TensorFlow's class is known by its name, so that asking does not import TensorFlow.
    """
    return isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"
