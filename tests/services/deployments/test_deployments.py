"""Deployments: what changes and costs in words, two consoles at one of them, and answers that are lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.services.conftest import Seen, opened
from tests.support.deployments_api import NEW, OLD, Deployed
from tests.support.fake_api import START, Api, Request
from tui.api.errors import ApiError, InvalidInput, NetworkError, NotFound
from tui.services.bus import DeploymentsChanged
from tui.services.deployments.deployments import Moved, Unsure, why_not_deleted
from tui.services.deployments.setup_words import Setup, changes, costs, effects
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
    assert (changed.between, Setup.of(changed.deployment.current_release).hardware) == (0, "gpu-t4")
    assert [(r.number, r.configuration.hardware) for r in await service.history("ada/photos")] == [
        (2, "gpu-t4"),
        (1, "cpu"),
    ]
    assert seen.of(DeploymentsChanged)[-1].deployments == (changed.deployment,)
    with pytest.raises(ValueError, match="Nothing changes"):
        await service.update("ada/photos", changed.deployment.current_release, replace(SETUP, hardware="gpu-t4"))


async def test_a_release_that_moved_is_told_and_nothing_is_sent(seen: Seen, api: Api, deployed: Deployed) -> None:
    deployed.put()
    service = seen.services.deployments
    photos = await service.get("ada/photos")
    deployed.change(hardware="gpu-l40s", max_instances=4)
    with pytest.raises(Moved, match=r"Release 2 by grace.*hardware: cpu → gpu-l40s; instances: 0 to 1 → 0 to 4") as it:
        await service.update("ada/photos", photos.current_release, replace(SETUP, min_instances=1))
    assert api.count("PATCH", "/deployments/ada/photos") == 0
    release = it.value.current.current_release
    changed = await service.update("ada/photos", release, replace(Setup.of(release), min_instances=1))
    assert Setup.of(changed.deployment.current_release) == Setup("acme/paint", OLD, "gpu-l40s", 1, 4)


async def test_a_release_that_came_between_the_look_and_the_change_is_told_afterwards(
    seen: Seen, deployed: Deployed
) -> None:
    deployed.put()
    service = seen.services.deployments
    photos = await service.get("ada/photos")
    deployed.before_patch = [{"hardware": "gpu-t4"}]
    changed = await service.update("ada/photos", photos.current_release, replace(SETUP, max_instances=2))
    assert changed.between == 1
    # Only what was changed here was sent: the other's hardware stays.
    assert Setup.of(changed.deployment.current_release) == Setup("acme/paint", OLD, "gpu-t4", 0, 2)


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_change_whose_answer_was_lost_is_looked_for_and_never_sent_twice(
    seen: Seen, api: Api, deployed: Deployed, carried_out: bool
) -> None:
    deployed.put()
    service = seen.services.deployments
    photos = await service.get("ada/photos")
    deployed.lose = carried_out
    wanted = replace(SETUP, max_instances=3)
    if carried_out:
        changed = await service.update("ada/photos", photos.current_release, wanted)
        assert Setup.of(changed.deployment.current_release) == wanted
    else:
        with pytest.raises(Unsure, match="still at release 1"):
            await service.update("ada/photos", photos.current_release, wanted)
    assert api.count("PATCH", "/deployments/ada/photos") == 1


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_creation_whose_answer_was_lost_is_adopted_or_told_and_never_sent_twice(
    seen: Seen, api: Api, deployed: Deployed, carried_out: bool
) -> None:
    deployed.lose = carried_out
    service = seen.services.deployments
    if carried_out:
        assert (await service.create("photos", SETUP)).name == "photos"
    else:
        with pytest.raises(Unsure, match="not in the list"):
            await service.create("photos", SETUP)
        deployed.put()
        found = await service.find("photos", SETUP)
        assert found is not None and found.ref == "ada/photos"
        assert await service.find("photos", replace(SETUP, hardware="gpu-t4")) is None
    assert api.count("POST", "/deployments") == 1


async def test_a_creation_is_unsure_even_where_the_look_for_it_fails_too(
    seen: Seen, api: Api, deployed: Deployed
) -> None:
    async def refuse(request: Request) -> None:
        request.answer({"detail": "no", "status": 403}, 403)

    deployed.lose = False
    api.on["GET", "/v1/deployments"] = refuse
    with pytest.raises(Unsure):
        await seen.services.deployments.create("photos", SETUP)


async def test_without_a_connection_nothing_was_sent_and_that_is_what_is_said(seen: Seen, tmp_path: Path) -> None:
    async with opened("http://127.0.0.1:9/v1", tmp_path / "other", sleep=lambda _: _nothing()) as other:
        with pytest.raises(NetworkError):
            await other.services.deployments.create("photos", SETUP)


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
    with pytest.raises(ApiError) as refused:
        await service.delete("ada/photos")
    free = await service.free_at(photos)
    assert free == START + timedelta(minutes=16)
    words = why_not_deleted(refused.value, photos, free, START + timedelta(minutes=10))
    assert "offline and unused for 15 minutes" in words and "in 6 min" in words
    deployed.change(min_instances=1, max_instances=1)
    assert "disable it first" in why_not_deleted(refused.value, await service.get("ada/photos"), None, START)
    assert (await service.list())[0].ref == "ada/photos"


async def test_deleting_what_is_gone_already_is_no_failure(seen: Seen, deployed: Deployed) -> None:
    deployed.put()
    service = seen.services.deployments
    await service.list()
    await service.delete("ada/photos")
    assert await service.kept() == []
    assert await service.history("ada/photos") == []


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
        "estimate: gpu-t4 at $0.000225 a second, prices of 2024–26",
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
