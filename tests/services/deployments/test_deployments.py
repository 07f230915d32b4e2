"""Deployments: what changes and costs in words, two consoles at one of them, and answers that are lost."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.services.conftest import Seen, opened
from tests.support.deployments_api import NEW, OLD, Deployed
from tests.support.fake_api import START, Api, Request
from tui.api.errors import ApiError, InvalidInput, NetworkError, NotFound
from tui.services.bus import DeploymentsChanged
from tui.services.deployments.change_outcome import Moved, said
from tui.services.deployments.deletion import why_not_deleted
from tui.services.deployments.monthly_cost import costs
from tui.services.deployments.setup import Setup
from tui.services.deployments.setup_changes import changes, effects
from tui.services.outcome import Applied, Refused, Unsure
from tui.services.refusals import blame
from tui.services.usage.prices import Prices

SETUP = Setup("acme/paint", OLD, "cpu", 0, 1)
FIELDS = ("name", "model", "version", "hardware", "min_instances", "max_instances")


@pytest.fixture
def deployed(api: Api) -> Deployed:
    return Deployed(api)


async def test_only_what_differs_is_sent_and_each_change_is_a_release_that_is_remembered(
    seen: Seen, api: Api, deployed: Deployed
) -> None:
    deployed.put()
    service = seen.services.deployments
    (photos,) = await service.list()
    asked: list[object] = []

    async def patch(request: Request) -> None:
        asked.append(request.json())
        await deployed.patch(request)

    api.on["PATCH", "/v1/deployments/ada/photos"] = patch
    changed = await service.update("ada/photos", photos.current_release, replace(SETUP, hardware="gpu-t4"))
    assert asked == [{"hardware": "gpu-t4"}]
    assert isinstance(changed, Applied)
    assert (changed.warning, Setup.of(changed.what.current_release).hardware) == ("", "gpu-t4")
    assert [(r.number, r.configuration.hardware) for r in await service.history("ada/photos")] == [
        (2, "gpu-t4"),
        (1, "cpu"),
    ]
    assert seen.of(DeploymentsChanged)[-1].deployments == (changed.what,)
    assert said(changed) == "ada/photos is at release 2, on with 0–1 instances."
    again = await service.update("ada/photos", changed.what.current_release, replace(SETUP, hardware="gpu-t4"))
    assert isinstance(again, Refused) and again.words == "Nothing changes: this is what is deployed already."


async def test_a_release_that_moved_is_told_and_nothing_is_sent(seen: Seen, api: Api, deployed: Deployed) -> None:
    deployed.put()
    service = seen.services.deployments
    photos = await service.get("ada/photos")
    deployed.change(hardware="gpu-l40s", max_instances=4)
    moved = await service.update("ada/photos", photos.current_release, replace(SETUP, min_instances=1))
    assert isinstance(moved, Moved)
    assert re.match(
        r"Release 2 by grace.*hardware: cpu → gpu-l40s; instances: 0 to 1 → 0 to 4.*Nothing was", said(moved)
    )
    assert api.count("PATCH", "/deployments/ada/photos") == 0
    release = moved.current.current_release
    changed = await service.update("ada/photos", release, replace(Setup.of(release), min_instances=1))
    assert isinstance(changed, Applied)
    assert Setup.of(changed.what.current_release) == Setup("acme/paint", OLD, "gpu-l40s", 1, 4)


async def test_a_release_that_came_between_the_look_and_the_change_is_told_afterwards(
    seen: Seen, deployed: Deployed
) -> None:
    deployed.put()
    service = seen.services.deployments
    photos = await service.get("ada/photos")
    deployed.before_patch = [{"hardware": "gpu-t4"}]
    changed = await service.update("ada/photos", photos.current_release, replace(SETUP, max_instances=2))
    assert isinstance(changed, Applied) and "Another release came between" in changed.warning
    assert changed.warning in said(changed)
    # Only what was changed here was sent: the other's hardware stays.
    assert Setup.of(changed.what.current_release) == Setup("acme/paint", OLD, "gpu-t4", 0, 2)


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_change_whose_answer_was_lost_is_looked_for_and_never_sent_twice(
    seen: Seen, api: Api, deployed: Deployed, carried_out: bool
) -> None:
    deployed.put()
    service = seen.services.deployments
    photos = await service.get("ada/photos")
    deployed.lose = carried_out
    wanted = replace(SETUP, max_instances=3)
    outcome = await service.update("ada/photos", photos.current_release, wanted)
    if carried_out:
        assert isinstance(outcome, Applied) and Setup.of(outcome.what.current_release) == wanted
    else:
        assert isinstance(outcome, Unsure) and "still at release 1" in said(outcome)
        assert "not sent again by itself" in said(outcome)
        looked = await service.look("ada/photos", wanted)
        assert isinstance(looked, Unsure) and "does not show the change" in looked.words
        deployed.change(max_instances=3)
        assert isinstance(await service.look("ada/photos", wanted), Applied)
    assert api.count("PATCH", "/deployments/ada/photos") == 1


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_creation_whose_answer_was_lost_is_adopted_or_told_and_never_sent_twice(
    seen: Seen, api: Api, deployed: Deployed, carried_out: bool
) -> None:
    deployed.lose = carried_out
    service = seen.services.deployments
    outcome = await service.create("photos", SETUP)
    if carried_out:
        assert isinstance(outcome, Applied) and outcome.what.name == "photos"
    else:
        assert isinstance(outcome, Unsure) and "not in the list" in outcome.words
        looked = await service.look("photos", SETUP)
        assert isinstance(looked, Unsure) and looked.words == "photos is not there so far."
        deployed.put()
        found = await service.look("photos", SETUP)
        assert isinstance(found, Applied) and found.what.ref == "ada/photos"
        assert isinstance(await service.look("photos", replace(SETUP, hardware="gpu-t4")), Unsure)
    assert api.count("POST", "/deployments") == 1


async def test_a_creation_is_unsure_even_where_the_look_for_it_fails_too(
    seen: Seen, api: Api, deployed: Deployed
) -> None:
    async def refuse(request: Request) -> None:
        request.answer({"detail": "no", "status": 403}, 403)

    deployed.lose = False
    api.on["GET", "/v1/deployments"] = refuse
    assert isinstance(await seen.services.deployments.create("photos", SETUP), Unsure)
    looked = await seen.services.deployments.look("photos", SETUP)
    assert isinstance(looked, Unsure) and "Looking failed" in looked.words


async def test_a_refusal_names_the_field_that_caused_it(seen: Seen, api: Api, deployed: Deployed) -> None:
    async def refuse(request: Request) -> None:
        request.answer({"title": "no", "detail": "hardware gpu-x is not valid", "status": 400}, 400)

    deployed.put()
    photos = await seen.services.deployments.get("ada/photos")
    api.on["POST", "/v1/deployments"] = api.on["PATCH", "/v1/deployments/ada/photos"] = refuse
    made = await seen.services.deployments.create("other", SETUP)
    changed = await seen.services.deployments.update("ada/photos", photos.current_release, replace(SETUP, version=NEW))
    for outcome in (made, changed):
        assert isinstance(outcome, Refused) and list(outcome.fields) == ["hardware"]
        assert said(outcome).startswith("hardware: ")


async def test_without_a_connection_nothing_was_sent_and_that_is_what_is_said(seen: Seen, tmp_path: Path) -> None:
    async with opened("http://127.0.0.1:9/v1", tmp_path / "other", sleep=lambda _: _nothing()) as other:
        outcome = await other.services.deployments.create("photos", SETUP)
        assert isinstance(outcome, Refused) and isinstance(outcome.error, NetworkError) and not outcome.fields


async def _nothing() -> None:
    return None


async def test_the_list_of_the_last_time_is_there_at_once(api: Api, deployed: Deployed, tmp_path: Path) -> None:
    deployed.put("photos")
    deployed.put("words", max_instances=0)
    async with opened(api.base_url, tmp_path) as first:
        await first.services.deployments.list()
    api.down = True
    async with opened(api.base_url, tmp_path) as second:
        assert [one.name for one in await second.services.deployments.kept()] == ["photos", "words"]
        assert second.services.deployments.hardware_of("ada/photos") == "cpu"


async def test_what_was_switched_off_is_switched_on_as_before(seen: Seen, deployed: Deployed) -> None:
    deployed.put(hardware="gpu-t4", min_instances=1, max_instances=4)
    service = seen.services.deployments
    await service.list()
    deployed.change(min_instances=0, max_instances=0)
    await service.list()
    assert await service.last_enabled("ada/photos") == Setup("acme/paint", OLD, "gpu-t4", 1, 4)
    assert await service.last_enabled("ada/never") is None


async def test_a_prediction_is_estimated_by_the_hardware_that_its_deployment_had_then(
    seen: Seen, deployed: Deployed
) -> None:
    deployed.put(hardware="cpu")
    await seen.services.deployments.list()
    deployed.change(hardware="gpu-t4")
    await seen.services.deployments.list()

    def cost(minutes: float) -> float:
        found = seen.services.prices.prediction(
            model="acme/paint",
            status="succeeded",
            predict_time=10.0,
            deployment="ada/photos",
            created_at=START + timedelta(minutes=minutes),
        )
        assert found is not None
        return found.dollars

    assert [round(cost(at), 6) for at in (1.5, 2.5)] == [0.001, 0.00225]


async def test_a_deployment_made_anew_under_its_old_name_has_no_old_releases(seen: Seen, deployed: Deployed) -> None:
    deployed.put(number=1)
    await seen.services.deployments.list()
    deployed.put(number=2, hardware="gpu-t4")
    await seen.services.deployments.list()
    anew = deployed.put(number=1, hardware="gpu-h100")
    anew["current_release"]["created_at"] = (START + timedelta(hours=1)).isoformat()
    await seen.services.deployments.list()
    history = await seen.services.deployments.history("ada/photos")
    assert [(one.number, one.configuration.hardware) for one in history] == [(1, "gpu-h100")]


async def test_a_refused_deletion_is_explained_by_the_rule_and_by_what_is_known(
    seen: Seen, api: Api, deployed: Deployed
) -> None:
    deployed.put(min_instances=0, max_instances=0)
    service = seen.services.deployments
    photos = await service.get("ada/photos")

    async def refuse(request: Request) -> None:
        request.answer({"title": "In use", "detail": "Deployment is in use", "status": 400}, 400)

    api.on["DELETE", "/v1/deployments/ada/photos"] = refuse
    refused = await service.delete(photos)
    assert refused is not None and "offline and unused for 15 minutes" in refused.words
    free = await service.free_at(photos)
    assert free == START + timedelta(minutes=16)
    words = why_not_deleted(refused.error, photos, free, START + timedelta(minutes=10))
    assert "offline and unused for 15 minutes" in words and "in 6 min" in words
    deployed.change(min_instances=1, max_instances=1)
    assert "disable it first" in why_not_deleted(refused.error, await service.get("ada/photos"), None, START)
    assert (await service.list())[0].ref == "ada/photos"


async def test_deleting_what_is_gone_already_is_no_failure(seen: Seen, deployed: Deployed) -> None:
    deployed.put()
    service = seen.services.deployments
    (photos,) = await service.list()
    assert await service.delete(photos) is None
    assert await service.kept() == []
    assert await service.history("ada/photos") == []


async def test_a_list_that_was_made_before_a_change_takes_nothing_back(
    seen: Seen, api: Api, deployed: Deployed
) -> None:
    for name in ("photos", "old", "still"):
        deployed.put(name)
    service = seen.services.deployments
    photos, old, _ = await service.list()
    made, told = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> None:
        there = json.loads(json.dumps(list(deployed.all.values())))
        made.set()
        await told.wait()
        request.answer({"results": there, "next": None, "previous": None})

    api.on["GET", "/v1/deployments"] = slow
    asked = asyncio.create_task(service.list())
    await made.wait()
    off = replace(SETUP, max_instances=0)
    assert isinstance(await service.update("ada/photos", photos.current_release, off), Applied)
    assert isinstance(await service.create("new", SETUP), Applied)
    assert await service.delete(old) is None
    told.set()
    found = await asked
    assert [(one.name, one.current_release and one.current_release.number) for one in found] == [
        ("new", 1),
        ("photos", 2),
        ("still", 1),
    ]
    assert seen.of(DeploymentsChanged)[-1].deployments == tuple(found)
    assert await service.kept() == found


def test_a_change_its_effects_and_its_costs_are_said_in_words() -> None:
    after = Setup("acme/paint", NEW, "gpu-t4", 1, 2)
    assert changes(SETUP, after) == [
        "version: aaaaaaaaaaaa → bbbbbbbbbbbb",
        "hardware: cpu → gpu-t4",
        "instances: 0 to 1 → 1 to 2",
    ]
    assert effects(SETUP, after) == ["1 instance is always up, and billed even while nobody uses it."]
    assert costs(SETUP, after, Prices()) == [
        "idle:    ≈ $0.81 an hour, ≈ $591 a month (now ≈ $0 an hour)",
        "at most: ≈ $1.62 an hour, ≈ $1,183 a month (now ≈ $0.36 an hour)",
        "estimate: gpu-t4 at $0.000225 a second, prices of 2026-05-04",
    ]
    off = replace(after, min_instances=0, max_instances=0)
    assert changes(after, off) == ["instances: 1 to 2 → off (0)"]
    assert "canceled" in effects(after, off)[0]
    assert "cold start" in effects(None, SETUP)[0]
    assert "not known" in costs(None, replace(after, hardware="tpu"), Prices())[0]


@pytest.mark.parametrize(
    ("error", "field"),
    [
        (InvalidInput("x", fields={"hardware": "gpu-x is not a valid hardware SKU"}, status=400), "hardware"),
        (InvalidInput("x", fields={"min_instances": "must be at most 5"}, status=422), "min_instances"),
        (InvalidInput("x", fields={"current_release": "version does not exist"}, status=400), "version"),
        (InvalidInput("x", detail="- max_instances must be <= 20", status=400), "max_instances"),
        (InvalidInput("x", detail="The min instances must not exceed the max instances", status=400), "min_instances"),
        (ApiError("taken", status=409, detail="A deployment with that name already exists"), "name"),
        (NotFound("no", status=404, detail="The specified version does not exist"), "version"),
        (NotFound("no", status=404, detail="The requested resource could not be found."), "model"),
        (ApiError("x", status=402, detail="Insufficient credit to change the hardware"), ""),
        (ApiError("x", status=401, detail="You did not pass a valid authentication token"), ""),
    ],
)
def test_each_refusal_lands_on_the_field_that_caused_it(error: ApiError, field: str) -> None:
    found = blame(error, FIELDS, absent="model")
    assert list(found.fields) == ([field] if field else [])
    assert bool(found.rest) == (not field)
    assert all(words for words in found.fields.values())
