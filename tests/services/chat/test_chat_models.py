"""The model that a new account's first conversation begins with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.services.conftest import Seen
from tests.support.chat_api import Model
from tests.support.fake_api import Api, Request

PROMPT: dict[str, Any] = {"prompt": {"type": "string"}}
FILE: dict[str, Any] = {"type": "string", "format": "uri"}


@pytest.fixture
def models(api: Api) -> Model:
    made = Model(api)
    made.publish("acme/paint", PROMPT, output=FILE)
    made.publish("acme/eyes", {"image": FILE, "question": {"type": "string"}}, required=("image",))
    made.publish("acme/popular", PROMPT)
    return made


async def know(seen: Seen, *refs: str) -> None:
    for ref in refs:
        await seen.services.catalogue.model(ref)


async def ran(seen: Seen, api: Api, *refs: str) -> None:
    """Predictions of these models, the last of them the newest."""
    for age, ref in enumerate(reversed(refs)):
        api.put(f"p{age}", "succeeded", age=age, model=ref)
    await seen.services.watcher.refresh()


async def test_where_nothing_is_known_there_is_none(seen: Seen, models: Model) -> None:
    assert await seen.services.chat_models.to_begin_with() == ""


async def test_what_was_run_last_and_can_be_chatted_with_comes_first(seen: Seen, api: Api, models: Model) -> None:
    await know(seen, "acme/popular", "acme/words", "acme/paint", "acme/eyes")
    await ran(seen, api, "acme/popular", "acme/words", "acme/eyes", "acme/paint")
    assert await seen.services.chat_models.to_begin_with() == "acme/words"


async def test_else_the_official_language_model_that_runs_most(seen: Seen, api: Api, models: Model) -> None:
    async def collection(request: Request) -> None:
        found = [
            {**api.models[ref], "is_official": official, "run_count": count, "latest_version": None}
            for ref, official, count in (("acme/popular", False, 9), ("acme/words", True, 5), ("acme/eyes", True, 1))
        ]
        request.answer({"slug": "language-models", "name": "", "description": "", "models": found})

    api.on["GET", "/v1/collections/language-models"] = collection
    assert await seen.services.chat_models.to_begin_with() == "acme/words"
    assert not [path for method, path in api.seen if method == "POST"], "it is offered, not run"


async def test_without_the_collection_a_known_official_model_will_do(seen: Seen, api: Api, models: Model) -> None:
    await know(seen, "acme/paint", "acme/words")
    assert await seen.services.chat_models.to_begin_with() == "acme/words"


async def test_where_no_other_is_known_the_schemas_of_a_few_that_ran_lately_are_asked_for(
    seen: Seen, api: Api, models: Model
) -> None:
    await ran(seen, api, "acme/words", *(f"acme/gone{number}" for number in range(5)), "acme/paint")
    assert await seen.services.chat_models.to_begin_with() == "acme/words"
    await ran(seen, api, "acme/words", *(f"acme/gone{number}" for number in range(9)))
    asked = len(api.seen)
    assert await seen.services.chat_models.to_begin_with() == "acme/words", "its schema is kept now"
    assert [path for _, path in api.seen[asked:] if path.startswith("/v1/models/")] == []


async def test_a_schema_that_is_kept_is_not_asked_for(seen: Seen, api: Api, models: Model) -> None:
    await know(seen, "acme/words")
    assert (await seen.services.chat_models.asked("acme/words"))[1].can
    assert api.count("GET", "/models/acme/words") == 1
    assert await seen.services.chat_models.kept("acme/paint") is None
    assert not (await seen.services.chat_models.asked("acme/paint"))[1].can
