"""Signatures that hypothesis makes, read from their source, and by Cog's own runtime, which runs them: both agree."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cog._inspector import _create_predictor_info  # pyright: ignore[reportPrivateUsage]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cog.folders import write_model
from tui.cog.source import read_source

HEADER = """
from typing import Any, Dict, Iterator, AsyncIterator, List, Optional, Union
import typing as t
from cog import BaseModel, BaseRunner, BasePredictor, ConcatenateIterator, Input, Path, File, Secret
class Flat(BaseModel):
    text: str
    score: Optional[float]
    files: List[Path]
    more: Union[List[int], None]
"""
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
WHOLE = st.integers(-(2**40), 2**40)
FRACTION = st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 3))
PLAIN = {"str": TEXT, "int": WHOLE, "float": FRACTION, "bool": st.booleans()}


@st.composite
def parameter(draw: st.DrawFn) -> tuple[str, str | None]:
    """An annotation and a default as source, which Cog takes."""
    base = draw(
        st.sampled_from(["str", "int", "float", "bool", "Path", "File", "Secret", "dict", "Any", "Dict[str, int]"])
    )
    form = draw(st.sampled_from(["plain", "optional", "none", "list", "List", "maybe list", "union"]))
    annotation = {
        "plain": base,
        "optional": f"Optional[{base}]",
        "none": f"{base} | None",
        "list": f"list[{base}]",
        "List": f"t.List[{base}]",
        "maybe list": f"Optional[List[{base}]]",
        "union": draw(
            st.sampled_from(["Union[int, str]", "str | list[int] | None", "Optional[Union[bool, List[str]]]"])
        ),
    }[form]
    words: dict[str, object] = {}
    if draw(st.booleans()):
        words["description"] = draw(TEXT)
    if draw(st.booleans()):
        words["deprecated"] = draw(st.booleans())
    if base in PLAIN and form != "union":
        words |= _constraints(draw, base, listed="list" in form.lower())
    if draw(st.integers(0, 4)) == 0 and not words:
        return annotation, None
    if list(words) == ["default"] and draw(st.booleans()):
        return annotation, repr(words["default"])
    return annotation, f"Input({', '.join(f'{word}={value!r}' for word, value in words.items())})"


def _constraints(draw: st.DrawFn, base: str, *, listed: bool) -> dict[str, object]:
    values = draw(st.lists(PLAIN[base], min_size=2, max_size=4, unique=True))
    kind = draw(st.sampled_from(["nothing", "default", "bounds", "lengths", "choices"]))
    given: Any = values if listed else values[0]
    if kind == "default":
        return {"default": given}
    if kind == "bounds" and base in ("int", "float"):
        return {"ge": min(values), "le": max(values), **({"default": given} if draw(st.booleans()) else {})}
    if kind == "lengths" and base == "str":
        return {"min_length": 0, "max_length": 40, **({"default": given} if draw(st.booleans()) else {})}
    if kind == "choices" and base in ("int", "str") and not listed:
        return {"choices": values, **({"default": given} if draw(st.booleans()) else {})}
    return {}


OUTPUTS = [
    *("str", "int", "float", "bool", "Path", "dict", "list[str]", "List[Path]", "list[dict]", "Flat"),
    *("Iterator[str]", "AsyncIterator[Path]", "ConcatenateIterator[str]", "Iterator[int]", "Dict[str, Any]", "list"),
]


def asked_of_runtime(code: str, method: str) -> Any:
    """What Cog's runtime says of the class that the code defines."""
    module = types.ModuleType("made")
    with patch.dict(sys.modules, {"made": module}):
        exec(compile(code, "made.py", "exec"), module.__dict__)
        return _create_predictor_info("made", "Made", getattr(module.Made, method), method, is_class_fn=True)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parameters=st.lists(parameter(), max_size=5),
    output=st.sampled_from(OUTPUTS),
    method=st.sampled_from(["run", "predict"]),
)
def test_the_source_tells_what_the_runtime_makes_of_it(
    tmp_path: Path, parameters: list[tuple[str, str | None]], output: str, method: str
) -> None:
    ordered = sorted(parameters, key=lambda given: given[1] is not None)
    words = [f"p{place}: {kind}{f' = {default}' if default else ''}" for place, (kind, default) in enumerate(ordered)]
    base = "BaseRunner" if method == "run" else "BasePredictor"
    code = f"{HEADER}class Made({base}):\n    def {method}({', '.join(['self', *words])}) -> {output}: ...\n"
    info = asked_of_runtime(code, method)
    entry = "run.py:Made" if method == "run" else "predict.py:Made"
    read = read_source(write_model(tmp_path, code, entry=entry))
    schemas = read.schema["components"]["schemas"]
    assert read.findings == ()
    assert list(schemas["Input"]["properties"]) == list(info.inputs)
    for name, field in schemas["Input"]["properties"].items():
        wanted = info.inputs[name]
        optional = wanted.type.repetition.name.startswith("OPTIONAL")
        kind = schemas[name] if "allOf" in field else field
        expected = wanted.type.json_type()
        expected.pop("nullable", None)
        assert {key: kind.get(key) for key in expected} == expected
        assert field.get("nullable", False) == optional
        assert kind.get("enum") == wanted.choices
        assert field.get("minimum") == wanted.ge and field.get("maximum") == wanted.le
        assert field.get("minLength") == wanted.min_length and field.get("maxLength") == wanted.max_length
        assert field.get("description") == wanted.description
        assert field.get("deprecated", False) == bool(wanted.deprecated)
        assert field.get("default") == wanted.default
        assert (name in schemas["Input"].get("required", [])) == (wanted.default is None and not optional)
    assert schemas["Output"] == info.output.json_type()
