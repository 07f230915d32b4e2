"""Runs inside a model's process: has the author's own functions print the traceback of what they raise.

Cog tells an exception's message alone, and not the line. Python imports this by itself where its folder is on
PYTHONPATH. The file that cog.yaml names is compiled with a `try` around the functions that Cog calls: names, signatures
and lines stay.
"""

import ast
import contextlib
import importlib
import importlib.machinery
import os
import sys
from types import CodeType, ModuleType

_CALLED = {"setup", "run", "predict", "train", *os.environ.get("COG_AUTHOR_NAMES", "").split(",")}
_FILES = {os.path.abspath(name) for name in os.environ.get("COG_AUTHOR_FILES", "").split(os.pathsep) if name}  # noqa: PTH100
_HANDLER = """
try:
    pass
except Exception as __raised:
    if type(__raised).__name__ != "CancelationException":
        __import__("cog_author_tracebacks").tell()
    raise
"""


def _tell() -> None:
    """Print the traceback, and write it down: what is printed is lost where the setup fails."""
    import traceback

    error = sys.exc_info()[1]
    if getattr(error, "_cog_author_told", False):
        return  # one of these functions has called another
    with contextlib.suppress(AttributeError, TypeError):
        setattr(error, "_cog_author_told", True)  # noqa: B010
    traceback.print_exc()
    path = os.environ.get("COG_AUTHOR_TRACEBACKS")
    if path:
        with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123
            file.write(traceback.format_exc())


_shared = ModuleType("cog_author_tracebacks")
_shared.__dict__["tell"] = _tell
sys.modules[_shared.__name__] = _shared


def _is_author(loader: importlib.machinery.SourceFileLoader) -> bool:
    return os.path.abspath(loader.path) in _FILES  # noqa: PTH100


def _wrapped(source: bytes, path: str) -> CodeType:
    tree = ast.parse(source, path)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in _CALLED:
            documented = ast.get_docstring(node, clean=False) is not None
            head, body = node.body[:documented], node.body[documented:]
            if body:
                (around,) = ast.parse(_HANDLER).body
                for inner in ast.walk(around):
                    ast.copy_location(inner, body[0])
                assert isinstance(around, ast.Try)
                around.body = body
                node.body = [*head, around]
    return compile(tree, path, "exec", dont_inherit=True)


_get_code = importlib.machinery.SourceFileLoader.get_code
_exec_module = importlib.machinery.SourceFileLoader.exec_module


def _get_authors_code(self: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
    if not _is_author(self):
        return _get_code(self, fullname)
    try:
        return _wrapped(self.get_data(self.path), self.path)
    except (SyntaxError, ValueError, RecursionError):
        return _get_code(self, fullname)


def _exec_authors_module(self: importlib.machinery.SourceFileLoader, module: ModuleType) -> None:
    try:
        _exec_module(self, module)
    except Exception:
        if _is_author(self):
            _tell()
        raise


importlib.machinery.SourceFileLoader.get_code = _get_authors_code
importlib.machinery.SourceFileLoader.exec_module = _exec_authors_module

# Another sitecustomize that this one stands before comes to its right.
sys.path[:] = [path for path in sys.path if os.path.abspath(path) != os.path.dirname(os.path.abspath(__file__))]  # noqa: PTH100, PTH120
_ours = sys.modules.pop("sitecustomize", None)
try:
    importlib.import_module("sitecustomize")
except ImportError as error:
    if error.name != "sitecustomize":
        raise
    if _ours is not None:
        sys.modules["sitecustomize"] = _ours
