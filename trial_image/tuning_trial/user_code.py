"""Loads the user's file and calls its functions, so that every failure names file, line and mend."""

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from tuning_trial.errors import Interrupted, UserError, is_out_of_memory, last_line

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


class UserFile:
    """The user's Python file: `build_model(hp)` and `load_data()`, each called with its errors explained."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._module = self._load()
        self.build_model = self._function("build_model", "hp", "a compiled Keras model")
        self.load_data = self._function("load_data", "", "(x, y), (x_val, y_val)")

    def explain(self, error: Exception, action: str, mend: str, default: Callable[..., Any]) -> UserError:
        """Return the error as a UserError at this file's innermost line, else where `default` is defined."""
        line = self._line(error) or self._first_line(default)
        return UserError(f"{self.path.name}:{line}: {action}: {last_line(error, 600)}", mend)

    def at(self, function: Callable[..., Any], what: str, mend: str) -> UserError:
        """Return a UserError at the line where the function is defined."""
        return UserError(f"{self.path.name}:{self._first_line(function)}: {what}", mend)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call one of the file's functions.

        Raises:
            UserError: the function made a mistake, or refused a parameter.
        """
        try:
            return function(*arguments)
        except UserError as error:
            line = self._line(error) or self._first_line(function)
            raise UserError(f"{self.path.name}:{line}: {error.what}", error.mend) from None
        except MISTAKES as error:
            if is_out_of_memory(error):
                raise
            traceback.print_exc()
            raise self.explain(error, f"{function.__name__} failed", "mend that line", function) from error

    def _load(self) -> ModuleType:
        sys.path.insert(0, str(self.path.parent))
        spec = importlib.util.spec_from_file_location(self.path.stem, self.path)
        if spec is None or spec.loader is None:
            raise UserError(f"{self.path.name} is no Python file", "name a file that ends in .py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.path.stem] = module  # pickling and Keras' serialisation look classes up there
        try:
            spec.loader.exec_module(module)
        except (UserError, Interrupted):
            raise
        except Exception as error:
            if is_out_of_memory(error):
                raise
            traceback.print_exc()
            where = f"{self.path.name}:{self._line(error) or 1}"
            what = f"{where}: the file cannot be imported: {last_line(error, 600)}"
            raise UserError(what, _import_mend(error)) from error
        return module

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


def _import_mend(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"put {error.name} beside the file or into the image"
    return "mend that line"
