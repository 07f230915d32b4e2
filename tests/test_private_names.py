"""Textual's private names stand in tui/toolkit/ alone: an upgrade of Textual is read in one room."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import pytest
import textual

from tests.support.paths import ROOT

ROOM = ROOT / "tui" / "toolkit"
TEXTUAL = Path(textual.__file__).parent


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def attributes(tree: ast.AST) -> set[str]:
    """What the methods in a tree set on self, and what its classes define."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                found.add(node.attr)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            for statement in node.body:
                targets = statement.targets if isinstance(statement, ast.Assign) else []
                targets += [statement.target] if isinstance(statement, ast.AnnAssign) else []
                found.update(target.id for target in targets if isinstance(target, ast.Name))
    return found


def own_attributes(tree: ast.AST) -> set[str]:
    """The private ones of them."""
    return {name for name in attributes(tree) if private(name)}


@lru_cache
def names_of(kind: type) -> frozenset[str]:
    """The private names that a class itself defines."""
    return frozenset(own_attributes(ast.parse(textwrap.dedent(inspect.getsource(kind)))))


@lru_cache
def all_of_textual() -> frozenset[str]:
    """Every private name of Textual's own classes."""
    found: set[str] = set()
    for path in TEXTUAL.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                found |= own_attributes(node)
    return frozenset(found)


def inherited(kind: type) -> set[str]:
    """The private names that a class has from Textual's."""
    return {name for base in kind.__mro__ if base.__module__.partition(".")[0] == "textual" for name in names_of(base)}


def uses(module: ModuleType, source: str) -> Iterator[str]:
    """Private names of Textual that a module imports, overrides, or reads."""
    tree = ast.parse(source)
    ours: set[str] = set()
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and _is_hidden(node):
            yield f"line {node.lineno}: import from {node.module}"
        if isinstance(node, ast.ClassDef):
            ours |= own_attributes(node)
    for node in tree.body:
        if not isinstance(node, ast.ClassDef):
            continue
        hidden = inherited(getattr(module, node.name))
        for name in sorted(own_attributes(node) & hidden):
            yield f"{node.name}.{name} overrides Textual's"
        for inner in ast.walk(node):
            if isinstance(inner, ast.Attribute) and _of_itself(inner.value) and inner.attr in hidden:
                yield f"line {inner.lineno}: self.{inner.attr}"
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or _of_itself(node.value) or node.attr not in all_of_textual() - ours:
            continue
        if not isinstance(node.value, ast.Name) or node.value.id not in modules:
            yield f"line {node.lineno}: .{node.attr} of another object"


def _is_hidden(node: ast.ImportFrom) -> bool:
    module = node.module or ""
    return module.partition(".")[0] == "textual" and (
        "._" in module or any(private(alias.name) for alias in node.names)
    )


def _of_itself(value: ast.expr) -> bool:
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return value.func.id == "super"
    return isinstance(value, ast.Name) and value.id in ("self", "cls")


def modules() -> list[Path]:
    """The modules that know Textual, outside the room."""
    return [
        path
        for path in sorted((ROOT / "tui").rglob("*.py"))
        if ROOM not in path.parents and "sandbox" not in path.parts and "textual" in path.read_text("utf-8")
    ]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT / "tui")))
def test_private_names_of_textual_are_used_in_the_toolkit_alone(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    if "textual_serve" in path.read_text("utf-8"):
        pytest.importorskip("textual_serve", reason="the extra `web` is not installed")
    assert list(uses(importlib.import_module(name), path.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("lines", "used"),
    [
        ("from textual._compositor import Compositor", True),
        ("from textual.widgets import Input", False),
        ("def read(screen):\n    return screen._compositor", True),
        ("import os\ndef end():\n    os._exit(1)", False),
        ("class Field(Input):\n    def _watch_value(self, value): ...", True),
        ("class Field(Input):\n    def on_key(self):\n        return self._suggestion", True),
        ("class Field(Input):\n    def _label(self): ...\n    def read(self): return self._label()", False),
        (
            "class Plain:\n    def __init__(self): self._compositor = 1\ndef read(plain): return plain._compositor",
            False,
        ),
    ],
)
def test_what_is_found_is_textuals_and_nothing_of_ours(lines: str, used: bool) -> None:
    source = f"from textual.widgets import Input\n{lines}\n"
    module = ModuleType("specimen")
    exec(compile(source, "specimen", "exec"), module.__dict__)
    assert bool(list(uses(module, source))) == used


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT / "tui")))
def test_no_attribute_is_taken_for_the_handler_of_a_key(path: Path) -> None:
    """Textual calls `key_at` or `_key_at` of whatever a key comes by when `@` is pressed."""
    tree = ast.parse(path.read_text("utf-8"))
    named = {name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for name in attributes(node)}
    assert not [name for name in named if name.startswith(("key_", "_key_"))]
