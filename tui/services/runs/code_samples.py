"""The same request as code to copy: Python, Node, cURL and this command line.

The token is the environment's, never a value; a secret input is a variable to be set; a local file is opened or
uploaded by the code itself. Every text is quoted by the language's own rules, so that no input breaks out of it.
"""

from __future__ import annotations

import json
import re
import secrets
import shlex
from collections.abc import Callable, Mapping
from typing import cast

from tui.api.secret_marks import is_mark
from tui.api.text import to_json
from tui.api.types import Target
from tui.forms import FileInput
from tui.forms.delivery import NONE, Delivery, duration_words

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_API = "https://api.replicate.com/v1"
_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ud800-\udfff]")


def writer(
    target: Target, input: Mapping[str, object], destination: str = "", delivery: Delivery = NONE
) -> Callable[[str], str]:
    """What writes the request in a language: python, node, curl or cli."""
    languages = {"python": as_python, "node": as_node, "curl": as_curl, "cli": as_cli}
    return lambda language: languages[language](target, input, destination=destination, delivery=delivery)


def as_python(target: Target, input: Mapping[str, object], destination: str = "", delivery: Delivery = NONE) -> str:
    """A program for the official Python client (`pip install replicate`).

    With a `destination` ("owner/name") it is a training, here and below.
    """
    values = _literal(dict(input), _PYTHON, 1, ())
    lines = ["import os", ""] if _has_secrets(input) else []
    lines += ["import replicate", ""]
    lines += ["# The token is read from REPLICATE_API_TOKEN."]
    client = "replicate"
    if (deadline := _deadline(delivery)) is not None:
        client = "client"
        lines += [_OWN_CLIENT.format("#"), f"client = replicate.Client(headers={{'Cancel-After': {deadline!r}}})"]
    told = [f"{name}={_literal(value, _PYTHON, 1, ())}" for name, value in _webhook(delivery).items()]
    more = "".join(f", {one}" for one in told)
    if destination:
        lines += [
            f"training = {client}.trainings.create(",
            f"    version={str(target)!r},",
            f"    destination={destination!r},",
            f"    input={values},",
            *(f"    {one}," for one in told),
            ")",
            "print(training.id)",
        ]
    elif target.deployment:
        lines += [
            f"deployment = {client}.deployments.get({target.ref!r})",
            f"prediction = deployment.predictions.create(input={values}{more})",
            "prediction.wait()",
            "print(prediction.output)",
        ]
    elif not target.owner:
        # `replicate.run` wants the model's name too.
        lines += [
            f"prediction = {client}.predictions.create(version={str(target)!r}, input={values}{more})",
            "prediction.wait()",
            "print(prediction.output)",
        ]
    else:
        lines += [
            f"output = {client}.run(",
            f"    {str(target)!r},",
            f"    input={values},",
            *(f"    {one}," for one in told),
            ")",
            "print(output)",
        ]
    return "\n".join(lines) + "\n"


def as_node(target: Target, input: Mapping[str, object], destination: str = "", delivery: Delivery = NONE) -> str:
    """A program for the official Node client (`npm install replicate`)."""
    values = _literal(dict(input), _NODE, 1, ())
    lines = ['import { readFile } from "node:fs/promises";'] if _has_files(input) else []
    lines += ['import Replicate from "replicate";', ""]
    lines += ["// The token is read from REPLICATE_API_TOKEN.", *_node_client(delivery), ""]
    told = [f"  {name}: {_literal(value, _NODE, 1, ())}," for name, value in _webhook(delivery).items()]
    if destination:
        lines += [
            f"const training = await replicate.trainings.create({to_json(target.owner)}, {to_json(target.name)}, "
            f"{to_json(target.version or '')}, {{",
            f"  destination: {to_json(destination)},",
            f"  input: {values},",
            *told,
            "});",
            "console.log(training.id);",
        ]
    elif target.deployment:
        lines += [
            f"const prediction = await replicate.deployments.predictions.create({to_json(target.owner)}, "
            f"{to_json(target.name)}, {{",
            f"  input: {values},",
            *told,
            "});",
            "console.log((await replicate.wait(prediction)).output);",
        ]
    elif not target.owner:
        lines += [
            "const prediction = await replicate.predictions.create({",
            f"  version: {to_json(str(target))},",
            f"  input: {values},",
            *told,
            "});",
            "console.log((await replicate.wait(prediction)).output);",
        ]
    else:
        lines += [
            f"const output = await replicate.run({to_json(str(target))}, {{",
            f"  input: {values},",
            *told,
            "});",
            "console.log(output);",
        ]
    return "\n".join(lines) + "\n"


def as_curl(
    target: Target,
    input: Mapping[str, object],
    base_url: str = _API,
    *,
    destination: str = "",
    delivery: Delivery = NONE,
) -> str:
    """A shell script with cURL; local files are uploaded first (it needs jq then)."""
    lines: list[str] = []
    names: dict[str, str] = {}
    # Unguessable, so that no input can name a variable.
    mark = secrets.token_hex(8)

    def shown(value: object, path: tuple[str, ...]) -> object:
        if isinstance(value, FileInput) and value.kind == "path":
            name = names.setdefault(str(value), f"FILE_{len(names) + 1}")
            return f"{mark}{name}{mark}"
        if is_mark(value) and isinstance(value, str):
            return f"{mark}{_variable(path)}{mark}"
        if isinstance(value, Mapping):
            return {key: shown(item, (*path, key)) for key, item in cast("Mapping[str, object]", value).items()}
        if isinstance(value, list | tuple):
            return [shown(item, path) for item in cast("list[object]", value)]
        return str(value) if isinstance(value, str) else value

    body: dict[str, object] = {"input": shown(dict(input), ()), **_webhook(delivery)}
    if destination:
        address = f"{base_url}/models/{target.ref}/versions/{target.version or ''}/trainings"
        body = {"destination": destination, **body}
    else:
        address = "/".join([base_url, *target.path])
        if target.runs_version:
            body = {"version": target.runs_version, **body}
    for path, name in names.items():
        part = "content=@" + json.dumps(path, ensure_ascii=False)
        lines += [
            f'{name}="$(curl -sf -H "Authorization: Bearer $REPLICATE_API_TOKEN" '
            f'-F {_sh(part)} {_sh(base_url + "/files")} | jq -r .urls.get)"'
        ]
    lines += [
        f"curl -s -X POST {_sh(address)} \\",
        '  -H "Authorization: Bearer $REPLICATE_API_TOKEN" \\',
        '  -H "Content-Type: application/json" \\',
        *([f'  -H "Cancel-After: {deadline}" \\'] if (deadline := _deadline(delivery)) is not None else []),
        f"  --data-raw {_sh_with_variables(to_json(body, indent=2), mark)}",
    ]
    return "\n".join(lines) + "\n"


def as_cli(target: Target, input: Mapping[str, object], destination: str = "", delivery: Delivery = NONE) -> str:
    """This program's own command line."""
    parts = ["replicate-tui run", _sh(str(target)) + (" --deployment" if target.deployment else "")]
    if destination:
        parts = ["replicate-tui trainings create", _sh(str(target)), f"--destination {_sh(destination)}"]
    for name, value in input.items():
        if value is None:
            continue
        if isinstance(value, FileInput) and value.kind == "path":
            words = _sh(f"{name}=@{value}")
        elif isinstance(value, str) and is_mark(value):
            words = f'{_sh(f"{name}=")}"${_variable((name,))}"'
        elif isinstance(value, str):
            words = _sh(f"{name}={value}")
        else:
            words = _sh(f"{name}={to_json(_plain(value))}")
        parts.append(f"-i {words}")
    if delivery.webhook:
        parts += [f"--webhook {_sh(delivery.webhook)}", *(f"--webhook-event {event}" for event in delivery.events)]
    if (deadline := _deadline(delivery)) is not None:
        parts.append(f"--cancel-after {deadline}")
    return " \\\n  ".join(parts) + "\n" if len(parts) > 3 else " ".join(parts) + "\n"


# ---- what is delivered

_OWN_CLIENT = "{} The client has no argument for Cancel-After: the header goes with each of its requests."


def _webhook(delivery: Delivery) -> dict[str, object]:
    """The fields of a request that say what is told to whom."""
    if delivery.webhook is None:
        return {}
    events: dict[str, object] = {"webhook_events_filter": list(delivery.events)} if delivery.events else {}
    return {"webhook": delivery.webhook, **events}


def _deadline(delivery: Delivery) -> str | None:
    """The header's value."""
    return duration_words(delivery.cancel_after) if delivery.cancel_after is not None else None


def _node_client(delivery: Delivery) -> list[str]:
    deadline = _deadline(delivery)
    if deadline is None:
        return ["const replicate = new Replicate();"]
    headers = f'{{ ...options.headers, "Cancel-After": {to_json(deadline)} }}'
    return [
        _OWN_CLIENT.format("//"),
        "const replicate = new Replicate({",
        f"  fetch: (url, options) => fetch(url, {{ ...options, headers: {headers} }}),",
        "});",
    ]


# ---- values in a language


class _Language:
    """How a language writes what JSON has."""

    def __init__(
        self,
        words: Mapping[object, str],
        text: Callable[[str], str],
        file: Callable[[str], str],
        variable: Callable[[str], str],
        key: Callable[[str], str],
        indent: str,
    ) -> None:
        self.words = words
        self.text = text
        self.file = file
        self.variable = variable
        self.key = key
        self.indent = indent


def _node_key(key: str) -> str:
    return key if _NAME.fullmatch(key) else to_json(key)


_PYTHON = _Language(
    {True: "True", False: "False", None: "None"},
    repr,
    lambda path: f'open({path!r}, "rb")',
    lambda name: f'os.environ["{name}"]',
    repr,
    "    ",
)
_NODE = _Language(
    {True: "true", False: "false", None: "null"},
    to_json,
    lambda path: f"await readFile({to_json(path)})",
    lambda name: f"process.env.{name}",
    _node_key,
    "  ",
)


def _literal(value: object, language: _Language, depth: int, path: tuple[str, ...]) -> str:
    inner, outer = language.indent * (depth + 1), language.indent * depth
    if value is None or isinstance(value, bool):
        return language.words[value]
    if isinstance(value, int | float):
        return repr(value) if value == value and abs(value) != float("inf") else language.words[None]
    if isinstance(value, FileInput) and value.kind == "path":
        return language.file(str(value))
    if isinstance(value, str):
        return language.variable(_variable(path)) if is_mark(value) else language.text(str(value))
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value)
        if not items:
            return "{}"
        parts = [
            f"{inner}{language.key(str(key))}: {_literal(item, language, depth + 1, (*path, str(key)))},"
            for key, item in items.items()
        ]
        return "\n".join(["{", *parts, f"{outer}}}"])
    if isinstance(value, list | tuple):
        found = [_literal(item, language, depth + 1, path) for item in cast("list[object]", value)]
        short = "[" + ", ".join(found) + "]"
        if len(short) < 80 and "\n" not in short:
            return short
        return "\n".join(["[", *(f"{inner}{item}," for item in found), f"{outer}]"])
    return language.text(str(value))


def _variable(path: tuple[str, ...]) -> str:
    """The environment variable that a secret input is read from."""
    return re.sub(r"[^A-Z0-9_]", "_", "_".join(path).upper()).lstrip("0123456789") or "SECRET"


def _has_secrets(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_has_secrets(item) for item in cast("Mapping[str, object]", value).values())
    if isinstance(value, list | tuple):
        return any(_has_secrets(item) for item in cast("list[object]", value))
    return isinstance(value, str) and is_mark(value)


def _has_files(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_has_files(item) for item in cast("Mapping[str, object]", value).values())
    if isinstance(value, list | tuple):
        return any(_has_files(item) for item in cast("list[object]", value))
    return isinstance(value, FileInput) and value.kind == "path"


def _plain(value: object) -> object:
    """A value with its local files as `@PATH`."""
    if isinstance(value, FileInput):
        return f"@{value}" if value.kind == "path" else str(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast("list[object]", value)]
    return value


# ---- the shell


def _sh(text: str) -> str:
    """One shell word. What a terminal would obey is written as $'…' escapes."""
    if not _UNSAFE.search(text):
        return shlex.quote(text)
    body = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return "$'" + _UNSAFE.sub(lambda found: _escape(found[0]), body) + "'"


def _escape(letter: str) -> str:
    code = ord(letter)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"


def _sh_with_variables(text: str, mark: str) -> str:
    """A shell word in which what stands between two marks is a variable."""
    words = [
        f'"${piece}"' if index % 2 else shlex.quote(piece) for index, piece in enumerate(text.split(mark)) if piece
    ]
    return "".join(words)
