"""The Python files of a model's folder, parsed and never run: what their names stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

_FOREIGN = frozenset(
    {"cog", "typing", "typing_extensions", "collections", "pydantic", "pathlib", "enum", "dataclasses"}
)
"""Modules that a file of the same name in the folder does not stand in for."""
_BUILTINS = frozenset({"str", "int", "float", "bool", "list", "dict", "set", "tuple", "bytes", "object", "range"})
_MOST_BYTES = 4 * 1024 * 1024


class Finding(Struct, frozen=True):
    """What is to be said of one line of the author's: `line` is 0 where it concerns the whole file."""

    path: Path
    line: int
    text: str
    serious: bool = True
    """Whether Cog refuses the model for it, or the model fails by it."""

    def said(self, folder: Path) -> str:
        """`predict.py:12: …`, with the path as it is seen from the folder."""
        name = self.path.relative_to(folder) if self.path.is_relative_to(folder) else self.path
        return f"{name}:{self.line}: {self.text}" if self.line else f"{name}: {self.text}"


class CannotRead(Exception):
    """A file cannot be read, or says nothing of what was looked for in it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text)
        self.finding = finding


class Foreign(Struct, frozen=True):
    """A name of a module that is not the author's: `cog.Path` is ("cog", "Path")."""

    module: str
    name: str


class Own(Struct, frozen=True):
    """A name that a file of the author's defines."""

    module: Module
    name: str


Symbol: TypeAlias = Foreign | Own


class _Import(Struct, frozen=True):
    module: str
    name: str | None
    """None where the module itself was imported."""
    level: int


class Module:
    """One file: what it imports, defines and assigns at its outermost level, branches included."""

    def __init__(self, project: Project, path: Path) -> None:
        self.project = project
        self.path = path
        self.tree = _parsed(path)
        self.classes: dict[str, ast.ClassDef] = {}
        self.functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
        self.values: dict[str, ast.expr] = {}
        self._imports: dict[str, _Import] = {}
        for statement in _outermost(self.tree.body):
            self._take(statement)

    def _take(self, statement: ast.stmt) -> None:
        match statement:
            case ast.ClassDef():
                self.classes[statement.name] = statement
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.functions[statement.name] = statement
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.values[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                self.values[name] = value
            case ast.Import(names=names):
                for alias in names:
                    whole = alias.name if alias.asname else alias.name.partition(".")[0]
                    self._imports[alias.asname or whole] = _Import(whole, None, 0)
            case ast.ImportFrom(module=module, names=names, level=level):
                for alias in names:
                    self._imports[alias.asname or alias.name] = _Import(module or "", alias.name, level)
            case _:
                pass

    def finding(self, node: ast.AST | None, text: str, *, serious: bool = True) -> Finding:
        """`text`, said of the line at which `node` begins."""
        return Finding(self.path, getattr(node, "lineno", 0), text, serious)

    def symbol(self, node: ast.expr) -> Symbol | None:
        """What a name such as `Path` or `cog.Path` stands for; None where that is not known."""
        dotted = _dotted(node)
        return self._named(dotted.split(".")) if dotted else None

    def _named(self, parts: list[str]) -> Symbol | None:
        first, *rest = parts
        if first in self.classes or first in self.functions or first in self.values:
            return Own(self, first) if not rest else None
        if first not in self._imports:
            return Foreign("builtins", first) if first in _BUILTINS and not rest else None
        given = self._imports[first]
        if given.name is None:
            return self._in_module(given.module, 0, rest)
        own = self.project.module(given.module, given.level, self.path)
        if own is not None:
            # In a file of the author's the name may itself come from elsewhere.
            return own._named([given.name, *rest])
        inner = f"{given.module}.{given.name}" if given.module else given.name
        if self.project.module(inner, given.level, self.path) is not None:
            return self._in_module(inner, given.level, rest)
        return Foreign(given.module, given.name) if not rest else Foreign(inner, ".".join(rest))

    def _in_module(self, name: str, level: int, rest: list[str]) -> Symbol | None:
        if not rest:
            return None
        own = self.project.module(name, level, self.path)
        if own is not None:
            return own._named(rest)
        *between, last = rest
        return Foreign(".".join([name, *between]), last)


class Project:
    """A model's folder, each file of which is parsed once, when something asks for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._modules: dict[Path, Module] = {}

    def file(self, path: Path) -> Module:
        """The file as a module. Raises CannotRead."""
        if path not in self._modules:
            self._modules[path] = Module(self, path)
        return self._modules[path]

    def module(self, name: str, level: int, importer: Path) -> Module | None:
        """The file that `name` is imported from, if it is one of the folder's that can be read."""
        if not level and name.partition(".")[0] in _FOREIGN:
            return None
        base = self.folder if not level else importer.parents[min(level - 1, len(importer.parents) - 1)]
        place = base.joinpath(*name.split(".")) if name else base
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if path != importer and path.is_file():
                try:
                    return self.file(path)
                except CannotRead:
                    return None
        return None


def _outermost(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try):
            yield from _outermost(statement.body)
            yield from _outermost(statement.orelse)
            for handler in getattr(statement, "handlers", []):
                yield from _outermost(handler.body)


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else None
    return None


def _parsed(path: Path) -> ast.Module:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise CannotRead(Finding(path, 0, "is too large to be a model's source"))
        return ast.parse(path.read_bytes(), path.name)
    except OSError as error:
        raise CannotRead(Finding(path, 0, f"cannot be read: {error.strerror or error}")) from None
    except SyntaxError as error:
        raise CannotRead(Finding(path, error.lineno or 0, f"is no Python: {error.msg}")) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise CannotRead(Finding(path, 0, f"is no Python: {error}")) from None
