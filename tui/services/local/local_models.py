"""The models of this machine that were used, and the servers that are attached: opened, listed, ended together."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tui.services.local.cog_server import address_of
from tui.services.local.known_models import KnownModels
from tui.services.local.local_model import LocalModel
from tui.services.tasks import Tasks

if TYPE_CHECKING:
    from tui.services.local.webhook_relay import WebhookRelay


class LocalModels:
    """Owns every process that it starts: `aclose` ends them all."""

    def __init__(self, file: Path, ended: Callable[[LocalModel], None]) -> None:
        """`file` keeps the places; `ended` is called with a model whose run has ended."""
        self.models: dict[str, LocalModel] = {}
        """By their place, the one used last first."""
        self._known = KnownModels(file)
        self._listeners: list[Callable[[LocalModel], None]] = []
        self._ended = ended
        self._tasks = Tasks("local models")
        self.relay: WebhookRelay | None = None
        """Where webhooks of the runs go; None while none are delivered."""

    def subscribe(self, told: Callable[[LocalModel], None]) -> Callable[[], None]:
        """Have `told` called after each change of a model. Returns what ends that."""
        self._listeners.append(told)

        def unsubscribe() -> None:
            if told in self._listeners:
                self._listeners.remove(told)

        return unsubscribe

    @property
    def at_work(self) -> int:
        """How many of them run something, or are being set up, in a process that ends with this one."""
        return sum(1 for one in self.models.values() if one.running and one.state != "ready")

    async def relay_to(self, relay: WebhookRelay | None) -> None:
        """Deliver the webhooks of what runs from now on there; to None: nowhere."""
        before, self.relay = self.relay, relay
        for model in self.models.values():
            model.relayed_to = relay.url if relay is not None else ""
            self._tell(model)
        if before is not None:
            await before.aclose()

    def _tell(self, model: LocalModel) -> None:
        if self.relay is not None and model.shown is not None:
            self.relay.see(model.shown)
        for told in tuple(self._listeners):
            told(model)

    async def load(self) -> None:
        """The models that were used before. Their sources are read; servers are asked when they are opened."""
        for place in await asyncio.to_thread(self._known.read):
            self.models.setdefault(place, self._made(place))
        for model in list(self.models.values()):
            if model.address is None:
                await model.read()

    def _made(self, place: str) -> LocalModel:
        model = LocalModel(place, self._tell)
        model.relayed_to = self.relay.url if self.relay is not None else ""
        return model

    async def open(self, word: str) -> LocalModel:
        """The model of a folder, or of a server by its URL or HOST:PORT; it is remembered. Raises OSError."""
        place = address_of(word) or await asyncio.to_thread(_folder, word)
        model = self.models.get(place) or self._made(place)
        self.models = {place: model, **{key: one for key, one in self.models.items() if key != place}}
        await asyncio.to_thread(self._known.add, place)
        await model.read()
        return model

    async def forget(self, model: LocalModel) -> None:
        """Take it off the list, and end its process. Its files stay. Raises OSError."""
        self.models.pop(model.place, None)
        await model.aclose()
        await asyncio.to_thread(self._known.remove, model.place)

    # ---- what goes on though the screen is left

    def begin_start(self, model: LocalModel) -> None:
        """Set the model up in the background."""

        async def start() -> None:
            await model.start()

        self._tasks.start(start(), f"start {model.name}")

    def begin_run(
        self, model: LocalModel, given: Mapping[str, object], shown: Mapping[str, object], *, train: bool = False
    ) -> None:
        """Run the model in the background, or train it; `shown` is the input without its secrets."""

        model.begin(shown, train=train)

        async def run() -> None:
            await model.predict(given)
            self._ended(model)

        self._tasks.start(run(), f"run {model.name}")

    async def aclose(self) -> None:
        """End every run and every process."""
        await self._tasks.aclose()
        if self.relay is not None:
            await self.relay.aclose()
        await asyncio.gather(*(model.aclose() for model in self.models.values()), return_exceptions=True)


def _folder(word: str) -> str:
    """The folder that was typed. Findings name it by its real path."""
    return str(Path(os.path.expanduser(word)).resolve())  # noqa: PTH111 (of no such user the name stands for itself)
