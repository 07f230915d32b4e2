"""The value that an expression of the author's has, where that can be known without running it."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable
from typing import Any, cast

from msgspec import Struct

from tui.cog.modules import Foreign, Module, Own

_MOST_DEPTH = 50
_MOST_ITEMS = 10_000
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: left / right,
    ast.FloorDiv: lambda left, right: left // right,
    ast.Mod: operator.mod,
    ast.Pow: lambda left, right: left**right,
}
_COLLECTING: dict[str, Callable[[Any], Any]] = {"list": list, "tuple": list, "sorted": sorted, "set": list}
_MEASURING: dict[str, Callable[[Any], Any]] = {
    "len": len,
    "min": min,
    "max": max,
    "str": str,
    "int": int,
    "float": float,
}


class NotKnown(Exception):
    """The value is known only when the code runs."""

    def __init__(self, module: Module, node: ast.AST, text: str) -> None:
        super().__init__(text)
        self.module = module
        self.node = node
        self.text = text


class Member(Struct, frozen=True):
    """A member of an enumeration."""

    name: str
    value: object


def value_of(module: Module, node: ast.expr) -> object:
    """The value as JSON has it: a tuple or a set is a list, a member of an enumeration its value. Raises NotKnown."""
    return _plain(_Evaluation(module, {}, 0).of(node))


def _plain(value: object) -> object:
    if isinstance(value, Member):
        return _plain(value.value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("Iterable[object]", value)]
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in cast("dict[object, object]", value).items()}
    return value


class _Evaluation(Struct, frozen=True):
    module: Module
    names: dict[str, object]
    """What a comprehension gave its names."""
    depth: int

    def of(self, node: ast.expr) -> Any:
        if self.depth > _MOST_DEPTH:
            raise self._unknown(node)
        inner = _Evaluation(self.module, self.names, self.depth + 1)
        match node:
            case ast.Constant(value=value) if value is None or isinstance(value, str | int | float | bool):
                return value
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return inner._items(items)
            case ast.Dict(keys=keys, values=values) if all(key is not None for key in keys):
                return {inner.of(cast(ast.expr, key)): inner.of(item) for key, item in zip(keys, values, strict=True)}
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return inner._tried(node, lambda: -inner.of(operand))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return inner._tried(node, lambda: +inner.of(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return inner._binary(node, type(op), inner.of(left), inner.of(right))
            case ast.JoinedStr(values=parts):
                return "".join(inner._formatted(part) for part in parts)
            case ast.Name() | ast.Attribute():
                return inner._named(node)
            case ast.Subscript(value=value, slice=place):
                return inner._tried(node, lambda: inner.of(value)[inner.of(place)])
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                return inner._comprehension(node)
            case ast.Call():
                return inner._call(node)
            case _:
                raise self._unknown(node)

    def _unknown(self, node: ast.AST) -> NotKnown:
        return NotKnown(self.module, node, f"`{ast.unparse(node)[:80]}` is known only when the code runs")

    def _tried(self, node: ast.expr, compute: Callable[[], Any]) -> Any:
        try:
            return compute()
        except (TypeError, ValueError, LookupError, ArithmeticError):
            raise self._unknown(node) from None

    def _items(self, items: list[ast.expr]) -> list[Any]:
        found: list[Any] = []
        for item in items:
            if isinstance(item, ast.Starred):
                found += self._iterated(item, self.of(item.value))
            else:
                found.append(self.of(item))
        return found

    def _iterated(self, node: ast.expr, value: Any) -> list[Any]:
        if not isinstance(value, list | dict | range) or len(cast("list[Any]", value)) > _MOST_ITEMS:
            raise self._unknown(node)
        return list(cast("Iterable[Any]", value))

    def _binary(self, node: ast.expr, op: type[ast.operator], left: Any, right: Any) -> Any:
        # An expression of the author's must not be able to take all memory.
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if op is ast.Pow and not (numbers and abs(left) <= 1e6 and abs(right) <= 64):
            raise self._unknown(node)
        if op is ast.Mult and not numbers:
            raise self._unknown(node)
        if op is ast.Mod and not numbers:
            raise self._unknown(node)
        return self._tried(node, lambda: _BINARY[op](left, right))

    def _formatted(self, part: ast.expr) -> str:
        if isinstance(part, ast.FormattedValue):
            if part.format_spec is not None or part.conversion not in (-1, 115):
                raise self._unknown(part)
            value = self.of(part.value)
            # What an enumeration's member prints depends on the version of Python.
            if isinstance(value, Member):
                raise self._unknown(part)
            return str(value)
        return str(self.of(part))

    def _named(self, node: ast.Name | ast.Attribute) -> Any:
        if isinstance(node, ast.Name) and node.id in self.names:
            return self.names[node.id]
        symbol = self.module.symbol(node)
        if isinstance(symbol, Own):
            return self._own(node, symbol)
        if isinstance(node, ast.Attribute):
            owner = self._owner(node.value)
            if isinstance(owner, Member) and node.attr in ("value", "name"):
                return owner.value if node.attr == "value" else owner.name
            if isinstance(owner, _Class) and node.attr in owner.attributes:
                return owner.attribute(node.attr, self.depth)
        raise self._unknown(node)

    def _owner(self, node: ast.expr) -> object:
        symbol = self.module.symbol(node)
        if isinstance(symbol, Own) and symbol.name in symbol.module.classes:
            return _Class(symbol.module, symbol.module.classes[symbol.name])
        return self.of(node)

    def _own(self, node: ast.expr, symbol: Own) -> Any:
        if symbol.name in symbol.module.classes:
            found = _Class(symbol.module, symbol.module.classes[symbol.name])
            if found.is_enum:
                return [found.attribute(name, self.depth) for name in found.attributes]
            raise self._unknown(node)
        if symbol.name not in symbol.module.values:
            raise self._unknown(node)
        return _Evaluation(symbol.module, {}, self.depth + 1).of(symbol.module.values[symbol.name])

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> list[Any]:
        first = node.generators[0]
        if len(node.generators) > 1 or first.ifs or not isinstance(first.target, ast.Name):
            raise self._unknown(node)
        name = first.target.id
        items = self._iterated(node, self.of(first.iter))
        return [_Evaluation(self.module, {**self.names, name: item}, self.depth + 1).of(node.elt) for item in items]

    def _call(self, node: ast.Call) -> Any:
        if node.keywords or len(node.args) > 3:
            raise self._unknown(node)
        if isinstance(node.func, ast.Attribute):
            return self._method(node, node.func)
        symbol = self.module.symbol(node.func)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if symbol is not None and symbol != Foreign("builtins", name):
            raise self._unknown(node)
        given = [self.of(argument) for argument in node.args]
        if name == "range" and all(type(value) is int for value in given):
            return self._tried(node, lambda: range(*given))
        if len(given) == 1 and name in _COLLECTING:
            items = self._iterated(node, given[0])
            return self._tried(node, lambda: _COLLECTING[name](items))
        if len(given) == 1 and name in _MEASURING:
            return self._tried(node, lambda: _MEASURING[name](given[0]))
        raise self._unknown(node)

    def _method(self, node: ast.Call, function: ast.Attribute) -> Any:
        owner = self.of(function.value)
        if isinstance(owner, dict) and not node.args and function.attr in ("keys", "values"):
            mapping = cast("dict[Any, Any]", owner)
            return list(mapping) if function.attr == "keys" else list(mapping.values())
        if isinstance(owner, str) and function.attr == "join" and len(node.args) == 1:
            items = self._iterated(node, self.of(node.args[0]))
            return self._tried(node, lambda: owner.join(items))
        if isinstance(owner, str) and not node.args and function.attr in ("strip", "lower", "upper", "title"):
            return getattr(owner, function.attr)()
        raise self._unknown(node)


class _Class:
    """A class of the author's, as far as its attributes are values."""

    def __init__(self, module: Module, node: ast.ClassDef) -> None:
        self._module = module
        self.attributes: dict[str, ast.expr] = {}
        for statement in node.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.attributes[name] = value
                case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                    self.attributes[name] = value
                case _:
                    pass
        bases = [module.symbol(base) for base in node.bases]
        self.is_enum = any(isinstance(base, Foreign) and base.module == "enum" for base in bases)

    def attribute(self, name: str, depth: int) -> Any:
        """The attribute's value. Raises NotKnown."""
        value = _Evaluation(self._module, {}, depth + 1).of(self.attributes[name])
        return Member(name, value) if self.is_enum else value
