"""The OpenAPI document of a model, as `cog build` writes it beside the code."""

from __future__ import annotations

from typing import Any

from tui.cog.annotations import Obj, title
from tui.cog.signatures import Signature

COG_VERSION = "0.23.1"
"""The version of Cog whose documents these are."""
_STATUSES = ["starting", "processing", "succeeded", "canceled", "failed"]


def document(predict: Signature, train: Signature | None, *, streams: bool) -> Obj:
    """The whole document: the model's own parts, and those that are the same in all of them."""
    schemas: Obj = {**_errors(), "Status": _enumeration("Status", _STATUSES), **_job(predict, "", "Prediction")}
    create = _create("predict", "predictions", "Prediction")
    paths: Obj = {
        "/": _get("root__get", "Root"),
        "/health-check": _get("healthcheck_health_check_get", "Healthcheck"),
        "/predictions": {"post": create | ({"x-cog-streaming": True} if streams else {})},
        "/predictions/{prediction_id}/cancel": _cancel("prediction"),
    }
    if train is not None:
        schemas |= _job(train, "Training", "Training")
        paths["/trainings"] = {"post": _create("train", "trainings", "Training")}
        paths["/trainings/{training_id}/cancel"] = _cancel("training")
    info = {"title": "Cog", "version": COG_VERSION}
    return {"components": {"schemas": schemas}, "info": info, "openapi": "3.0.2", "paths": paths}


def _job(signature: Signature, prefix: str, kind: str) -> Obj:
    """The parts of predictions, or of trainings."""
    taken: Obj = {"properties": signature.inputs, "title": f"{prefix}Input", "type": "object"}
    if signature.required:
        taken["required"] = signature.required
    return {
        f"{prefix}Input": taken,
        f"{prefix}Output": signature.output,
        f"{kind}Request": _request(f"{kind}Request", f"{prefix}Input"),
        f"{kind}Response": _response(f"{kind}Response", f"{prefix}Input", f"{prefix}Output"),
        **signature.enums,
    }


def _reference(name: str) -> Obj:
    return {"$ref": f"#/components/schemas/{name}"}


def _enumeration(name: str, values: list[Any]) -> Obj:
    return {"description": "An enumeration.", "enum": values, "title": name, "type": "string"}


def _text(name: str) -> Obj:
    return {"title": title(name), "type": "string"}


def _request(name: str, of: str) -> Obj:
    return {"properties": {"id": _text("id"), "input": _reference(of)}, "title": name, "type": "object"}


def _response(name: str, of: str, output: str) -> Obj:
    properties: Obj = {word: _text(word) for word in ("error", "id", "logs", "status", "version")}
    for moment in ("completed_at", "created_at", "started_at"):
        properties[moment] = _text(moment) | {"format": "date-time"}
    properties |= {"input": _reference(of), "output": _reference(output)}
    properties["metrics"] = {"title": "Metrics", "type": "object"}
    return {"properties": properties, "title": name, "type": "object"}


def _errors() -> Obj:
    place = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    return {
        "HTTPValidationError": {
            "properties": {
                "detail": {"items": _reference("ValidationError"), "title": "Detail", "type": "array"},
            },
            "title": "HTTPValidationError",
            "type": "object",
        },
        "ValidationError": {
            "properties": {
                "loc": {"items": place, "title": "Location", "type": "array"},
                "msg": {"title": "Message", "type": "string"},
                "type": {"title": "Error Type", "type": "string"},
            },
            "required": ["loc", "msg", "type"],
            "title": "ValidationError",
            "type": "object",
        },
    }


def _answer(schema: Obj, description: str = "Successful Response") -> Obj:
    return {"content": {"application/json": {"schema": schema}}, "description": description}


def _answers(schema: Obj) -> Obj:
    return {"200": _answer(schema), "422": _answer(_reference("HTTPValidationError"), "Validation Error")}


def _get(operation: str, summary: str) -> Obj:
    return {"get": {"operationId": operation, "responses": {"200": _answer({})}, "summary": summary}}


def _create(verb: str, noun: str, kind: str) -> Obj:
    return {
        "description": f"Run a single {kind.lower()} on the model",
        "operationId": f"{verb}_{noun}_post",
        "requestBody": {"content": {"application/json": {"schema": _reference(f"{kind}Request")}}},
        "responses": _answers(_reference(f"{kind}Response")),
        "summary": title(verb),
    }


def _cancel(noun: str) -> Obj:
    name = f"{noun}_id"
    return {
        "post": {
            "operationId": f"cancel_{noun}s__{name}__cancel_post",
            "parameters": [{"in": "path", "name": name, "required": True, "schema": _text(name)}],
            "responses": _answers({}),
            "summary": "Cancel",
        }
    }
