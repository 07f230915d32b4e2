"""The inputs and the output of `run`, `predict` or `train`, read from its source."""

from __future__ import annotations

import ast
from typing import Any, TypeAlias, cast

from msgspec import Struct, field

from tui.cog.annotations import InputType, Obj, input_type, output_schema, title
from tui.cog.constants import NotKnown, value_of
from tui.cog.modules import CannotRead, Finding, Foreign, Module, Own

Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"

_MISSING = object()
_BOUNDS = {"ge": "minimum", "le": "maximum", "min_length": "minLength", "max_length": "maxLength", "regex": "pattern"}


class Target(Struct, frozen=True):
    """The function that Cog calls."""

    module: Module
    function: Function
    is_method: bool

    @property
    def streams(self) -> bool:
        """Whether it is marked with `@streaming`: its output can be had as server-sent events."""
        for decorator in self.function.decorator_list:
            node = decorator.func if isinstance(decorator, ast.Call) else decorator
            if self.module.symbol(node) == Foreign("cog", "streaming"):
                return True
        return False


class Signature(Struct):
    """What a function takes and gives."""

    inputs: dict[str, Obj] = field(default_factory=dict[str, Obj])
    required: list[str] = field(default_factory=list[str])
    enums: dict[str, Obj] = field(default_factory=dict[str, Obj])
    output: Obj = field(default_factory=lambda: cast("Obj", {"title": "Output"}))
    findings: list[Finding] = field(default_factory=list[Finding])
    """What could not be known, or is not as Cog takes it."""


def find_target(module: Module, name: str, *, train: bool = False) -> Target:
    """The function that `name` of an entry such as `predict.py:Predictor` leads to. Raises CannotRead."""
    if name in module.functions:
        return Target(module, module.functions[name], is_method=False)
    if name not in module.classes:
        symbol = module.symbol(ast.Name(name))
        if isinstance(symbol, Own) and symbol.module is not module:
            return find_target(symbol.module, symbol.name, train=train)
        raise CannotRead(module.finding(None, f"has no `{name}`"))
    found = _methods(module, name, set())
    wanted = ("train",) if train else ("run", "predict")
    for method in wanted:
        if method in found:
            return found[method]
    words = " or ".join(f"{method}()" for method in wanted)
    raise CannotRead(module.finding(module.classes[name], f"`{name}` has no {words}"))


def _methods(module: Module, name: str, seen: set[tuple[Module, str]]) -> dict[str, Target]:
    """The methods of a class with those that it inherits from the author's own classes."""
    if (module, name) in seen:
        return {}
    seen.add((module, name))
    found: dict[str, Target] = {}
    for base in reversed(module.classes[name].bases):
        symbol = module.symbol(base)
        if isinstance(symbol, Own) and symbol.name in symbol.module.classes:
            found |= _methods(symbol.module, symbol.name, seen)
    for statement in module.classes[name].body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            found[statement.name] = Target(module, statement, is_method=True)
    return found


def add_input(signature: Signature, name: str, kind: InputType, given: dict[str, Any]) -> None:
    """Add a field as `cog build` writes it. `given` are the words of its Input(); `default` only where it has one."""
    default, choices = given.get("default", _MISSING), given.get("choices") or kind.choices
    if choices:
        type_name = kind.schema.get("items", kind.schema).get("type", "string")
        signature.enums[name] = {
            "description": "An enumeration.",
            "enum": choices,
            "title": name,
            "type": type_name,
        }
        field: Obj = {"allOf": [{"$ref": f"#/components/schemas/{name}"}]}
    else:
        field = {**kind.schema, "title": title(name)}
    for word, key in _BOUNDS.items():
        if given.get(word) is not None:
            field[key] = _number(given[word])
    if isinstance(given.get("description"), str):
        field["description"] = given["description"]
    if given.get("deprecated") is True:
        field["deprecated"] = True
    if isinstance(given.get("accept"), str):
        field["x-cog-accept"] = given["accept"]
    # A secret that is None by default may be left out; of other types None says that the default is made later, and Cog
    # asks for a value.
    optional = kind.optional or (default is None and kind.schema.get("x-cog-secret") is True)
    if optional:
        field["nullable"] = True
    if default is not _MISSING and (default is not None or optional):
        field["default"] = _number(default)
    elif not optional:
        signature.required.append(name)
    signature.inputs[name] = {**field, "x-order": len(signature.inputs)}


def parameters_of(target: Target) -> list[tuple[ast.arg, ast.expr | None]]:
    """The named parameters with their defaults, without `self`."""
    given = target.function.args
    positional = [*given.posonlyargs, *given.args][1 if target.is_method else 0 :]
    missing = len(positional) - len(given.defaults)
    defaults: list[ast.expr | None] = [None] * max(0, missing)
    defaults += given.defaults[max(0, -missing) :]
    return list(zip(positional, defaults, strict=True))


def read_signature(target: Target) -> Signature:
    """What the function takes and gives; what is not known of it is among the findings."""
    signature = Signature()
    module, function = target.module, target.function
    given = function.args
    for parameter, default in parameters_of(target):
        _read_input(signature, module, parameter, default)
    for extra in (given.vararg, given.kwarg, *given.kwonlyargs):
        if extra is not None:
            text = f"{function.name}() must not have `{extra.arg}`: Cog takes plain named parameters alone"
            signature.findings.append(module.finding(extra, text))
    if function.returns is None or (isinstance(function.returns, ast.Constant) and function.returns.value is None):
        signature.findings.append(module.finding(function, f"{function.name}() does not say what it returns"))
        return signature
    try:
        signature.output = output_schema(module, function.returns)
    except NotKnown as unknown:
        signature.findings.append(unknown.module.finding(unknown.node, unknown.text))
    return signature


def _read_input(signature: Signature, module: Module, parameter: ast.arg, default: ast.expr | None) -> None:
    name = parameter.arg
    kind = InputType({})
    if parameter.annotation is None:
        signature.findings.append(module.finding(parameter, f"`{name}` has no type"))
    else:
        try:
            kind = input_type(module, parameter.annotation)
        except NotKnown as unknown:
            signature.findings.append(unknown.module.finding(unknown.node, f"`{name}`: {unknown.text}"))
    add_input(signature, name, kind, _InputReading(signature, module, parameter).read(default))


class _InputReading(Struct, frozen=True):
    """One parameter, as it is read."""

    signature: Signature
    module: Module
    parameter: ast.arg

    def read(self, node: ast.expr | None) -> dict[str, Any]:
        """The words of its Input() that are known; a plain default is a `default`."""
        call = self._input_call(node)
        if call is not None:
            module, words = call
        else:
            module, words = self.module, ({"default": node} if node is not None else {})
        words.pop("default_factory", None)  # which Cog refuses: input_rules.py
        given = {word: self._value(module, word, value) for word, value in words.items()}
        if not isinstance(given.get("choices"), list):
            given.pop("choices", None)
        return {word: value for word, value in given.items() if value is not _MISSING}

    def _value(self, module: Module, word: str, node: ast.expr) -> Any:
        try:
            return value_of(module, node)
        except NotKnown as unknown:
            text = f"the {word} of `{self.parameter.arg}` is not known: {unknown.text}"
            self.signature.findings.append(unknown.module.finding(unknown.node, text))
            return _MISSING if word == "default" else None

    def _input_call(self, node: ast.expr | None) -> tuple[Module, dict[str, ast.expr]] | None:
        """The words of an `Input(...)`, which may be a constant of the author's; None for a plain default."""
        module = self.module
        for _ in range(10):
            if isinstance(node, ast.Call):
                if module.symbol(node.func) != Foreign("cog", "Input"):
                    return None
                words = {word.arg: word.value for word in node.keywords if word.arg}
                if node.args:
                    words["default"] = node.args[0]
                return module, words
            if not isinstance(node, ast.Name | ast.Attribute):
                return None
            found = _constant(module, node)
            if found is None:
                return None
            module, node = found
        return None


def _constant(module: Module, node: ast.Name | ast.Attribute) -> tuple[Module, ast.expr] | None:
    """The expression that a name, or a class's attribute, was given."""
    symbol = module.symbol(node)
    if isinstance(symbol, Own) and symbol.name in symbol.module.values:
        return symbol.module, symbol.module.values[symbol.name]
    if isinstance(node, ast.Attribute):
        owner = module.symbol(node.value)
        if isinstance(owner, Own) and owner.name in owner.module.classes:
            for statement in owner.module.classes[owner.name].body:
                match statement:
                    case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == node.attr:
                        return owner.module, value
                    case _:
                        pass
    return None


def _number(value: Any) -> Any:
    """A whole number without a fraction, as Cog writes it: 2.0 is 2."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value
