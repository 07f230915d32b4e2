"""Passes requests on to the real API, and keeps what it answers. The real token goes to that host and no other."""

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tui.sandbox.context import origin_of, read_body
from tui.sandbox.jsons import Obj
from tui.sandbox.problems import Problem, not_found
from tui.sandbox.recording.neutral import ELSEWHERE, as_here, as_there, from_here, is_known_host, neutral
from tui.sandbox.recording.secrets import Secrets
from tui.sandbox.recording.tape import Answer, Tape, kept_headers, key_of, shown_body

if TYPE_CHECKING:
    import httpx

_PASSED_ON = ("accept", "content-type", "prefer", "cancel-after", "range")
_TEXTS = ("json", "text/")
_SAFE = "/:@!$&'()*+,;=~"


class Recorder:
    """In front of the real API at `upstream`, an origin. `token` is the real one."""

    def __init__(self, tape: Tape, upstream: str, token: str, own_token: str) -> None:
        self._tape = tape
        self._upstream = upstream
        self._token = token
        self._own_token = own_token
        self._secrets = Secrets(token, own_token)
        self._client: httpx.AsyncClient | None = None

    async def answer(self, request: Request) -> Response | None:
        """What the real API answers, as it is kept."""
        import httpx

        self._client = self._client or httpx.AsyncClient(timeout=httpx.Timeout(30, read=None), trust_env=True)
        origin = origin_of(request)
        body = await read_body(request)
        try:
            answer = await self._client.send(self._passed_on(request, origin, body), stream=True)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Problem(502, f"{self._upstream} cannot be asked: {type(error).__name__}", "Bad gateway") from None
        asked = self._asked(request, origin, body)
        headers = kept_headers((name, self._hidden(value)) for name, value in answer.headers.items())
        shown = {name: as_here(value, origin) for name, value in headers.items()}
        if "event-stream" in answer.headers.get("content-type", ""):
            stream = self._follow(answer, asked, headers, origin)
            return StreamingResponse(stream, answer.status_code, headers=shown)
        try:
            content = await answer.aread()
        except httpx.HTTPError as error:
            raise Problem(502, f"{self._upstream} broke off: {type(error).__name__}", "Bad gateway") from None
        finally:
            await answer.aclose()
        if any(kind in answer.headers.get("content-type", "") for kind in _TEXTS):
            text = content.decode("utf-8", "replace")
            if asked["operation"] == "GET /v1/account":
                self._secrets.learn_account(text)
            content = self._hidden(text).encode()
        await asyncio.to_thread(self._tape.write, asked, Answer(answer.status_code, headers, content))
        return Response(_here(content, origin), answer.status_code, headers=shown)

    async def close(self) -> None:
        """Lets go of the real API."""
        if self._client is not None:
            await self._client.aclose()

    def _passed_on(self, request: Request, origin: str, body: bytes) -> "httpx.Request":
        assert self._client is not None
        path, query = quote(str(request.scope["path"]), safe=_SAFE), request.url.query
        headers = {name: value for name in _PASSED_ON if (value := request.headers.get(name)) is not None}
        if path.startswith(ELSEWHERE):
            host, _, rest = path.removeprefix(ELSEWHERE).partition("/")
            if not is_known_host(host):
                raise not_found()
            place = f"https://{host}/{rest}"
        else:
            place = f"{self._upstream}{path}"
            # Streams and files need no token here, and get none there.
            if request.headers.get("authorization", "").partition(" ")[2].strip() == self._own_token:
                headers["Authorization"] = f"Bearer {self._token}"
        url = self._secrets.reveal(f"{place}?{query}" if query else place)
        try:
            content = self._secrets.reveal(as_there(from_here(body.decode(), origin), self._upstream)).encode()
        except UnicodeDecodeError:
            content = body
        return self._client.build_request(request.method, url, headers=headers, content=content)

    def _asked(self, request: Request, origin: str, body: bytes) -> Obj:
        """The request as the tape keeps it."""
        path, query = str(request.scope["path"]), self._secrets.hide(f"?{request.url.query}")[1:]
        known = self._secrets.hide(from_here(shown_body(body, request.headers.get("content-type", "")), origin))
        return {
            "operation": f"{request.method} {path}",
            "query": query,
            "body": known,
            "key": key_of(request.method, path, query, known),
        }

    def _hidden(self, text: str) -> str:
        return neutral(self._secrets.hide(text), self._upstream)

    async def _follow(
        self, answer: "httpx.Response", asked: Obj, headers: dict[str, str], origin: str
    ) -> AsyncGenerator[bytes]:
        """Events as they come; what came is kept at the end, whoever ended it."""
        kept, rest = bytearray(), b""
        try:
            async for piece in answer.aiter_bytes():
                whole, line, rest = (rest + piece).rpartition(b"\n")
                hidden = self._hidden((whole + line).decode("utf-8", "replace")).encode()
                kept += hidden
                yield _here(hidden, origin)
        finally:
            self._tape.write(asked, Answer(answer.status_code, headers, bytes(kept)))
            await answer.aclose()


def _here(content: bytes, origin: str) -> bytes:
    try:
        return as_here(content.decode(), origin).encode()
    except UnicodeDecodeError:
        return content
