"""Schemas for the tests of forms: the recorded ones, and small ones made on the spot."""

import copy
import json
from typing import Any

from jsonschema import Draft7Validator

from tests.support.paths import REPLICATE
from tui.forms import Field, Form

HERE = REPLICATE.exists()
NAMES = sorted(path.stem for path in (REPLICATE / "schemas").glob("*.json"))
ORACLES = sorted(path.name for path in (REPLICATE / "cog" / "oracle").glob("*.openapi.json"))


def recorded(name: str) -> dict[str, Any]:
    """The openapi_schema of a recorded model."""
    model = json.loads((REPLICATE / "schemas" / f"{name}.json").read_text())["model"]
    return model.get("latest_version", model)["openapi_schema"]


def oracle(name: str) -> dict[str, Any]:
    """A schema that Cog itself wrote."""
    return json.loads((REPLICATE / "cog" / "oracle" / name).read_text())


def document(properties: Any, required: Any = None, **schemas: Any) -> dict[str, Any]:
    """An openapi_schema whose Input has these properties."""
    whole = {"type": "object", "properties": properties}
    if required is not None:
        whole["required"] = required
    return {"components": {"schemas": {"Input": whole, **schemas}}}


def form_of(properties: Any, required: Any = None, **schemas: Any) -> Form:
    """The form of such a schema."""
    return Form.parse(document(properties, required, **schemas))


def field_of(schema: Any, **schemas: Any) -> Field:
    """The one field of a form."""
    return form_of({"x": schema}, **schemas).fields[0]


def complaint(schema: Any, value: Any, **schemas: Any) -> str:
    """What a form says against a value of a field `x`; empty when it takes it."""
    checked = form_of({"x": schema}, **schemas).check({"x": value})
    return checked.problems[0].message if checked.problems else ""


def judge(openapi_schema: dict[str, Any], section: str = "Input") -> Draft7Validator:
    """jsonschema for a section, with OpenAPI's `nullable` and boolean exclusive bounds put into its words."""
    plain = _plain(copy.deepcopy(openapi_schema))
    return Draft7Validator({**plain, "$ref": f"#/components/schemas/{section}"})


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _plain(value) for key, value in node.items()}
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if found.get(exclusive) is True and bound in found:
            found[exclusive] = found.pop(bound)
        elif isinstance(found.get(exclusive), bool):
            del found[exclusive]
    if found.pop("nullable", None) is True:
        return {"anyOf": [{"type": "null"}, found]}
    return found
