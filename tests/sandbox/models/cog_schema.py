"""The openapi_schema.json that `cog build` writes for a model, worked out from its signatures.

The Go command cannot be had from a package registry, so the models' schema files are kept beside them in
the repository; this says what each must be, and `python -m tests.sandbox.models.cog_schema` writes them anew.
"""

import importlib.util
import inspect
import json
import sys
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

import cog
from cog.input import FieldInfo

from tests.support.paths import ROOT

Json = dict[str, typing.Any]

MODELS = ROOT / "tui" / "sandbox" / "models"
COG_VERSION = "0.23.1"


def load(folder: Path, module: str) -> types.ModuleType:
    """Import one module of a model's folder under a name of its own."""
    name = f"_cog_model_{folder.name}_{module}"
    spec = importlib.util.spec_from_file_location(name, folder / f"{module}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(folder))
    before = set(sys.modules)
    try:
        spec.loader.exec_module(loaded)
    finally:
        sys.path.remove(str(folder))
        # Siblings have the same names in several models: the next one must not get these.
        for sibling in set(sys.modules) - before:
            if str(getattr(sys.modules[sibling], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[sibling]
    return loaded


def _title(name: str) -> str:
    return name.replace("_", " ").title()


def _plain(value: object) -> object:
    """Numbers as Go prints them: 2.0 is 2."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _split_optional(kind: object) -> tuple[object, bool]:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        members = typing.get_args(kind)
        rest = [member for member in members if member is not type(None)]
        if len(rest) < len(members):
            return (rest[0] if len(rest) == 1 else typing.Union[tuple(rest)]), True  # noqa: UP007
    return kind, False


def json_type(kind: object) -> Json:
    """The JSON schema of one of Cog's types."""
    simple: dict[object, Json] = {
        str: {"type": "string"},
        int: {"type": "integer"},
        float: {"type": "number"},
        bool: {"type": "boolean"},
        dict: {"type": "object"},
        typing.Any: {"type": "object"},
        cog.Path: {"type": "string", "format": "uri"},
        cog.Secret: {"type": "string", "format": "password", "writeOnly": True, "x-cog-secret": True},
    }
    if kind in simple:
        return dict(simple[kind])
    origin, members = typing.get_origin(kind), typing.get_args(kind)
    if origin is list:
        return {"type": "array", "items": json_type(members[0])}
    if origin is dict:
        return {"type": "object"}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [json_type(member) for member in members]}
    raise TypeError(f"no schema for {kind!r}")


def _field(name: str, order: int, parameter: inspect.Parameter, enums: Json) -> tuple[Json, bool]:
    info = parameter.default
    assert isinstance(info, FieldInfo), f"{name} has no Input()"
    kind, optional = _split_optional(parameter.annotation)
    schema = json_type(kind)
    if info.choices is not None:
        enums[name] = {
            "description": "An enumeration.",
            "enum": list(info.choices),
            "title": name,
            "type": schema["type"],
        }
        schema = {"allOf": [{"$ref": f"#/components/schemas/{name}"}]}
    else:
        schema["title"] = _title(name)
    schema["x-order"] = order
    if info.description is not None:
        schema["description"] = info.description
    bounds = {
        "minimum": info.ge,
        "maximum": info.le,
        "minLength": info.min_length,
        "maxLength": info.max_length,
        "pattern": info.regex,
        "deprecated": info.deprecated,
    }
    schema |= {key: _plain(value) for key, value in bounds.items() if value is not None}
    if optional:
        schema["nullable"] = True
    if info.default is not None or optional:
        schema["default"] = _plain(info.default)
    return schema, info.default is None and not optional


def input_schema(function: Callable[..., object], title: str, enums: Json) -> Json:
    """The Input (or TrainingInput) that a run() or train() takes; its enumerations go into `enums`."""
    parameters = {n: p for n, p in inspect.signature(function).parameters.items() if n != "self"}
    properties, required = {}, []
    for order, (name, parameter) in enumerate(parameters.items()):
        properties[name], needed = _field(name, order, parameter, enums)
        if needed:
            required.append(name)
    schema: Json = {"properties": properties, "title": title, "type": "object"}
    return schema | ({"required": required} if required else {})


def output_schema(kind: object) -> Json:
    """The Output of a run() or train()."""
    origin, members = typing.get_origin(kind), typing.get_args(kind)
    if origin is cog.ConcatenateIterator:
        stream = {"x-cog-array-type": "iterator", "x-cog-array-display": "concatenate"}
        return {"items": {"type": "string"}, "title": "Output", "type": "array"} | stream
    if origin is Iterator:
        items = json_type(members[0])
        return {"items": items, "title": "Output", "type": "array", "x-cog-array-type": "iterator"}
    if inspect.isclass(kind) and issubclass(kind, cog.BaseModel):
        properties, required = {}, []
        for name, member in typing.get_type_hints(kind).items():
            inner, optional = _split_optional(member)
            properties[name] = json_type(inner) | {"title": _title(name)}
            if optional:
                properties[name]["nullable"] = True
            else:
                required.append(name)
        return {"properties": properties, "required": required, "title": "Output", "type": "object"}
    return json_type(kind) | {"title": "Output"}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _request(title: str, of: str) -> Json:
    properties = {"id": {"title": "Id", "type": "string"}, "input": _reference(of)}
    return {"properties": properties, "title": title, "type": "object"}


def _response(title: str, of: str, output: str) -> Json:
    moments = ("completed_at", "created_at", "started_at")
    properties: Json = {m: {"format": "date-time", "title": _title(m), "type": "string"} for m in moments} | {
        n: {"title": _title(n), "type": "string"} for n in ("error", "id", "logs", "status", "version")
    }
    properties |= {"input": _reference(of), "output": _reference(output)}
    properties["metrics"] = {"title": "Metrics", "type": "object"}
    return {"properties": properties, "title": title, "type": "object"}


def _answers(schema: Json) -> Json:
    refused = {"application/json": {"schema": _reference("HTTPValidationError")}}
    return {
        "200": {"content": {"application/json": {"schema": schema}}, "description": "Successful Response"},
        "422": {"content": refused, "description": "Validation Error"},
    }


def _get(operation: str, summary: str) -> Json:
    return {"get": {"operationId": operation, "responses": {"200": _answers({})["200"]}, "summary": summary}}


def _create(verb: str, noun: str, what: str, kind: str) -> Json:
    body = {"application/json": {"schema": _reference(f"{kind}Request")}}
    return {
        "description": f"Run a single {what} on the model",
        "operationId": f"{verb}_{noun}_post",
        "requestBody": {"content": body},
        "responses": _answers(_reference(f"{kind}Response")),
        "summary": verb.title(),
    }


def _cancel(noun: str, parameter: str) -> Json:
    schema = {"title": _title(parameter), "type": "string"}
    return {
        "post": {
            "operationId": f"cancel_{noun}__{parameter}__cancel_post",
            "parameters": [{"in": "path", "name": parameter, "required": True, "schema": schema}],
            "responses": _answers({}),
            "summary": "Cancel",
        }
    }


def _validation_error() -> Json:
    part = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    properties = {
        "loc": {"items": part, "title": "Location", "type": "array"},
        "msg": {"title": "Message", "type": "string"},
        "type": {"title": "Error Type", "type": "string"},
    }
    required = ["loc", "msg", "type"]
    return {"properties": properties, "required": required, "title": "ValidationError", "type": "object"}


def document(run: Callable[..., object], train: Callable[..., object] | None, streams: bool) -> Json:
    """The whole OpenAPI document of a model."""
    enums: Json = {}
    errors = {"detail": {"items": _reference("ValidationError"), "title": "Detail", "type": "array"}}
    statuses = ["starting", "processing", "succeeded", "canceled", "failed"]
    schemas: Json = {
        "HTTPValidationError": {"properties": errors, "title": "HTTPValidationError", "type": "object"},
        "Input": input_schema(run, "Input", enums),
        "Output": output_schema(inspect.signature(run).return_annotation),
        "PredictionRequest": _request("PredictionRequest", "Input"),
        "PredictionResponse": _response("PredictionResponse", "Input", "Output"),
        "Status": {
            "description": "An enumeration.",
            "enum": statuses,
            "title": "Status",
            "type": "string",
        },
        "ValidationError": _validation_error(),
    }
    predict = _create("predict", "predictions", "prediction", "Prediction")
    paths: Json = {
        "/": _get("root__get", "Root"),
        "/health-check": _get("healthcheck_health_check_get", "Healthcheck"),
        "/predictions": {"post": predict | ({"x-cog-streaming": True} if streams else {})},
        "/predictions/{prediction_id}/cancel": _cancel("predictions", "prediction_id"),
    }
    if train is not None:
        schemas["TrainingInput"] = input_schema(train, "TrainingInput", enums)
        schemas["TrainingOutput"] = output_schema(inspect.signature(train).return_annotation)
        schemas["TrainingRequest"] = _request("TrainingRequest", "TrainingInput")
        schemas["TrainingResponse"] = _response("TrainingResponse", "TrainingInput", "TrainingOutput")
        paths["/trainings"] = {"post": _create("train", "trainings", "training", "Training")}
        paths["/trainings/{training_id}/cancel"] = _cancel("trainings", "training_id")
    info = {"title": "Cog", "version": COG_VERSION}
    return {"components": {"schemas": schemas | enums}, "info": info, "openapi": "3.0.2", "paths": paths}


def of_folder(folder: Path) -> Json:
    """The document of the model in `folder`, from its run.py and, if there is one, its train.py."""
    runner = load(folder, "run").Runner
    train = load(folder, "train").train if (folder / "train.py").exists() else None
    # The decorator leaves no trace at run time: `cog build` reads it from the source, too.
    return document(runner.run, train, "@streaming" in (folder / "run.py").read_text())


def as_text(schema: Json) -> str:
    """The file's text: keys sorted, as Go writes them."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for model in sorted(sys.argv[1:] or (path.parent.name for path in MODELS.glob("*/run.py"))):
        (MODELS / model / "openapi_schema.json").write_text(as_text(of_folder(MODELS / model)))
