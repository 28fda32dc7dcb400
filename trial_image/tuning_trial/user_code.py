"""Loads the user's file and calls its functions, so that every failure names file, line and mend."""

import ast
import contextlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from tuning_trial.errors import INTERRUPTED, Interrupted, UserError, is_out_of_memory, last_line

# What a mistake in the user's code or data raises; others (RuntimeError, OSError of a network…) may pass by.
MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    FileNotFoundError,
    ImportError,
    LookupError,
    NameError,
    TypeError,
    ValueError,
)


def locate(path: Path) -> Path:
    """Return the file's absolute path.

    Raises:
        UserError: there is no such file.
    """
    if not path.is_file():
        raise UserError(
            f"there is no file {str(path)!r} in {Path.cwd()}",
            "name a Python file; on a cluster, mount it and set workingDir to where it is",
        )
    return path.resolve()


def is_script(source: bytes) -> bool:
    """Say whether the program searches by itself, with Keras Tuner: it is run then, and not imported.

    Args:
        source: as the file has it, for Python alone knows its encoding.
    """
    if b"keras_tuner" not in source and b"kerastuner" not in source:
        return False
    try:
        calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    except (SyntaxError, ValueError):  # ValueError: Python 3.10 and 3.11 of null bytes
        return False  # the import will say it better
    return any(isinstance(called, ast.Attribute) and called.attr == "search" for called in calls)


class UserFile:
    """The user's Python file: `build_model(hp)` and `load_data()`, each called with its errors explained."""

    def __init__(self, path: Path, ends: type[BaseException] | None = None) -> None:
        """Run the file.

        Args:
            path: where it is.
            ends: what may be raised to end the file early, and is then no error.
        """
        self.path = path
        self._module = ModuleType(path.stem)
        with contextlib.suppress(*([ends] if ends else [])):
            self._load()

    @property
    def build_model(self) -> Callable[..., Any]:
        """The function that builds a model. Raises UserError where there is none; so does `load_data`."""
        return self._function("build_model", "hp", "a compiled Keras model")

    @property
    def load_data(self) -> Callable[..., Any]:
        """The function that gives the data."""
        return self._function("load_data", "", "(x, y), (x_val, y_val)")

    def has(self, name: str) -> bool:
        """Say whether the file has something of that name that can be called."""
        return callable(getattr(self._module, name, None))

    def values(self) -> list[Any]:
        """Return what the file's global names stand for."""
        return list(vars(self._module).values())

    def defines(self, thing: Any) -> bool:
        """Say whether a class or function is this file's own, and not imported from elsewhere."""
        return getattr(thing, "__module__", None) == self._module.__name__

    def explain(self, error: Exception, action: str, mend: str, default: Callable[..., Any]) -> UserError:
        """Return the error as a UserError at this file's innermost line, else where `default` is defined."""
        line = self._line(error) or self._first_line(default)
        return UserError(f"{self.path.name}:{line}: {action}: {last_line(error, 600)}", mend)

    def at(self, function: Callable[..., Any], what: str, mend: str) -> UserError:
        """Return a UserError at the line where the function is defined."""
        return UserError(f"{self.path.name}:{self._first_line(function)}: {what}", mend)

    def call(
        self, function: Callable[..., Any], *arguments: Any, own: Callable[..., Any] | None = None
    ) -> Any:
        """Call one of the file's functions.

        Args:
            function: what is called.
            arguments: its arguments.
            own: the file's function behind it, where what is called wraps one.

        Raises:
            UserError: the function made a mistake, or refused a parameter.
        """
        own = own or function
        try:
            return function(*arguments)
        except UserError as error:
            raise self.placed(error, own) from None
        except SystemExit as error:
            mend = "return what the trial needs, or raise an error that says what is missing"
            raise self.at(own, f"{own.__name__} {_own_end(error)}", mend) from error
        except MISTAKES as error:
            if is_out_of_memory(error):
                raise
            _print_traceback(error)
            raise self.explain(error, f"{own.__name__} failed", "mend that line", own) from error

    def placed(self, error: UserError, default: Callable[..., Any] | None = None) -> UserError:
        """Return the error at the line of this file that it passed through, else where `default` begins."""
        line = self._line(error) or (self._first_line(default) if default else None)
        return UserError(f"{self.path.name}:{line}: {error.what}", error.mend) if line else error

    def _load(self) -> None:
        """Run the file: a script as the program that it is, else as a module with its own name."""
        sys.path.insert(0, str(self.path.parent))
        name = "__main__" if is_script(self.path.read_bytes()) else self.path.stem
        spec = importlib.util.spec_from_file_location(name, self.path)
        if spec is None or spec.loader is None:
            mend = "name a file that ends in .py"
            if self.path.suffix == ".ipynb":
                mend += ", as `jupyter nbconvert --to script` makes of a notebook, or call tune() in it"
            raise UserError(f"{self.path.name} is no Python file", mend)
        self._module = importlib.util.module_from_spec(spec)
        sys.modules[name] = self._module  # pickling and Keras' serialisation look classes up there
        try:
            spec.loader.exec_module(self._module)
        except (UserError, Interrupted):
            raise
        except SystemExit as error:
            what = f"{self.path.name}:{self._line(error) or 1}: the file {_own_end(error)} when it is read"
            raise UserError(what, "have it run to its end without arguments") from error
        except Exception as error:
            if is_out_of_memory(error):
                raise
            _print_traceback(error)
            where = f"{self.path.name}:{self._line(error) or 1}"
            what = f"{where}: the file cannot be imported: {last_line(error, 600)}"
            raise UserError(what, _import_mend(error, self.path)) from error

    def _function(self, name: str, arguments: str, returns: str) -> Callable[..., Any]:
        function = getattr(self._module, name, None)
        if not callable(function):
            what = f"{self.path.name}:1: there is no function {name}"
            raise UserError(what, f"add `def {name}({arguments}):`, and have it return {returns}")
        return function  # type: ignore[no-any-return]

    def _line(self, error: BaseException) -> int | None:
        """The innermost line of this file that the error passed through; for a syntax error, its own line."""
        if isinstance(error, SyntaxError) and error.filename == str(self.path):
            return error.lineno
        lines = [n.lineno for n in traceback.extract_tb(error.__traceback__) if n.filename == str(self.path)]
        return lines[-1] if lines else None

    def _first_line(self, function: Callable[..., Any]) -> int:
        """Where the function begins; 1 for one of another file, whose line would be none of this file's."""
        code = getattr(inspect.unwrap(function), "__code__", None)
        if isinstance(code, CodeType) and code.co_filename == str(self.path):
            return code.co_firstlineno
        return 1


def _print_traceback(error: Exception) -> None:
    """Print it without our own call and Python's import machinery, which are no mistake of the user's."""
    trace = error.__traceback__.tb_next if error.__traceback__ else None
    while trace and trace.tb_frame.f_code.co_filename.startswith("<frozen importlib"):
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace)


def _own_end(error: SystemExit) -> str:
    """Say how the user's code ends the program; a SIGTERM, which is none of its doing, is raised again."""
    if error.code == INTERRUPTED:
        raise error
    return f"ends the program (sys.exit({0 if error.code is None else error.code!r}))"


def _import_mend(error: Exception, path: Path) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"put {error.name} beside the file or into the image"
    if isinstance(error, SyntaxError) and not _is_text(path):
        return "save it as UTF-8, or name its encoding in its first line"
    return "mend that line"


def _is_text(path: Path) -> bool:
    """Say whether the file can be decoded, as UTF-8 or as its first lines have it."""
    try:
        importlib.util.decode_source(path.read_bytes())
    except (SyntaxError, UnicodeDecodeError):
        return False
    return True
