"""The commands that ask the API and print: models, predictions, account and the like, and cancel."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable

from tui.api.client import Client
from tui.api.errors import ApiError
from tui.api.types import Answer, Prediction, Target
from tui.cli import EXIT_DONE, EXIT_USAGE
from tui.cli.endings import exit_code
from tui.cli.grammar import Call
from tui.cli.speak import Speaker
from tui.connection import Connection
from tui.wording import mark


async def look(call: Call, connection: Connection, speaker: Speaker, *, as_json: bool) -> int:
    """Do one command; returns its exit code. Raises ApiError."""
    async with Client(connection.base_url, connection.token) as client:
        client.on_wait = lambda seconds, reason: speaker.status(f"{reason}: waiting {seconds:.0f} s")
        asker = _Asker(call, client, speaker, as_json)
        commands: dict[str, Callable[[], Awaitable[int]]] = {
            "models": asker.models,
            "model": asker.model,
            "predictions": asker.predictions,
            "collections": asker.collections,
            "search": asker.search,
            "account": asker.account,
            "hardware": asker.hardware,
            "cancel": asker.cancel,
        }
        try:
            return await commands[call.command]()
        except BadWord as error:
            speaker.error(str(error))
            return EXIT_USAGE


class BadWord(ValueError):
    """A word of the command line that cannot be what it should be; the text is for the user."""


class _Asker:
    """One method for each command, named as the command."""

    def __init__(self, call: Call, client: Client, speaker: Speaker, as_json: bool) -> None:
        self._call = call
        self._client = client
        self._speaker = speaker
        self._as_json = as_json

    async def models(self) -> int:
        query = " ".join(self._call.words)
        pages = self._client.search_models(query) if query else self._client.models()
        return await self._list(pages)

    async def model(self) -> int:
        target = parse_target(self._call.words[0])
        if target.version:
            return self._one(await self._client.version(target.owner, target.name, target.version))
        return self._one(await self._client.model(target.owner, target.name))

    async def predictions(self) -> int:
        if self._call.words:
            return self._one(await self._client.prediction(prediction_id(self._call.words[0])))
        return await self._list(self._client.predictions())

    async def collections(self) -> int:
        if self._call.words:
            return self._one(await self._client.collection(self._call.words[0]))
        return await self._list(self._client.collections())

    async def search(self) -> int:
        limit = min(50, max(1, self._call.limit or 50))
        return self._one(await self._client.search(" ".join(self._call.words), limit=limit))

    async def account(self) -> int:
        account = await self._client.account()
        if self._as_json:
            return self._one(account)
        name = f" ({account.name})" if account.name else ""
        self._speaker.line(f"{account.username}{name}, {account.type or 'of an unknown kind'}")
        if account.github_url:
            self._speaker.line(account.github_url)
        return EXIT_DONE

    async def hardware(self) -> int:
        hardware = await self._client.hardware()
        if self._as_json:
            return self._all(hardware)
        width = max((len(item.sku) for item in hardware), default=0)
        for item in hardware:
            self._speaker.line(f"{item.sku:<{min(width, 40)}}  {item.name}")
        return EXIT_DONE

    async def cancel(self) -> int:
        """One after the other; a failure of one does not spare the rest. The first failure is the exit code."""
        code = EXIT_DONE
        ids = [prediction_id(word) for word in self._call.words]
        done: list[Prediction] = []
        for id_ in dict.fromkeys(ids):
            try:
                prediction = await self._client.cancel_prediction(id_)
            except ApiError as error:
                self._speaker.error(f"{id_}: {error}")
                code = code or exit_code(error)
                continue
            done.append(prediction)
            if not self._as_json:
                self._speaker.line(f"{id_}  {_what_became(prediction)}")
        if self._as_json:
            self._all(done)
        return code

    # ---- printing

    def _one(self, answer: Answer) -> int:
        self._speaker.object(answer.raw)
        return EXIT_DONE

    def _all(self, answers: Iterable[Answer]) -> int:
        array = self._speaker.array()
        for answer in answers:
            array.add(answer.raw)
        array.end()
        return EXIT_DONE

    async def _list(self, answers: AsyncIterable[Answer]) -> int:
        limit, count = self._call.limit, 0
        array = self._speaker.array()
        async for answer in answers:
            array.add(answer.raw)
            count += 1
            if count == limit:
                break
        array.end()
        return EXIT_DONE


def parse_target(text: str) -> Target:
    """What OWNER/NAME[:VERSION] names. Raises BadWord."""
    try:
        return Target.parse(text)
    except ValueError as error:
        raise BadWord(str(error)) from None


def prediction_id(text: str) -> str:
    """The id in an id or in a replicate.com address. Raises BadWord."""
    id_ = text.strip()
    if id_.startswith(("https://", "http://")):
        id_ = id_.rstrip("/").rsplit("/", 1)[-1]
    if not id_ or len(id_) > 100 or not id_.replace("-", "").replace("_", "").isalnum() or not id_.isascii():
        raise BadWord(f"{text[:80]!r} is not the id of a prediction: it has letters and digits only.")
    return id_


def _what_became(prediction: Prediction) -> str:
    if prediction.status == "canceled":
        return "canceled"
    if prediction.is_terminal:
        return f"had ended before: {prediction.status}"
    return f"is being canceled (still {mark(prediction.status).word})"
