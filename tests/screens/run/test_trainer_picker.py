"""The choice of what to train: what is trainable first, then what the name finds, and a name that no list has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from tests.services.conftest import Seen
from tests.services.runs.test_trainings import kept_by
from tests.support.fake_api import Api, Request
from tests.support.screen import screen_text, until
from tui.screens.run.trainer_picker import pick_trainer
from tui.toolkit.workers import work
from tui.widgets.picker import PickerInput

ASKS = "not known to be trainable: enter asks"


class Choosing(App[None]):
    """Asks for a trainer at once, and keeps what was chosen."""

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self._seen = seen
        self.chosen: list[str | None] = []
        self.failures: list[str] = []

    def on_mount(self) -> None:
        work(self, "Choosing", "choosing", self._choose)

    def failed(self, what: str, error: BaseException) -> None:
        """As the console is told of what failed in a worker."""
        self.failures.append(f"{what}: {error}")

    def notify(self, message: str, **_: Any) -> None:
        """What a toast would say."""
        self.failures.append(message)

    async def _choose(self) -> None:
        self.chosen.append(await pick_trainer(self, self._seen.services))


class Person:
    """Presses keys, and reads what the dialog shows."""

    def __init__(self, app: Choosing, pilot: Pilot[Any]) -> None:
        self.app, self._pilot = app, pilot

    async def sees(self, words: str) -> None:
        await until(self._pilot, lambda: words in " ".join(screen_text(self.app).split()), seconds=20.0)

    async def hears(self, words: str) -> None:
        await until(self._pilot, lambda: any(words in said for said in self.app.failures), seconds=20.0)

    async def press(self, *keys: str) -> None:
        await self._pilot.press(*keys)

    async def has_chosen(self) -> str | None:
        await until(self._pilot, lambda: self.app.chosen, seconds=20.0)
        return self.app.chosen[0]

    def row_of(self, words: str) -> str:
        return next(line for line in screen_text(self.app).splitlines() if words in line)


@asynccontextmanager
async def choosing(seen: Seen) -> AsyncIterator[Person]:
    app = Choosing(seen)
    async with app.run_test(size=(120, 30), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.focused, PickerInput), seconds=20.0)
        yield Person(app, pilot)


@pytest.fixture
def models(api: Api) -> Api:
    """A trainer and a model that is none; Replicate's search finds both."""
    kept_by(api)

    async def search(request: Request) -> None:
        text = request.body.decode()
        found = [model for ref, model in api.models.items() if text in ref]
        request.answer({"results": [{**one, "latest_version": None} for one in found], "next": None})

    api.on["QUERY", "/v1/models"] = search
    return api


async def test_what_is_known_to_be_trainable_is_offered_and_enter_takes_it(seen: Seen, models: Api) -> None:
    await seen.services.catalogue.model("acme/words")
    await seen.services.catalogue.model("acme/plain")
    async with choosing(seen) as person:
        await person.sees("Train which model?")
        await person.sees("acme/words")
        assert "acme/plain" not in screen_text(person.app)
        await person.press("enter")
        assert await person.has_chosen() == "acme/words"


async def test_a_model_that_only_replicate_knows_is_found_below_the_trainers(seen: Seen, models: Api) -> None:
    async with choosing(seen) as person:
        await person.press(*"acme")
        await person.sees(f"acme/words {ASKS}")
        assert ASKS in person.row_of("acme/plain")
        # A filter takes the way to other models from nobody.
        assert "another model, by its name…" in screen_text(person.app)


async def test_one_that_cannot_be_trained_says_why_and_the_choice_goes_on(seen: Seen, models: Api) -> None:
    async with choosing(seen) as person:
        await person.press(*"plain")
        await person.sees(f"acme/plain {ASKS}")
        await person.press("enter")
        await person.sees("Train which model?")
        await person.hears("acme/plain cannot be trained: its version has no train()")
        assert person.app.chosen == []
        await person.press("escape")
        assert await person.has_chosen() is None


async def test_a_name_that_no_list_has_is_taken_as_it_is_typed(seen: Seen, models: Api) -> None:
    models.on.pop(("QUERY", "/v1/models"))
    async with choosing(seen) as person:
        await person.press(*"acme/words")
        await person.sees("acme/words as typed")
        await person.press("enter")
        assert await person.has_chosen() == "acme/words"
    # The search failed, which is told and takes nothing away.
    assert person.app.failures


async def test_a_name_is_asked_for_until_it_is_a_trainers(seen: Seen, models: Api) -> None:
    async with choosing(seen) as person:
        await person.press(*"xyz")
        await person.sees("another model, by its name…")
        await person.press("enter")
        await person.sees("OWNER/NAME, or its address at replicate.com.")
        await person.press("ctrl+u", *"acme/plain", "enter")
        await person.sees("acme/plain cannot be trained")
        await person.press("ctrl+u", *"https://replicate.com/acme/words", "enter")
        assert await person.has_chosen() == "acme/words"


async def test_to_give_up_the_name_gives_up_the_choice(seen: Seen, models: Api) -> None:
    async with choosing(seen) as person:
        await person.press(*"xyz")
        await person.sees("another model, by its name…")
        await person.press("enter")
        await person.sees("OWNER/NAME, or its address at replicate.com.")
        await person.press("escape")
        assert await person.has_chosen() is None
