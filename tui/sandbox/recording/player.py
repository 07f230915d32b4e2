"""Answers from a tape: each request gets what the same request got, in the same order."""

from starlette.requests import Request
from starlette.responses import Response

from tui.sandbox.context import origin_of
from tui.sandbox.problems import Problem
from tui.sandbox.recording.neutral import as_here, from_here
from tui.sandbox.recording.secrets import Secrets
from tui.sandbox.recording.tape import Tape, key_of, shown_body


class Player:
    """Plays one tape. What was never recorded is left to the sandbox, or refused where that is `strict`."""

    def __init__(self, tape: Tape, *, strict: bool) -> None:
        self._tape = tape
        self._strict = strict
        self._secrets = Secrets()

    async def answer(self, request: Request) -> Response | None:
        """The recorded answer; None for what the sandbox shall answer."""
        origin = origin_of(request)
        path, query = str(request.scope["path"]), self._secrets.hide(f"?{request.url.query}")[1:]
        # Kept by the request, for the sandbox to read it once more.
        body = await request.body()
        known = self._secrets.hide(from_here(shown_body(body, request.headers.get("content-type", "")), origin))
        found = self._tape.answer(key_of(request.method, path, query, known))
        if found is None:
            if self._strict:
                raise Problem(404, f"Not recorded: {request.method} {path}", "Not recorded")
            return None
        headers = {name: as_here(value, origin) for name, value in found.headers.items()}
        try:
            content = as_here(found.body.decode(), origin).encode()
        except UnicodeDecodeError:
            content = found.body
        return Response(content, found.status, headers=headers)
