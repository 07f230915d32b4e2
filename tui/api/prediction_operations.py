"""Operations on predictions and trainings: the two things that are created, followed and canceled."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar, cast

import msgspec

from .clock import ServerClock
from .core import JSON_HEADERS, Repeat, Size, json_body
from .creation import Send, Sighting
from .decoding import decode
from .errors import InvalidInput, NotFound
from .operations import Operations
from .pages import Pages
from .types import Creation, Page, Prediction, Target, Training

P = TypeVar("P", bound=Prediction)


class PredictionOperations(Operations):
    """predictions.*, models.predictions.create, deployments.predictions.create, trainings.*"""

    def predictions(
        self,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        source: str | None = None,
    ) -> Pages[Prediction]:
        """The account's predictions, newest first, 100 to a page; items may lack input, output and logs.

        `created_after` is inclusive, `created_before` is not; `source` can be "web" alone, which reaches back
        14 days (docs/replicate.md, Pages and filters).
        """
        params = {"created_after": _time(created_after), "created_before": _time(created_before), "source": source}
        address = self._core.url("predictions")
        return Pages(self._core, Prediction, address, params=params, notice=self._creations.notice)

    async def prediction(self, prediction_id: str) -> Prediction:
        """One prediction with everything that is known of it."""
        return await self._one(Prediction, "GET", self._core.url("predictions", prediction_id))

    async def cancel_prediction(self, prediction_id: str) -> Prediction:
        """Stops a prediction; one that has ended stays as it is. Sent again when the answer is lost."""
        return await self._one(Prediction, "POST", self._core.url("predictions", prediction_id, "cancel"))

    async def create_prediction(
        self,
        target: Target,
        input: Mapping[str, object],
        *,
        wait: int | None = None,
        cancel_after: float | None = None,
        webhook: str | None = None,
        webhook_events_filter: Sequence[str] | None = None,
    ) -> Prediction:
        """Starts a prediction, once (see `creation`), at the endpoint that `target` needs.

        Source: docs/replicate.md, Schemas and forms.

        `wait` keeps the answer back for up to 1 to 60 seconds until there is output; `cancel_after` is in seconds,
        5 at least. Without a version, a community model runs its latest. Raises OutcomeUnknown, InvalidInput,
        PaymentRequired and the other ApiErrors.
        """
        headers = dict(JSON_HEADERS)
        if wait is not None:
            headers["Prefer"] = f"wait={min(max(wait, 1), 60)}"
        if cancel_after is not None:
            headers["Cancel-After"] = f"{max(1, round(cancel_after))}s"
        extra = _webhook(webhook, webhook_events_filter)
        try:
            return await self._create_prediction(target, input, headers, extra, wait)
        except NotFound:
            if target.version or target.deployment or target.official or not target.owner:
                raise
        # Only official models run without a version; the refusal says that nothing was created.
        latest = await self._latest_version(target)
        return await self._create_prediction(latest, input, headers, extra, wait)

    async def look_for(
        self, creation: Creation, since: datetime, until: datetime, *, sent: float | None = None
    ) -> Sighting:
        """What was created between two times of the server's clock and may be what `creation` asked for.

        Whether it is anybody else's is not known here. `sent` is the mark of the send, if this client sent it.
        Raises an ApiError.
        """
        if creation.kind == "training":
            return await self._creations.look(
                creation, since, until, self._trainings_since, self.training, sent=sent
            )  # fmt: skip
        return await self._creations.look(
            creation, since, until, self._predictions_since, self.prediction, sent=sent
        )  # fmt: skip

    @property
    def clock(self) -> ServerClock:
        """The server's clock, as far as answers have told it."""
        return self._core.clock

    async def learn_clock(self) -> None:
        """Asks for an answer that tells the server's clock, where none has told it lately. Raises an ApiError."""
        if not self._core.clock.known:
            await self._core.get_object(self._core.url("account"))

    def trainings(self) -> Pages[Training]:
        """The account's trainings, newest first, 100 to a page."""
        return Pages(self._core, Training, self._core.url("trainings"), notice=self._creations.notice)

    async def training(self, training_id: str) -> Training:
        """One training with everything that is known of it."""
        return await self._one(Training, "GET", self._core.url("trainings", training_id))

    async def cancel_training(self, training_id: str) -> Training:
        """Stops a training. Sent again when the answer is lost."""
        return await self._one(Training, "POST", self._core.url("trainings", training_id, "cancel"))

    async def create_training(
        self,
        target: Target,
        destination: str,
        input: Mapping[str, object],
        *,
        webhook: str | None = None,
        webhook_events_filter: Sequence[str] | None = None,
    ) -> Training:
        """Starts a training of `target`, once; its result becomes a version of `destination` ("owner/name").

        Without a version, the model's latest trains. Raises NotFound where the destination does not exist.
        """
        if not target.version:
            target = await self._latest_version(target)
        body = {"destination": destination, "input": dict(input), **_webhook(webhook, webhook_events_filter)}
        content = _body(body)
        address = self._core.url("models", target.owner, target.name, "versions", target.version or "", "trainings")
        creation = Creation(kind="training", target=target, input=_as_sent(content), destination=destination)
        send = self._sender(Training, address, content, JSON_HEADERS, None, "other")
        return await self._creations.create(creation, send)

    async def _create_prediction(
        self,
        target: Target,
        values: Mapping[str, object],
        headers: Mapping[str, str],
        extra: Mapping[str, object],
        wait: int | None,
    ) -> Prediction:
        body: dict[str, object] = {"input": dict(values), **extra}
        if target.runs_version:
            body["version"] = target.runs_version
        address = self._core.url(*target.path)
        content = _body(body)
        creation = Creation(target=target, input=_as_sent(content))
        read_seconds = None if wait is None else wait + self._core.timeout
        send = self._sender(Prediction, address, content, headers, read_seconds, "create")
        return await self._creations.create(creation, send)

    def _sender(
        self,
        kind: type[P],
        address: str,
        content: bytes,
        headers: Mapping[str, str],
        read_seconds: float | None,
        bucket: str,
    ) -> Send[P]:
        async def send(on_send: Callable[[], None]) -> P:
            answer = await self._core.request(
                "POST",
                address,
                repeat=Repeat.NEVER,
                body=lambda: content,
                headers=headers,
                read_seconds=read_seconds,
                bucket=bucket,
                on_send=on_send,
            )
            value = await self._core.object_of(answer)
            return await self._core.worked(len(answer.body), lambda: decode(kind, value))

        return send

    async def _latest_version(self, target: Target) -> Target:
        address = self._core.url("models", target.owner, target.name)
        value = await self._core.get_object(address)
        latest = value.get("latest_version")
        version = cast("dict[str, object]", latest).get("id") if isinstance(latest, dict) else None
        if not isinstance(version, str) or not version:
            raise InvalidInput(f"{target.ref} has no version that could run.")
        return msgspec.structs.replace(target, version=version)

    async def _one(self, kind: type[P], method: str, address: str) -> P:
        answer = await self._core.request(method, address, size=Size.RECORD)
        value = await self._core.object_of(answer)
        found = await self._core.worked(len(answer.body), lambda: decode(kind, value))
        self._creations.notice(found)
        return found

    def _predictions_since(self, moment: datetime) -> AsyncGenerator[Page[Prediction], None]:
        return self.predictions(created_after=moment).pages()

    def _trainings_since(self, moment: datetime) -> AsyncGenerator[Page[Training], None]:
        return self.trainings().pages()


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _webhook(address: str | None, events: Sequence[str] | None) -> dict[str, object]:
    fields: dict[str, object] = {}
    if address:
        fields["webhook"] = address
        if events is not None:
            fields["webhook_events_filter"] = list(events)
    return fields


def _body(value: object) -> bytes:
    """`value` as JSON. Raises InvalidInput for what JSON cannot hold."""
    try:
        return json_body(value)()
    except (ValueError, TypeError, RecursionError) as error:
        problem = str(error)
    raise InvalidInput(f"The input cannot be written as JSON: {problem}")


def _as_sent(content: bytes) -> dict[str, object]:
    """The input as the body has it: a copy that no caller can change."""
    body: dict[str, dict[str, object]] = json.loads(content)
    return body["input"]
