"""A folder of exchanges: a JSON file each, in order, and the bytes of files by their hash."""

import contextlib
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

from tui.sandbox.jsons import Obj, as_int, as_obj, as_str, dumps, loads

_KEPT_HEADERS = ("content-type", "location", "preference-applied", "retry-after", "content-disposition")
_BOUNDARY = re.compile(r"boundary=\"?([^\";]+)")


class Answer(Struct, frozen=True):
    """What was answered. `body` has stand-ins for what was secret, and `<api>` and `<origin>` for addresses."""

    status: int
    headers: dict[str, str]
    body: bytes


def key_of(method: str, path: str, query: str, body: str) -> str:
    """What makes two requests the same: method, path, query in any order, and what was sent."""
    asked = urlencode(sorted(parse_qsl(query, keep_blank_values=True)))
    with contextlib.suppress(ValueError):
        body = json.dumps(loads(body), sort_keys=True) if body else body
    return f"{method} {path}?{asked} {hashlib.sha256(body.encode('utf-8', 'surrogatepass')).hexdigest()}"


class Tape:
    """The exchanges of one folder. Recording appends; replaying gives each request its answers in order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._answers: dict[str, list[Answer]] = defaultdict(list)
        self._next: dict[str, int] = {}
        self._count = 0

    def read(self) -> int:
        """Takes what the folder holds, and says how many exchanges that is. ValueError for what is none."""
        paths = sorted(self._folder.glob("[0-9]*.json"))
        for path in paths:
            try:
                entry = as_obj(loads(path.read_bytes()))
            except ValueError as error:
                raise ValueError(f"{path} is no recorded exchange: {error}") from None
            request, response = as_obj(entry.get("request")), as_obj(entry.get("response"))
            headers = {name: as_str(value) for name, value in as_obj(response.get("headers")).items()}
            body = as_str(response.get("body")).encode("utf-8", "surrogatepass")
            if (name := as_str(response.get("file"))) and re.fullmatch(r"[0-9a-f]{64}", name):
                body = (self._folder / "files" / name).read_bytes()
            self._answers[as_str(request.get("key"))].append(Answer(as_int(response.get("status")), headers, body))
        self._count = len(paths)
        return self._count

    def write(self, request: Obj, answer: Answer) -> None:
        """One more exchange, whole on disk when this returns."""
        self._count += 1
        response: Obj = {"status": answer.status, "headers": {**answer.headers}}
        try:
            response["body"] = answer.body.decode()
        except UnicodeDecodeError:
            name = hashlib.sha256(answer.body).hexdigest()
            (self._folder / "files").mkdir(parents=True, exist_ok=True)
            (self._folder / "files" / name).write_bytes(answer.body)
            response["file"] = name
        self._folder.mkdir(parents=True, exist_ok=True)
        entry: Obj = {"request": request, "response": response}
        path = self._folder / f"{self._count:05}.json"
        path.write_text(json.dumps(entry, indent=1, ensure_ascii=False) + "\n", "utf-8")

    def answer(self, key: str) -> Answer | None:
        """The next answer to this request, the last one again once there are no more; None if it never was asked."""
        answers = self._answers.get(key)
        if not answers:
            return None
        at = self._next.get(key, 0)
        self._next[key] = at + 1
        return answers[min(at, len(answers) - 1)]

    def rewind(self) -> None:
        """Every request gets its first answer again."""
        self._next.clear()


def kept_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers that clients act on."""
    return {name.lower(): value for name, value in headers if name.lower() in _KEPT_HEADERS}


def shown_body(body: bytes, content_type: str) -> str:
    """What was sent: a text, or size and hash. The boundary of a form, which is made by chance, is always the same."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is not None:
        body = body.replace(boundary[1].encode(), b"boundary")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return dumps({"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()})
