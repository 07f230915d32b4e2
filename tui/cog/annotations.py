"""The JSON schema of a type annotation, by the rules of `cog build`.

Inputs and outputs have rules of their own: an input may be optional or a union of JSON's own types, an output may be
an object, an iterator, and nested.
"""

from __future__ import annotations

import ast
from typing import Any, TypeAlias

from msgspec import Struct

from tui.cog.constants import NotKnown, value_of
from tui.cog.modules import Foreign, Module, Own, Symbol

Obj: TypeAlias = dict[str, Any]

_TYPING = frozenset({"typing", "typing_extensions", "collections.abc", "builtins", "types"})
_PRIMITIVE: dict[str, Obj] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
}
_FILE: Obj = {"type": "string", "format": "uri"}
_SECRET: Obj = {"type": "string", "format": "password", "writeOnly": True, "x-cog-secret": True}
_ITERATORS = frozenset({"Iterator", "AsyncIterator"})
_JOINED = frozenset({"ConcatenateIterator", "AsyncConcatenateIterator"})
_MOST_DEPTH = 30


class _Plain(Struct, frozen=True):
    symbol: Symbol
    text: str


class _Generic(Struct, frozen=True):
    name: str
    of: tuple[_Type, ...]
    text: str


class _Literal(Struct, frozen=True):
    values: list[object]


class _Opaque(Struct, frozen=True):
    of: _Type


class _Nothing(Struct, frozen=True):
    """`None`."""


class _Union(Struct, frozen=True):
    of: tuple[_Type, ...]


_Type: TypeAlias = _Plain | _Generic | _Literal | _Opaque | _Nothing | _Union


class InputType(Struct, frozen=True):
    """What an input may be."""

    schema: Obj
    optional: bool = False
    choices: list[object] | None = None


class _Reader(Struct, frozen=True):
    """Reads the annotations of one module."""

    module: Module
    node: ast.expr
    """Where the whole annotation stands: the line that is told."""

    def refused(self, text: str) -> NotKnown:
        return NotKnown(self.module, self.node, text)

    def read(self, node: ast.expr, depth: int = 0) -> _Type:
        if depth > _MOST_DEPTH:
            raise self.refused("is nested too deeply")
        match node:
            case ast.Constant(value=None):
                return _Nothing()
            case ast.Constant(value=str(text)):
                return self._quoted(text, depth)
            case ast.BinOp(op=ast.BitOr(), left=left, right=right):
                return _united([self.read(left, depth + 1), self.read(right, depth + 1)])
            case ast.Name() | ast.Attribute():
                return self._named(node, depth)
            case ast.Subscript(value=outer, slice=inner):
                arguments = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
                return self._generic(node, outer, arguments, depth)
            case _:
                raise self.refused(f"`{ast.unparse(node)[:60]}` is no type that can be read")

    def _quoted(self, text: str, depth: int) -> _Type:
        try:
            return self.read(ast.parse(text.strip(), mode="eval").body, depth + 1)
        except SyntaxError:
            raise self.refused(f"{text[:60]!r} is no type") from None

    def _named(self, node: ast.Name | ast.Attribute, depth: int) -> _Type:
        symbol, text = self.module.symbol(node), ast.unparse(node)
        if symbol is None:
            raise self.refused(f"the type `{text[:60]}` is defined nowhere in this folder")
        if isinstance(symbol, Own) and symbol.name in symbol.module.values:
            # A name for another type: Image = Path
            value = symbol.module.values[symbol.name]
            return _Reader(symbol.module, value).read(value, depth + 1)
        if isinstance(symbol, Foreign) and symbol.name == "None":
            return _Nothing()
        return _Plain(symbol, text)

    def _generic(self, node: ast.expr, outer: ast.expr, arguments: list[ast.expr], depth: int) -> _Type:
        symbol, text = self.module.symbol(outer), ast.unparse(node)
        if not isinstance(symbol, Foreign) or symbol.module not in {*_TYPING, "cog"}:
            raise self.refused(f"`{text[:60]}` is no type of Cog's")
        if symbol.name == "Literal":
            return _Literal([value_of(self.module, argument) for argument in arguments])
        if symbol.name == "Annotated":
            inner = self.read(arguments[0], depth + 1)
            marks = [self.module.symbol(mark) for mark in arguments[1:]]
            return _Opaque(inner) if Foreign("cog", "Opaque") in marks else inner
        of = tuple(self.read(argument, depth + 1) for argument in arguments)
        if symbol.name == "Optional" and len(of) == 1:
            return _united([*of, _Nothing()])
        if symbol.name == "Union":
            return _united(list(of))
        return _Generic(symbol.name, of, text)


def _united(members: list[_Type]) -> _Type:
    flat: list[_Type] = []
    for member in members:
        flat += member.of if isinstance(member, _Union) else [member]
    distinct = [member for place, member in enumerate(flat) if member not in flat[:place]]
    return distinct[0] if len(distinct) == 1 else _Union(tuple(distinct))


# ---- inputs


def input_type(module: Module, node: ast.expr) -> InputType:
    """What an input with this annotation may be. Raises NotKnown, with what Cog takes instead."""
    reader = _Reader(module, node)
    kind = reader.read(node)
    if not isinstance(kind, _Union):
        return _input(reader, kind)
    members = [member for member in kind.of if not isinstance(member, _Nothing)]
    optional = len(members) < len(kind.of)
    if len(members) == 1:
        found = _input(reader, members[0])
        return InputType(found.schema, optional, found.choices)
    variants = [_input(reader, member).schema for member in members]
    for member, variant in zip(members, variants, strict=True):
        inner = variant.get("items", variant)
        if "format" in inner or isinstance(member, _Literal):
            raise reader.refused(f"`{ast.unparse(node)[:60]}`: Cog takes no union with a file, a secret or a Literal")
    return InputType({"anyOf": variants}, optional)


def _input(reader: _Reader, kind: _Type) -> InputType:
    if isinstance(kind, _Opaque):
        inner = kind.of
        if isinstance(inner, _Union):
            rest = [member for member in inner.of if not isinstance(member, _Nothing)]
            found = _input(reader, _Opaque(rest[0]))
            return InputType(found.schema, len(rest) < len(inner.of))
        listed = _is(inner, "list") or (isinstance(inner, _Generic) and inner.name in ("list", "List"))
        return InputType({"type": "array", "items": {"type": "object"}} if listed else {"type": "object"})
    if isinstance(kind, _Literal):
        return InputType(_literal(reader, kind), choices=kind.values)
    if isinstance(kind, _Generic):
        return InputType(_generic_input(reader, kind))
    if isinstance(kind, _Plain):
        simple = _simple(kind)
        if simple is not None:
            return InputType(simple)
        raise reader.refused(f"`{kind.text[:60]}` cannot be an input of Cog's{_instead(kind)}")
    raise reader.refused("`None` alone is no input")


def _generic_input(reader: _Reader, kind: _Generic) -> Obj:
    if kind.name in ("dict", "Dict"):
        return {"type": "object"}
    if kind.name not in ("list", "List") or len(kind.of) != 1:
        raise reader.refused(f"`{kind.text[:60]}` cannot be an input of Cog's: it takes list and dict")
    item = kind.of[0]
    if isinstance(item, _Generic) and item.name not in ("dict", "Dict"):
        raise reader.refused(f"`{kind.text[:60]}`: Cog takes no list of lists")
    if isinstance(item, _Union | _Literal):
        raise reader.refused(f"`{kind.text[:60]}`: the items of a list must be of one plain type")
    return {"type": "array", "items": _input(reader, item).schema}


def _literal(reader: _Reader, kind: _Literal) -> Obj:
    types = {type(value) for value in kind.values}
    for name, wanted in (("string", str), ("integer", int), ("boolean", bool)):
        if types == {wanted}:
            return {"type": name}
    raise reader.refused("the values of a Literal must all be texts, or all whole numbers")


def _simple(kind: _Plain) -> Obj | None:
    """The schema of a type without arguments that Cog knows."""
    symbol = kind.symbol
    if isinstance(symbol, Own):
        is_dict = symbol.name in symbol.module.classes and _is_typed_dict(symbol.module, symbol.name)
        return {"type": "object"} if is_dict else None
    if symbol.module == "builtins" and symbol.name in _PRIMITIVE:
        return dict(_PRIMITIVE[symbol.name])
    if symbol.name in ("Path", "File") and symbol.module in ("cog", "pathlib"):
        return dict(_FILE)
    if symbol == Foreign("cog", "Secret"):
        return dict(_SECRET)
    if symbol.module in _TYPING and symbol.name in ("Any", "dict", "Dict"):
        return {"type": "object"}
    if symbol.module in _TYPING and symbol.name in ("list", "List"):
        return {"type": "array", "items": {"type": "object"}}
    return None


def _is(kind: _Type, name: str) -> bool:
    return isinstance(kind, _Plain) and kind.symbol.name == name


def _instead(kind: _Plain) -> str:
    if isinstance(kind.symbol, Foreign):
        return f": it comes from {kind.symbol.module}, and Cog takes its own types alone"
    bases = {base.name for base in _ancestors(kind.symbol.module, kind.symbol.name) if isinstance(base, Foreign)}
    if bases & {"Enum", "StrEnum", "IntEnum"}:
        return f": write str or int, and Input(choices=[member.value for member in {kind.text}])"
    return ": Cog takes objects as dict"


# ---- outputs


def output_schema(module: Module, node: ast.expr) -> Obj:
    """The schema of what is returned, with its title. Raises NotKnown."""
    reader = _Reader(module, node)
    return _output(reader, reader.read(node), frozenset()) | {"title": "Output"}


def _output(reader: _Reader, kind: _Type, seen: frozenset[Own]) -> Obj:
    if isinstance(kind, _Opaque):
        return _input(reader, kind).schema
    if isinstance(kind, _Union):
        if any(isinstance(member, _Nothing) for member in kind.of):
            raise reader.refused("an output cannot be Optional: Cog refuses it")
        raise reader.refused("an output cannot be a union: Cog refuses it")
    if isinstance(kind, _Generic):
        return _generic_output(reader, kind, seen)
    if isinstance(kind, _Plain):
        if isinstance(kind.symbol, Own) and kind.symbol.name in kind.symbol.module.classes:
            return _object(reader, kind, kind.symbol, seen)
        simple = _simple(kind)
        if simple is not None:
            return simple
        if kind.symbol.name in _JOINED | _ITERATORS:
            raise reader.refused(f"`{kind.text[:60]}` must say of what: {kind.text[:60]}[str]")
        raise reader.refused(f"`{kind.text[:60]}` cannot be an output of Cog's{_instead(kind)}")
    raise reader.refused("a model must return something that Cog can send")


def _generic_output(reader: _Reader, kind: _Generic, seen: frozenset[Own]) -> Obj:
    if kind.name in ("dict", "Dict") and len(kind.of) == 2:
        inner = kind.of[1]
        # Of values that may be anything there is nothing to say.
        return (
            {"type": "object"}
            if _is(inner, "Any")
            else {
                "type": "object",
                "additionalProperties": _output(reader, inner, seen),
            }
        )
    if len(kind.of) != 1 or kind.name not in {"list", "List", *_ITERATORS, *_JOINED}:
        raise reader.refused(f"`{kind.text[:60]}` cannot be an output of Cog's")
    found: Obj = {"type": "array", "items": _output(reader, kind.of[0], seen)}
    if kind.name in _ITERATORS | _JOINED:
        found["x-cog-array-type"] = "iterator"
    if kind.name in _JOINED:
        if found["items"] != {"type": "string"}:
            raise reader.refused(f"`{kind.text[:60]}`: pieces that are joined must be str")
        found["x-cog-array-display"] = "concatenate"
    return found


def _object(reader: _Reader, kind: _Plain, symbol: Own, seen: frozenset[Own]) -> Obj:
    """The schema of a class with fields: a BaseModel of Cog or pydantic, a TypedDict."""
    if symbol in seen:
        return {"type": "object"}
    if not (_is_model(symbol.module, symbol.name) or _is_typed_dict(symbol.module, symbol.name)):
        raise reader.refused(f"`{kind.text[:60]}` cannot be an output: it must be a BaseModel or a TypedDict")
    properties: dict[str, Obj] = {}
    required: list[str] = []
    for name, (module, field, total) in _fields(symbol.module, symbol.name).items():
        schema, needed = _field(module, field, total, seen | {symbol})
        properties[name] = schema | {"title": title(name)}
        if needed:
            required.append(name)
    found: Obj = {"type": "object", "properties": properties}
    return found | ({"required": required} if required else {})


def _field(module: Module, field: ast.AnnAssign, total: bool, seen: frozenset[Own]) -> tuple[Obj, bool]:
    node, needed = field.annotation, total
    if isinstance(node, ast.Subscript):
        mark = module.symbol(node.value)
        if isinstance(mark, Foreign) and mark.name in ("Required", "NotRequired"):
            node, needed = node.slice, mark.name == "Required"
    reader = _Reader(module, node)
    kind = reader.read(node)
    if field.value is not None and not isinstance(field.value, ast.Call):
        needed = False
    if isinstance(kind, _Union) and any(isinstance(member, _Nothing) for member in kind.of):
        inner = _united([member for member in kind.of if not isinstance(member, _Nothing)])
        return _output(reader, inner, seen) | {"nullable": True}, False
    return _output(reader, kind, seen), needed


def _fields(module: Module, name: str) -> dict[str, tuple[Module, ast.AnnAssign, bool]]:
    """The fields of a class with those of its ancestors, in their order, and whether a key must be there."""
    node = module.classes[name]
    found: dict[str, tuple[Module, ast.AnnAssign, bool]] = {}
    for base in reversed([module.symbol(base) for base in node.bases]):
        if isinstance(base, Own) and base.name in base.module.classes and base != Own(module, name):
            found |= _fields(base.module, base.name)
    partial = any(
        keyword.arg == "total" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        for keyword in node.keywords
    )
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            found[statement.target.id] = (module, statement, not partial)
    return found


def _ancestors(module: Module, name: str, depth: int = 0) -> list[Symbol]:
    found: list[Symbol] = []
    for node in module.classes[name].bases if depth < _MOST_DEPTH else []:
        symbol = module.symbol(node)
        if symbol is not None:
            found.append(symbol)
        if isinstance(symbol, Own) and symbol.name in symbol.module.classes:
            found += _ancestors(symbol.module, symbol.name, depth + 1)
    return found


def _is_model(module: Module, name: str) -> bool:
    ways = ("cog", "pydantic", "pydantic.v1")
    bases = _ancestors(module, name)
    return any(isinstance(base, Foreign) and base.name == "BaseModel" and base.module in ways for base in bases)


def _is_typed_dict(module: Module, name: str) -> bool:
    return any(isinstance(base, Foreign) and base.name == "TypedDict" for base in _ancestors(module, name))


def title(name: str) -> str:
    """`num_outputs` as Cog writes it for people: `Num Outputs`."""
    return " ".join(part[:1].upper() + part[1:] for part in name.split("_"))
