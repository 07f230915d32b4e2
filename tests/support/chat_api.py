"""A scripted language model: each creation answers with a script of pieces, which its stream sends as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.fake_api import Api, Request, sse

STREAM = {
    "type": "array",
    "items": {"type": "string"},
    "x-cog-array-type": "iterator",
    "x-cog-array-display": "concatenate",
}
PROMPT: dict[str, Any] = {
    "prompt": {"type": "string", "x-order": 0},
    "system_prompt": {"type": "string", "x-order": 1, "default": "You are kind."},
    "max_tokens": {"type": "integer", "x-order": 2, "default": 100, "minimum": 1},
    "temperature": {"type": "number", "x-order": 3, "default": 0.7},
    "image": {"type": "string", "format": "uri", "x-order": 4},
    "api_key": {"type": "string", "format": "password", "x-cog-secret": True, "x-order": 5},
}


def schema(
    properties: dict[str, Any], output: dict[str, Any] | None = None, required: tuple[str, ...] = ()
) -> dict[str, Any]:
    inputs = {"type": "object", "properties": properties, "required": list(required)}
    return {"components": {"schemas": {"Input": inputs, "Output": STREAM if output is None else output}}}


@dataclass
class Talk:
    """One prediction of the model: `pieces` come one by one, and `wait` may hold them back."""

    record: dict[str, Any]
    pieces: list[str]
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    said: int = 0
    cuts: list[int] = field(default_factory=list)


class Model:
    """ "acme/words", official, which answers with `pieces` or with what `answer` makes of an input."""

    def __init__(self, api: Api, inputs: dict[str, Any] | None = None) -> None:
        self.api = api
        self.talks: list[Talk] = []
        self.answer: Callable[[dict[str, Any]], list[str]] = lambda given: ["Hello", ",", " you."]
        self.silent = False
        """Whether new streams wait before their first piece, while the prediction is "starting"."""
        self.held = False
        """Whether new streams wait after their first piece until their gate is opened."""
        self.metrics: dict[str, Any] = {"predict_time": 0.5, "input_token_count": 7, "output_token_count": 3}
        self.publish("acme/words", inputs or PROMPT)
        api.on["POST", "/v1/models/acme/words/predictions"] = self.create

    def publish(self, ref: str, properties: dict[str, Any], **options: Any) -> None:
        owner, name = ref.split("/")
        version = {"id": "hidden", "openapi_schema": schema(properties, **options)}
        self.api.models[ref] = {"owner": owner, "name": name, "is_official": True, "latest_version": version}
        self.api.on["POST", f"/v1/models/{ref}/predictions"] = self.create

    async def create(self, request: Request) -> None:
        record = self.api.create(request)
        record["model"] = request.path.removeprefix("/v1/models/").removesuffix("/predictions")
        record["version"] = "hidden"
        talk = Talk(record, self.answer(record["input"]))
        if not (self.held or self.silent):
            talk.gate.set()
        self.talks.append(talk)
        number = len(self.talks)
        record["urls"]["stream"] = f"{self.api.origin}/stream/{number}"
        record["urls"]["cancel"] = f"{self.api.base_url}/predictions/{record['id']}/cancel"
        self.api.on["GET", f"/stream/{number}"] = lambda asked: self.stream(asked, talk)
        self.api.on["POST", f"/v1/predictions/{record['id']}/cancel"] = lambda asked: self.cancel(asked, talk)
        request.answer(record, 201)

    async def cancel(self, request: Request, talk: Talk) -> None:
        if talk.record["status"] not in ("succeeded", "failed"):
            talk.record.update(status="canceled", completed_at=talk.record["created_at"], logs="x")
        talk.gate.set()
        request.answer(talk.record)

    async def stream(self, request: Request, talk: Talk) -> None:
        last = request.headers.get("last-event-id")
        start = int(last.split(":")[1]) + 1 if last else 0
        cut = talk.cuts.pop(0) if talk.cuts else None
        request.head(kind="text/event-stream; charset=utf-8")
        if self.silent:
            await talk.gate.wait()
        for number, piece in enumerate(talk.pieces[start:], start):
            if talk.record["status"] == "canceled":
                break
            if cut is not None and number - start >= cut:
                request.drop()
                return
            talk.said = max(talk.said, number + 1)
            # Another listener may have heard the end already: a prediction never goes back to what it was.
            if talk.record["status"] in ("starting", "processing"):
                talk.record.update(status="processing", output=talk.pieces[: talk.said])
            request.writer.write(sse(piece, f"17:{number}"))
            await request.writer.drain()
            if not talk.gate.is_set():
                await talk.gate.wait()
        if talk.record["status"] != "canceled":
            talk.record.update(
                status="succeeded",
                output=talk.pieces,
                completed_at=talk.record["created_at"],
                logs="x",
                metrics=self.metrics,
            )
        request.writer.write(sse("{}", "17:9999999", "done"))

    @property
    def inputs(self) -> list[dict[str, Any]]:
        return [talk.record["input"] for talk in self.talks]
