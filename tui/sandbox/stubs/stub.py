"""What a stub is made from, and what its output looks like where its schema leaves that open."""

import hashlib
import re

from msgspec import Struct

from tui.sandbox.jsons import Json, Obj, as_list, as_obj, as_str, dumps
from tui.sandbox.validation import resolve

_ADDRESS = re.compile(r"(https?://|data:)\S+")


class Stub(Struct, frozen=True):
    """A model that does not run here. `example` is an output that the real one gave, if one is known."""

    name: str
    description: str
    shape: Obj
    """The schema of its output."""
    trained: Obj
    """The schema of what its training gives; empty for a model that cannot be trained."""
    example: Json = None


def make_stub(name: str, description: str, schema: Obj, example: Json) -> Stub:
    """The stub of a model whose openapi_schema is known."""
    parts = as_obj(as_obj(schema.get("components")).get("schemas"))
    trained: Obj = {}
    if "TrainingInput" in parts:
        trained = _with_weights(as_obj(parts.get("TrainingOutput")), schema)
    return Stub(name, description, _shape(as_obj(parts.get("Output")), schema, example), trained, example)


def _shape(output: Obj, root: Obj, example: Json) -> Obj:
    """The schema of an output; where it says nothing, the shape of the example."""
    known = resolve(output, root)
    says = {"type", "anyOf", "oneOf", "allOf", "enum", "const", "properties", "items"} & known.keys()
    bare_object = known.get("type") == "object" and not as_obj(known.get("properties"))
    if says and not (bare_object and isinstance(example, dict)):
        return output
    if example is None:
        return {"type": "object", "properties": {}} if bare_object else {"type": "string"}
    return like(example)


def like(example: Json) -> Obj:
    """A schema that this value and others like it fit."""
    match example:
        case bool():
            return {"type": "boolean"}
        case int():
            return {"type": "integer"}
        case float():
            return {"type": "number"}
        case str():
            return {"type": "string", "format": "uri"} if _ADDRESS.fullmatch(example) else {"type": "string"}
        case list():
            return {"type": "array", "items": like(example[0])} if example else {"type": "array", "items": {}}
        case dict():
            return {"type": "object", "properties": {name: like(value) for name, value in example.items()}}
        case _:
            return {"nullable": True}


def _with_weights(output: Obj, root: Obj) -> Obj:
    """A training's output with a file as `weights`, without which no version could be made of it."""
    known = resolve(output, root)
    properties = as_obj(known.get("properties"))
    file: Obj = {"type": "string", "format": "uri"}
    if as_obj(properties.get("weights")).get("format") == "uri" or known.get("format") == "uri":
        return output
    return {"type": "object", "properties": {**properties, "weights": file}, "required": ["weights"]}


def is_file(schema: Obj) -> bool:
    """Whether a value of this schema is a file's address."""
    return schema.get("format") == "uri"


def streams_text(shape: Obj) -> bool:
    """Whether the output is a text that comes piece by piece."""
    return shape.get("x-cog-array-display") == "concatenate"


def seed_of(stub: Stub, given: Obj) -> int:
    """What chance begins with: the same for the same input, the `seed` in it included."""
    digest = hashlib.sha256(f"{stub.name} {dumps(dict(sorted(given.items())))}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def prompt_of(given: Obj) -> str:
    """What a text model was asked, by the names that are usual for it."""
    for name in ("prompt", "text", "message", "question", "query", "input", "caption", "instruction"):
        if isinstance(given.get(name), str):
            return as_str(given[name])
    for message in reversed(as_list(given.get("messages"))):
        content = as_obj(message).get("content")
        if isinstance(content, str):
            return content
    return ""
