"""Models of one's own: made once, changed where they differ, deleted by the rules, and lost answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import Seen, Time, opened
from tests.support.fake_api import Api, Request
from tui.api.errors import ApiError, InvalidInput
from tui.api.types import Model, Version
from tui.services.models.own_models import (
    MODEL_RULE,
    TO_CREATE,
    changed_texts,
    refused,
    why_not_delete,
    why_not_delete_version,
)
from tui.services.outcome import Applied, Refused, Unsure
from tui.services.refusals import blame

VALUES = {"owner": "ada", "name": "painter", "visibility": "private", "hardware": "cpu", "description": "Paints"}


def model(**fields: Any) -> Model:
    return Model(owner="ada", name="painter", visibility="private", **fields)


def raw() -> dict[str, Any]:
    return {"owner": "ada", "name": "painter", "visibility": "private", "description": "Paints"}


async def test_a_new_model_is_made_once_and_is_in_the_list_at_once(seen: Seen, api: Api) -> None:
    bodies: list[Any] = []

    async def create(request: Request) -> None:
        bodies.append(request.json())
        request.answer(raw(), 201)

    api.on["POST", "/v1/models"] = create
    made = await seen.services.own_models.create({**VALUES, "paper_url": ""})
    assert isinstance(made, Applied) and made.what.ref == "ada/painter"
    assert bodies == [VALUES]
    assert [one.ref for one in await seen.services.catalogue.cached("ada/")] == ["ada/painter"]


@pytest.mark.parametrize("there", [True, False])
async def test_a_creation_whose_answer_was_lost_is_looked_for_and_never_sent_twice(
    api: Api, tmp_path: Path, there: bool
) -> None:
    async def lose(request: Request) -> None:
        if there:
            api.models["ada/painter"] = raw()
        request.drop()

    api.on["POST", "/v1/models"] = lose
    async with opened(api.base_url, tmp_path, sleep=Time().sleep) as seen:
        outcome = await seen.services.own_models.create(VALUES)
        if there:
            assert isinstance(outcome, Applied) and outcome.what.description == "Paints"
        else:
            assert isinstance(outcome, Unsure) and "is not there" in outcome.words
            assert isinstance(await seen.services.own_models.look("ada/painter"), Unsure)
            api.models["ada/painter"] = raw()
            assert isinstance(await seen.services.own_models.look("ada/painter"), Applied)
    assert api.count("POST", "/models") == 1


async def test_only_what_differs_is_changed_and_an_emptied_field_is_sent_empty(seen: Seen, api: Api) -> None:
    bodies: list[Any] = []

    async def update(request: Request) -> None:
        bodies.append(request.json())
        request.answer(raw())

    api.on["PATCH", "/v1/models/ada/painter"] = update
    before = model(description="Paints", github_url="https://a.example/x")
    texts = {"description": "Paints", "github_url": "", "paper_url": "https://a.example/p"}
    changed = changed_texts(before, texts)
    await seen.services.own_models.update(before, changed)
    assert bodies == [{"github_url": "", "paper_url": "https://a.example/p"}]
    again = await seen.services.own_models.update(before, {})
    assert isinstance(again, Refused) and again.words == "Nothing changes: this is how the model is already."


async def test_a_refused_model_says_which_field_is_wrong(seen: Seen, api: Api) -> None:
    async def refuse(request: Request) -> None:
        request.answer({"title": "no", "detail": "The github_url does not match", "status": 422}, 422)

    api.on["POST", "/v1/models"] = api.on["PATCH", "/v1/models/ada/painter"] = refuse
    for outcome in (
        await seen.services.own_models.create(VALUES),
        await seen.services.own_models.update(model(), {"github_url": "x"}),
    ):
        assert isinstance(outcome, Refused) and list(outcome.fields) == ["github_url"]


async def test_a_deleted_model_is_gone_from_the_list(seen: Seen, api: Api) -> None:
    async def delete(request: Request) -> None:
        request.head(204)

    await seen.services.store.save_models(seen.services.account, [model(raw=raw())])
    api.on["DELETE", "/v1/models/ada/painter"] = delete
    await seen.services.own_models.delete(model())
    assert await seen.services.catalogue.cached("ada/") == []


def test_what_is_surely_against_a_deletion_is_said_with_the_rule() -> None:
    old = Version(id="a" * 64)
    assert why_not_delete(model(), True) is None
    for one, mine, words in (
        (model(), False, "not yours"),
        (Model(owner="ada", name="painter", visibility="public"), True, "is public"),
        (model(latest_version=old), True, "has versions"),
    ):
        reason = why_not_delete(one, mine)
        assert reason is not None and words in reason and MODEL_RULE in reason
    assert why_not_delete_version(model(), old, True) is None
    assert "under the cursor" in (why_not_delete_version(model(), None, True) or "")
    said = refused(ApiError("x", status=403, detail="A version that a deployment uses cannot be deleted"), MODEL_RULE)
    assert said.startswith("A version that a deployment uses cannot be deleted.") and MODEL_RULE in said


@pytest.mark.parametrize(
    ("error", "field"),
    [
        (InvalidInput("x", fields={"hardware": "gpu-t4 is not a valid hardware SKU."}, status=400), "hardware"),
        (ApiError("x", status=409, detail="A model with that name and owner already exists"), "name"),
        (ApiError("x", status=403, detail="The owner must be ada, the account of this token"), "owner"),
        (InvalidInput("x", fields={"github_url": "does not match"}, status=422), "github_url"),
        (InvalidInput("x", detail="An account can have 1000 models", status=400), ""),
    ],
)
def test_each_refusal_of_a_model_lands_on_its_field(error: ApiError, field: str) -> None:
    assert list(blame(error, TO_CREATE).fields) == ([field] if field else [])
