"""Whatever is sent, the sandbox answers with what it means and never with a 500."""

import json
import random
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.conftest import version_of
from tui.sandbox.filewalk import file_values
from tui.sandbox.multipart import boundary_of, parse
from tui.sandbox.routes.table import OPERATIONS
from tui.sandbox.validation import faults

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = ["sandbox", "talker", "copier", "none", "..", "%2e%2e", "%00", "a" * 300, "%F0%9F%92%A9", "x;y", "[/]", "%1b"]
WORDS = [
    "",
    "1",
    "-1",
    "x",
    "9" * 40,
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "cD0x",
    "\u202e",
    "web",
    "%",
    "[]",
    "0" * 9,
]
FIELDS = (
    *("version", "input", "webhook", "webhook_events_filter", "stream", "owner", "name", "visibility", "hardware"),
    *("description", "model", "destination", "min_instances", "max_instances", "readme", "content"),
)
PARAMETERS = (
    *("query", "limit", "cursor", "created_after", "created_before", "source", "sort_by", "sort_direction"),
    *("owner", "expiry", "signature"),
)


def any_request(pick: random.Random, api: httpx.Client, version: str) -> httpx.Request:
    """A request for one of the operations, about half of its parts malformed."""
    operation = pick.choice([o for o in OPERATIONS if o.path.startswith("/v1") and o.id != "stream"])
    path = operation.path.removeprefix("/v1")
    while "{" in path:
        start, end = path.index("{"), path.index("}")
        path = path[:start] + pick.choice([*NAMES, version]) + path[end + 1 :]
    values: list[Any] = [
        None,
        0,
        -1,
        2**70,
        1.5,
        "",
        "x",
        [],
        {},
        [None],
        {"a": {}},
        True,
        version,
        "sandbox/talker",
        "\ud800",
    ]
    body = {field: pick.choice(values) for field in pick.sample(FIELDS, pick.randint(0, 5))}
    if pick.random() < 0.5:
        body = {"version": version, "input": {"text": pick.choice(values), "count": pick.choice(values)}, **body}
    content = json.dumps(body).encode() if pick.random() < 0.9 else pick.randbytes(40)
    query = {name: pick.choice(WORDS) for name in pick.sample(PARAMETERS, pick.randint(0, 3))}
    headers = {name: pick.choice([*WORDS[:5], "wait=x"]) for name in pick.sample(["Prefer", "Cancel-After"], 1)}
    if pick.random() < 0.1:
        headers["Content-Type"] = "multipart/form-data; boundary=x"
    return api.build_request(operation.method, path, params=query, content=content, headers=headers)


def storm(api: httpx.Client, count: int, seed: int) -> None:
    pick, version = random.Random(seed), version_of(api, "talker")
    for _ in range(count):
        request = any_request(pick, api, version)
        answer = api.send(request)
        described = (request.method, str(request.url), request.content[:300], answer.status_code, answer.text[:300])
        assert answer.status_code < 500, described
        if answer.status_code == 429:
            continue
        if answer.status_code >= 400 and answer.headers.get("content-type") == "application/problem+json":
            assert answer.json()["status"] == answer.status_code, described
        for prediction in [answer.json()] if answer.status_code == 201 and "input" in answer.text else []:
            if "cancel" in prediction.get("urls", {}):
                api.post(prediction["urls"]["cancel"])


def test_no_request_of_hundreds_gets_a_500(api: httpx.Client) -> None:
    storm(api, 500, 1)


def test_half_a_character_is_refused_since_no_model_can_read_it(api: httpx.Client) -> None:
    for body in (b'{"version": "a/\\ud800", "input": {}}', b'{"version": "a", "input": {"x": ["\\uDfff"]}}'):
        answer = api.post("/predictions", content=body)
        assert (answer.status_code, answer.json()["title"]) == (400, "Bad request")
    paired = {"version": version_of(api, "talker"), "input": {"text": "\U0001f600"}}
    assert api.post("/predictions", content=json.dumps(paired)).status_code == 201


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(10))
def test_no_request_of_thousands_gets_a_500(api: httpx.Client, seed: int) -> None:
    storm(api, 500, 100 + seed)


@given(VALUES, VALUES)
def test_no_value_and_no_schema_break_the_validator(value: Any, schema: Any) -> None:
    for fault in faults(value, schema, {}, "input"):
        assert all(isinstance(part, str) for part in fault)


@given(VALUES, VALUES)
def test_no_value_and_no_schema_break_the_search_for_files(value: Any, schema: Any) -> None:
    part = schema if isinstance(schema, dict) else {}
    assert all(isinstance(text, str) for _, text in file_values(value, part, part, "input"))


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=8))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_form_is_read_or_refused(body: bytes, boundary: bytes) -> None:
    try:
        parts = parse(body, boundary)
    except ValueError:
        return
    assert all(bytes(part.content) in body for part in parts)


@given(st.binary(max_size=300))
def test_a_file_comes_out_of_a_form_as_it_went_in(content: bytes) -> None:
    boundary = boundary_of('multipart/form-data; boundary="b-o=1"; charset=x')
    assert boundary == b"b-o=1"
    head = b'--b-o=1\r\nContent-Disposition: form-data; name="content"; filename="a \\"b\\".txt"\r\n\r\n'
    if b"\r\n--b-o=1" in content:
        return
    (part,) = parse(head + content + b"\r\n--b-o=1--\r\n", boundary)
    assert (part.name, part.filename, bytes(part.content)) == ("content", 'a "b".txt', content)
