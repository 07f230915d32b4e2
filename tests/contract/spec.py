"""Replicate's own openapi.json: its operations, what each takes, and whether an answer is one that it describes."""

import json
import re
from dataclasses import dataclass
from typing import Any

import httpx
import jsonschema
import pytest

from tests.support.paths import REPLICATE

FILE = REPLICATE / "openapi.json"
MARKS = [
    pytest.mark.recorded,
    pytest.mark.skipif(not FILE.is_file(), reason="../shared/replicate is absent"),
]
FORMATS = jsonschema.FormatChecker([])
UNAUTHENTICATED = {
    "title": "Unauthenticated",
    "detail": "You did not pass a valid authentication token",
    "status": 401,
}
CREATIONS = frozenset({"predictions.create", "models.predictions.create", "deployments.predictions.create"})
# What Replicate answers with no Authorization header: the download has a signature of its own.
OPEN = frozenset({"files.download"})


@FORMATS.checks("date-time")
def is_moment(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z", value) is not None


@FORMATS.checks("uri")
def is_address(value: object) -> bool:
    return not isinstance(value, str) or re.fullmatch(r"https?://[^\s/]+(/\S*)?", value) is not None


def plain(schema: Any) -> Any:
    """The schema in JSON Schema's words: the spec says 3.1 but writes `nullable`, which is not among them."""
    if isinstance(schema, list):
        return [plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: plain(value) for key, value in schema.items() if key != "nullable"}
    # A string, or the string "hidden": one that is both would not hold as oneOf.
    if "oneOf" in made:
        made["anyOf"] = made.pop("oneOf")
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


@dataclass(frozen=True)
class Parameter:
    """One parameter; `place` is path, query or header."""

    name: str
    place: str
    required: bool
    schema: dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One operation; `body` is the schema of what it takes as `content_type`, with no `$ref` left at the top."""

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    content_type: str | None
    body: dict[str, Any] | None
    responses: dict[int, dict[str, Any]]

    @property
    def path_names(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    def address(self, *parts: str) -> str:
        """The path with its parameters filled in, in order. They are to be quoted already."""
        assert len(parts) == len(self.path_names), (self.id, parts)
        left = iter(parts)
        return re.sub(r"\{\w+\}", lambda _: next(left), self.path)


class Spec:
    """The 37 operations, by id."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.components: dict[str, Any] = plain(document["components"])
        # The spec requires the output of a young prediction too; none of the recorded ones had it.
        self.components["schemas"]["schemas_prediction_response"]["required"].remove("output")
        self.operations = {
            item["operationId"]: self._operation(method.upper(), path, item)
            for path, methods in document["paths"].items()
            for method, item in methods.items()
            if isinstance(item, dict) and "operationId" in item
        }

    def _operation(self, method: str, path: str, item: dict[str, Any]) -> Operation:
        parameters = tuple(
            Parameter(found["name"], found["in"], found.get("required", False), found["schema"])
            for found in (self.resolved(parameter) for parameter in item.get("parameters", []))
        )
        content = item.get("requestBody", {}).get("content", {})
        kind = next(iter(content), None)
        body = self.resolved(plain(content[kind]["schema"])) if kind else None
        responses = {int(status): response for status, response in item["responses"].items()}
        return Operation(item["operationId"], method, path, parameters, kind, body, responses)

    def resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        """The part with a `$ref` at its top followed."""
        while "$ref" in part:
            found: Any = {"components": self.components}
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def fits(self, value: object, schema: dict[str, Any]) -> bool:
        """Whether a value is what a schema of the spec describes."""
        return jsonschema.Draft202012Validator({**schema, "components": self.components}).is_valid(value)

    def check(self, operation: Operation, answer: httpx.Response) -> None:
        """Fails unless the answer's status, headers and body are those that the spec describes, or a problem."""
        told = (operation.id, str(answer.request.url), answer.status_code, answer.text[:500])
        described = operation.responses.get(answer.status_code)
        if answer.status_code >= 400 and (described is None or "application/json" not in described.get("content", {})):
            self._check_refusal(described, answer, told)
        else:
            assert described is not None, told
            self._check_content(described, answer, told)
        self._check_headers(operation, answer, told)

    def _check_refusal(self, described: dict[str, Any] | None, answer: httpx.Response, told: object) -> None:
        assert answer.status_code < 500, told
        if described is not None and "content" not in described and answer.content == b"":
            return  # models.readme.get: a 404 that is empty
        check_problem(answer)

    def _check_content(self, described: dict[str, Any], answer: httpx.Response, told: object) -> None:
        content = described.get("content")
        if not content:
            assert answer.content == b"", told
            return
        kind = answer.headers["content-type"].partition(";")[0]
        if "application/octet-stream" in content:
            assert kind, told  # the file's own type
            return
        assert kind in content, told
        if "json" in kind:
            schema = {**plain(content[kind]["schema"]), "components": self.components}
            jsonschema.Draft202012Validator(schema, format_checker=FORMATS).validate(answer.json())

    def _check_headers(self, operation: Operation, answer: httpx.Response, told: object) -> None:
        headers = answer.headers
        if answer.status_code not in {401, 405, 421} and operation.id not in OPEN:
            # Recorded with every answer that had a token.
            assert re.fullmatch(r"\d+", headers["ratelimit-remaining"]), told
            assert int(headers["ratelimit-reset"]) >= 1, told
        if answer.status_code == 204:
            assert "content-type" not in headers, told
        if operation.id in CREATIONS and answer.status_code < 300:
            assert headers["location"] == answer.json()["urls"]["get"], told
            wish = answer.request.headers.get("prefer", "").startswith("wait")  # RFC 7240: others are passed over
            assert headers.get("preference-applied", "").partition("=")[0] == ("wait" if wish else ""), told
            assert answer.status_code == 201 or wish, told
        if operation.id == "trainings.create" and answer.status_code < 300:
            assert headers["location"] == answer.json()["urls"]["get"], told
        if answer.status_code == 429:
            assert headers["retry-after"] == str(answer.json()["retry_after"]), told


def check_problem(answer: httpx.Response) -> dict[str, Any]:
    """The problem body of a refusal, which says what is wrong and repeats its status.

    Source: docs/replicate.md, Rate limits and errors.
    """
    told = (answer.request.method, str(answer.request.url), answer.status_code, answer.text[:500])
    assert 400 <= answer.status_code < 500, told
    assert answer.headers["content-type"] == "application/problem+json", told
    body = answer.json()
    assert body["status"] == answer.status_code, told
    assert isinstance(body["detail"], str) and body["detail"].strip(), told
    assert isinstance(body.get("title", "t"), str), told
    for field in body.get("invalid_fields", []):
        assert {"type", "field", "description"} == set(field), told
        assert all(isinstance(text, str) for text in field.values()), told
    for error in body.get("errors", []):
        assert error["pointer"].startswith("/") and error["detail"], told
    return body


def load() -> Spec:
    return Spec(json.loads(FILE.read_text()))
