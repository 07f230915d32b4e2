"""Asks one running Cog server: its health, its predictions by event stream or by webhook, their cancellation.

Source: docs/replicate.md, Cog's runtime.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Literal

from tui.sandbox.cogwire import HookFollower, Update, read_events, refusal
from tui.sandbox.jsons import Json, Obj, as_obj, dumps, loads

if TYPE_CHECKING:
    import httpx

Mode = Literal["predict", "train"]
_BUSY_TRIES = 400
_BUSY_WAIT = 0.025


class CogError(Exception):
    """Cog's runtime could not do it; the text is for the prediction's `error`."""


class CogClient:
    """What is asked of one server. `hook_url` gives the address that its webhooks of a prediction go to."""

    def __init__(
        self,
        base_url: str,
        mode: Mode,
        *,
        streams: bool,
        yields: bool,
        hook_url: Callable[[str], str] | None,
        headers: dict[str, str] | None = None,
    ) -> None:
        import httpx

        # To this machine it is plain http: loading the certificates would cost 60 ms for nothing.
        self._client = httpx.AsyncClient(
            base_url=base_url,
            timeout=httpx.Timeout(10, read=None),
            trust_env=False,
            verify=not base_url.startswith("http://"),
            headers=headers,
        )
        self._mode: Mode = mode
        self._streams = streams and mode == "predict"
        self._yields = yields and mode == "predict"
        self._hook_url = hook_url
        self._hooks: dict[str, asyncio.Queue[Obj]] = {}
        self._ended = False
        self.sick = False
        """Whether it did not answer, or lost a prediction: it can be given no other one."""

    async def health(self) -> Obj:
        """What it says of itself; empty where it does not answer."""
        return as_obj(await self.look("/health-check"))

    async def look(self, path: str) -> Json:
        """The JSON at a path; None where it does not answer with any."""
        import httpx

        try:
            answer = await self._client.get(path, timeout=5)
            return loads(answer.content) if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError):
            return None

    async def predict(self, job_id: str, given: Obj) -> AsyncGenerator[Update]:
        """What Cog tells of one prediction or training, to its end. CogError when the server dies of it."""
        if self._streams:
            updates = self._by_stream(job_id, given)
        elif self._hook_url is not None:
            updates = self._by_hooks(job_id, given, self._hook_url(job_id))
        else:
            updates = self._by_waiting(job_id, given)
        async with contextlib.aclosing(updates):
            async for update in updates:
                if update.kind == "completed" and (update.error or "").startswith("Worker crashed"):
                    self.sick = True
                yield update
        if self._ended:
            self.sick = True

    def _place(self, job_id: str) -> str:
        return f"/{'trainings' if self._mode == 'train' else 'predictions'}/{job_id}"

    async def _by_stream(self, job_id: str, given: Obj) -> AsyncGenerator[Update]:
        import httpx

        headers = {"Accept": "text/event-stream", "Content-Type": "application/json"}
        body = dumps({"input": given})
        for _ in range(_BUSY_TRIES):
            try:
                async with self._client.stream("PUT", self._place(job_id), headers=headers, content=body) as answer:
                    if answer.status_code in {409, 503} and not self._over:
                        await asyncio.sleep(_BUSY_WAIT)
                        continue
                    if answer.status_code != 200:
                        yield refusal(answer.status_code, await answer.aread())
                        return
                    async for update in read_events(answer.aiter_lines()):
                        yield update
                        if update.kind == "completed":
                            return
            except httpx.HTTPError as error:
                self.sick = True
                raise CogError(_death(error)) from None
            self.sick = True
            raise CogError("Model process ended before the prediction did")
        raise CogError("E6716 Model was busy for too long")

    async def _by_hooks(self, job_id: str, given: Obj, hook: str) -> AsyncGenerator[Update]:
        import httpx

        queue: asyncio.Queue[Obj] = asyncio.Queue()
        self._hooks[job_id] = queue
        headers = {"Prefer": "respond-async", "Content-Type": "application/json"}
        try:
            answer = await self._put_when_free(job_id, headers, dumps({"input": given, "webhook": hook}))
            if answer.status_code != 202:
                yield refusal(answer.status_code, answer.content)
                return
            follower = HookFollower(iterates=self._yields)
            while True:
                for update in follower.read(await self._next_hook(queue)):
                    yield update
                    if update.kind == "completed":
                        return
        except httpx.HTTPError as error:
            self.sick = True
            raise CogError(_death(error)) from None
        finally:
            del self._hooks[job_id]

    async def _by_waiting(self, job_id: str, given: Obj) -> AsyncGenerator[Update]:
        """All at once, at the end: the server cannot stream this, and no webhook of it leads here."""
        import httpx

        yield Update("start")
        try:
            answer = await self._put_when_free(job_id, {"Content-Type": "application/json"}, dumps({"input": given}))
        except httpx.HTTPError as error:
            self.sick = True
            raise CogError(_death(error)) from None
        if answer.status_code != 200:
            yield refusal(answer.status_code, answer.content)
            return
        for update in HookFollower(iterates=self._yields).read(as_obj(loads(answer.content)))[1:]:
            yield update

    @property
    def _over(self) -> bool:
        return self._ended or self.sick

    async def _put_when_free(self, job_id: str, headers: dict[str, str], body: str) -> "httpx.Response":
        """Cog frees its slot a moment after its last answer; until then it says 409."""
        for _ in range(_BUSY_TRIES):
            answer = await self._client.put(self._place(job_id), headers=headers, content=body)
            if answer.status_code not in {409, 503} or self._over:
                return answer
            await asyncio.sleep(_BUSY_WAIT)
        raise CogError("E6716 Model was busy for too long")

    async def _next_hook(self, queue: asyncio.Queue[Obj]) -> Obj:
        """The next delivery; Cog's own health is looked at meanwhile, since a last webhook can get lost."""
        while True:
            try:
                async with asyncio.timeout(5):
                    body = await queue.get()
            except TimeoutError:
                health = (await self.health()).get("status")
                if health in {"UNHEALTHY", "DEFUNCT"} and queue.empty():
                    self.sick = True
                    raise CogError("Model process crashed") from None
                continue
            if not body:
                self.sick = True
                raise CogError("Model process ended before the prediction did")
            return body

    def hook(self, job_id: str, body: Obj) -> bool:
        """Takes a webhook that Cog sent; False when it is not about a prediction of this server."""
        queue = self._hooks.get(job_id)
        if queue is not None and body:
            queue.put_nowait(body)
        return queue is not None

    def end(self) -> None:
        """The server is known to be dead: nothing more comes."""
        self._ended = True
        for queue in self._hooks.values():
            queue.put_nowait({})

    async def cancel(self, job_id: str) -> None:
        """Asks the model to stop. Whether it does is seen at the end of `predict`."""
        import httpx

        with contextlib.suppress(httpx.HTTPError):
            await self._client.post(f"{self._place(job_id)}/cancel", timeout=5)

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._client.aclose()


def _death(error: Exception) -> str:
    return f"Model process ended before the prediction did ({type(error).__name__})"
