"""Requests made from the spec: some as it wants them, some broken on purpose, some noise.

A request names what is there by a mark such as `{version}`, which becomes an id when it is sent: so a request that
fails prints, and is made again, the same in every run.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from hypothesis import strategies as st

from tests.contract.spec import Operation, Parameter, Spec

Draw = st.DrawFn
HOSTILE = [
    *("", "..", "%", "%zz", "%00", "%ff%fe", "%2e%2e%2f", "a" * 3000, "[/]", "%1b%5d0;x%07", "%E2%80%AE", ";", "?"),
    *("sandbox", "talker", "null", "-1", "0", "1e999", "true", "{}", "%F0%9F%92%A9", "a:b", "*"),
]
TEXTS = st.text(max_size=30) | st.sampled_from(
    ["\x00", "\x1b]52;c;x\x07", "[/]", "\u202e", "\U0001f4a9" * 50, "x" * 9000]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([2**63, -(2**64), 10**400, 1e308, -0.0])
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NOISE = st.binary(max_size=60) | st.sampled_from(
    [b"", b"null", b"[]", b'"x"', b"[" * 100_000, b'{"a":' * 500, b'{"input": NaN}', b"\xff\xfe{\x00}\x00", b"{}{}"]
)

# What a parameter or a field may well be called, so that a fair share of requests finds something.
KNOWN: dict[str, list[str]] = {
    "collection_slug": ["{collection}"],
    "deployment_owner": ["sandbox"],
    "deployment_name": ["standing", "one", "two"],
    "model_owner": ["sandbox"],
    "model_name": [*["talker"] * 4, "copier", "pupil", "one", "two"],
    "version_id": [*["{version}"] * 4, "{copier}", "{trained}"],
    "prediction_id": ["{prediction}", "{example}", "{training}"],
    "training_id": ["{training}", "{prediction}"],
    "file_id": ["{file}"],
    "version": ["{version}", "{version}", "{copier}", "{trained}", "sandbox/talker", "sandbox/talker:{version}"],
    "model": ["sandbox/talker", "sandbox/talker", "sandbox/copier"],
    "owner": ["sandbox"],
    "name": ["one", "two", "a-b.c_d"],
    "hardware": ["cpu", "gpu-t4"],
    "destination": ["sandbox/pupil", "sandbox/pupil", "sandbox/one"],
    # A port that nobody listens on: nothing generated may reach another machine.
    "webhook": ["http://127.0.0.1:9/hook", ""],
    "github_url": ["https://example.invalid/x", ""],
    "license_url": ["https://example.invalid/x"],
    "paper_url": ["https://example.invalid/x"],
    "weights_url": ["https://example.invalid/x"],
    "cover_image_url": ["https://example.invalid/x.png"],
}
MOSTLY = st.sampled_from([True, True, False])
FINE: dict[str, list[str]] = {
    "query": ["talker", "image"],
    "limit": ["1", "50"],
    "sort_by": ["model_created_at", "latest_version_created_at"],
    "sort_direction": ["asc", "desc"],
    "source": ["web"],
    "cursor": ["cD0xMDAw"],
    "created_after": ["2024-01-01T00:00:00Z"],
    "created_before": ["2099-06-01T00:00:00.123456789+02:00"],
    "owner": ["sandbox"],
    "expiry": ["9999999999"],
    "signature": ["{signature}"],
    "Prefer": ["wait=1", "respond-async"],
    "Cancel-After": ["30s", "5m"],
}
QUERY: dict[str, list[str]] = {
    "query": ["talker", "image", "says words", "", " ", "\x00", "x" * 5000, "*", "("],
    "limit": ["1", "20", "50", "0", "51", "-1", "x", "1.5", "", "9" * 50, "٣", " 1"],
    "sort_by": ["model_created_at", "latest_version_created_at", "", "name"],
    "sort_direction": ["asc", "desc", "", "up", "ASC"],
    "source": ["web", "", "api", "WEB"],
    "cursor": ["", "x", "cD0x", "cj0xJnA9MQ==", "%", "cD0tMQ==", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5"],
    "owner": ["sandbox", "you", ""],
    "expiry": ["0", "9999999999", "x", "-1", "9" * 60],
    "signature": ["", "AAAA", "%%%"],
}
MOMENTS = st.sampled_from(
    [
        *("2024-01-01T00:00:00Z", "2026-06-01T00:00:00.123456789+02:00", "0001-01-01T00:00:00+23:59"),
        *(
            "9999-12-31T23:59:59Z",
            "",
            "x",
            "2024-13-01T00:00:00Z",
            "9" * 99,
            "٢٠٢٤-01-01T00:00:00Z",
            "2024-01-01T00:00:00.",
        ),
    ]
) | st.datetimes().map(datetime.isoformat)
HEADERS: dict[str, list[str]] = {
    "Prefer": ["wait=1", "wait=0", "wait=61", "wait=x", "respond-async", "wait=1.5", "", ",,=,", "wait=-5"],
    "Cancel-After": ["30s", "5m", "1h30m45s", "90", "4s", "0", "", "soon", "-5s", "9" * 40, "1.5", "1s 2"],
}
INPUTS: dict[str, list[Any]] = {
    "text": ["a b", "", "x " * 300, "\x1b[31m", None, 3],
    "kind": ["say", "say", "fail", [], "{file}"],
    "pause": [0, 0.001, -1, "0", 1e308],
    "count": [1, 10, 0, 11, 1.0, 1.5, "1", None, 10**400],
    "size": ["s", "m", "l", None],
    "file": [
        "data:text/plain,x",
        "{file_url}",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://127.0.0.1:1/",
        "data:x",
        7,
    ],
    "others": [[], ["data:,x"], ["data:,x", 3], "data:,x"],
    "data": ["data:text/plain,words", "http://169.254.169.254/", "{file_url}", {}],
    "note": ["", "n"],
    "strange": [1],
}


@dataclass(frozen=True)
class Generated:
    """A request with its marks. `broken` says why the spec does not allow it; empty when it does."""

    operation: str
    parts: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    content: bytes | None
    broken: tuple[str, ...] = field(compare=False)

    @property
    def astray(self) -> bool:
        """Whether a part of the path leads to another path, as nothing, a slash or a question mark do."""
        return any(part in {"", ".", ".."} or "/" in unquote(part) or "?" in part for part in self.parts)


@st.composite
def any_requests(draw: Draw, spec: Spec, ids: list[str]) -> Generated:
    """A request for one of the operations."""
    operation = spec.operations[draw(st.sampled_from(ids))]
    part = _known_part if draw(MOSTLY) else _part
    parts = tuple(draw(part(name)) for name in operation.path_names)
    value_of = _fine_value if draw(st.booleans()) else _value
    broken: list[str] = []
    query: list[tuple[str, str]] = []
    headers: list[tuple[str, str]] = []
    given = [parameter for parameter in operation.parameters if parameter.place != "path"]
    if operation.id.endswith(".list"):
        given.append(Parameter("cursor", "query", False, {"type": "string"}))
    for parameter in given:
        if not draw(st.booleans()) and not (parameter.required and draw(st.booleans())):
            if parameter.required:
                broken.append(f"no {parameter.name}")
            continue
        value = draw(value_of(parameter))
        if _is_broken(spec, parameter, value):
            broken.append(f"{parameter.name} is {value[:50]!r}")
        (query if parameter.place == "query" else headers).append((parameter.name, value))
    content = draw(_content(spec, operation, headers, broken))
    return Generated(operation.id, parts, tuple(query), tuple(headers), content, tuple(broken))


def _known_part(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(KNOWN[name])


def _part(name: str) -> st.SearchStrategy[str]:
    return _known_part(name) | st.sampled_from(HOSTILE) | TEXTS.map(lambda text: quote(text, safe=""))


def _fine_value(parameter: Parameter) -> st.SearchStrategy[str]:
    return st.sampled_from(FINE[parameter.name])


def _value(parameter: Parameter) -> st.SearchStrategy[str]:
    if parameter.place == "header":
        return st.sampled_from(HEADERS[parameter.name])
    if parameter.schema.get("format") == "date-time":
        return MOMENTS
    return st.sampled_from(QUERY[parameter.name]) | st.sampled_from(QUERY[parameter.name]) | TEXTS


def _is_broken(spec: Spec, parameter: Parameter, value: str) -> bool:
    """Whether the spec forbids the value. A moment that only RFC 3339 forbids, as one without a zone, is let pass."""
    if parameter.name == "Prefer":
        return value.startswith("wait=") and not re.fullmatch(r"wait=([1-9]|[1-5][0-9]|60)", value)
    if parameter.name == "Cancel-After":
        return not re.fullmatch(r"\d+|(\d+[hms])+|1\.5", value) or value in {"0", "4s", "1.5", "9" * 40}
    if parameter.schema.get("type") == "integer":
        return not re.fullmatch(r"-?[0-9]+", value) or not spec.fits(int(value), parameter.schema)
    if parameter.schema.get("format") == "date-time":
        return not re.match(r"\d{4}-[01]\d-\d\d", value, re.ASCII)
    if parameter.name == "query":
        return not value.strip()
    return not spec.fits(value, parameter.schema)


@st.composite
def _content(
    draw: Draw, spec: Spec, operation: Operation, headers: list[tuple[str, str]], broken: list[str]
) -> bytes | None:
    if operation.body is None:
        return draw(st.none() | st.none() | NOISE)  # a body that nobody asked for changes nothing
    if operation.content_type == "text/plain":
        headers.append(("Content-Type", "text/plain"))
        return draw(TEXTS.map(str.encode) | NOISE)
    if operation.content_type == "multipart/form-data":
        return draw(_form(headers, broken))
    headers.append(("Content-Type", "application/json"))
    how = draw(st.sampled_from(["fine"] * 6 + ["changed"] * 3 + ["any", "noise"]))
    if how == "noise":
        noise = draw(NOISE)
        if not _is_body(spec, operation.body, noise):
            broken.append("noise")
        return noise
    body: Any = draw(JSON) if how == "any" else draw(_body(operation.body))
    if how == "changed":
        body = draw(_changed(body, operation.body))
    if not spec.fits(body, operation.body):
        broken.append("the body")
    return json.dumps(body).encode()


def _is_body(spec: Spec, schema: dict[str, Any], content: bytes) -> bool:
    """Whether noise is a body after all."""
    try:
        return spec.fits(json.loads(content.decode()), schema)
    except (ValueError, RecursionError):
        return False


@st.composite
def _body(draw: Draw, schema: dict[str, Any]) -> dict[str, Any]:
    """A body that fits, with most of its optional fields left out."""
    body: dict[str, Any] = {}
    known = draw(MOSTLY)
    for name, part in schema["properties"].items():
        if name in schema.get("required", []) or draw(st.sampled_from([True, False, False])):
            body[name] = draw(st.sampled_from(KNOWN[name]) if known and name in KNOWN else _field(name, part))
    return body


def _field(name: str, part: dict[str, Any]) -> st.SearchStrategy[Any]:
    if name == "input":
        odd = st.lists(st.sampled_from(sorted(INPUTS)), max_size=4, unique=True).flatmap(
            lambda names: st.fixed_dictionaries({name: st.sampled_from(INPUTS[name]) for name in names})
        )
        return st.sampled_from([{}, {"text": "a b"}, {"file": "{file_url}"}, *[{"data": "{file_url}"}] * 2]) | odd
    if "enum" in part:
        return st.sampled_from(part["enum"])
    match part["type"]:
        case "integer":
            # One process at most is kept warm by each: the machine has other work.
            return st.integers(part["minimum"], 1 if name == "min_instances" else part["maximum"])
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(_field("", part["items"]), max_size=4)
        case "string":
            known = KNOWN.get(name)
            return st.sampled_from(known) | st.sampled_from(known) | TEXTS.filter(_harmless) if known else TEXTS
        case _:
            return st.just({})


def _harmless(text: str) -> bool:
    return not text.startswith("http")


@st.composite
def _changed(draw: Draw, body: dict[str, Any], schema: dict[str, Any]) -> Any:
    """The body with one thing in it, or around it, changed."""
    name = draw(st.sampled_from(sorted(schema["properties"])))
    match draw(st.sampled_from(["drop", "replace", "replace", "add", "wrap"])):
        case "drop":
            return {key: value for key, value in body.items() if key != name}
        case "replace":
            return {**body, name: draw(JSON.filter(lambda value: not isinstance(value, str) or _harmless(value)))}
        case "add":
            return {**body, draw(st.text(max_size=8)): draw(JSON)}
        case _:
            return [body]


@st.composite
def _form(draw: Draw, headers: list[tuple[str, str]], broken: list[str]) -> bytes:
    """A multipart form, whole or not."""
    if draw(st.sampled_from([False] * 4 + [True])):
        headers.append(("Content-Type", draw(st.sampled_from(["text/plain", "multipart/form-data", "x", ""]))))
        broken.append("no form")
        return draw(NOISE)
    headers.append(("Content-Type", "multipart/form-data; boundary=b0undary"))
    pieces: list[bytes] = []

    def add(name: str, value: bytes, more: str = "") -> None:
        head = f'--b0undary\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
        pieces.append(head.encode() + value + b"\r\n")

    if draw(st.sampled_from([True] * 5 + [False])):
        filename = draw(st.sampled_from(["a.txt", "../../x", "é.png", '\\"', "a;b", ""]))
        add("content", draw(st.binary(max_size=50)), f'; filename="{filename}"')
    else:
        broken.append("no content")
    if draw(st.booleans()):
        metadata = draw(st.sampled_from([b"{}", b'{"a": [1, {"b": null}]}', b"[]", b"{", b"", b"\xff", b"null"]))
        if not metadata.startswith(b"{") or metadata == b"{":
            broken.append("the metadata")
        add("metadata", metadata)
    if draw(st.booleans()):
        name = draw(st.sampled_from(["n.txt", "n" * 255, "n" * 256, "\x1b[31m.png", "/etc/passwd"]))
        if len(name) > 255:
            broken.append("the filename")
        add("filename", name.encode())
    if draw(st.booleans()):
        add("type", draw(st.sampled_from(["text/plain", "image/png; x=y", "text", "\x00", "a/b\nX-Evil: 1"])).encode())
    if draw(st.sampled_from([True] * 9 + [False])):
        pieces.append(b"--b0undary--\r\n")
    else:
        broken.append("the end is missing")
    return b"".join(pieces)
