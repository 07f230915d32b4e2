"""What the palette finds by name beside commands."""

from __future__ import annotations

from tests.services.conftest import Seen
from tests.support.deployments_api import Deployed
from tests.support.fake_api import START, Api
from tui.api.types import Prediction, Training, decode
from tui.navigation import Place
from tui.screens.dialogs.palette_places import find_places


async def test_records_conversations_and_deployments_are_found_by_their_words(seen: Seen, api: Api) -> None:
    services = seen.services
    harbour = decode(Prediction, api.put("harbour1", "succeeded", input={"prompt": "a harbour at dawn"}))
    other = decode(Prediction, api.put("other1", "succeeded", input={"prompt": "a mill"}))
    training = decode(Training, api.put("harbour2", "succeeded", kind="trainings", input={"data": "harbour.zip"}))
    await services.store.fold_page(services.account, [harbour, other], START, "prediction")
    await services.store.fold_page(services.account, [training], START, "training")
    Deployed(api).put("harbour")
    await services.deployments.list()
    talk = await services.chats.create("acme/words")
    await services.chats.rename(talk.id, "The harbour of Genoa")

    places = [found.place for found in await find_places(services, "harbour")]
    assert {(place.section, place.argument) for place in places} == {
        ("predictions", "harbour1"),
        ("trainings", "harbour2"),
        ("deployments", "ada/harbour"),
        ("chat", talk.id),
    }
    assert [found.place for found in await find_places(services, "mill")] == [Place("predictions", "other1")]
    assert await find_places(services, "nowhere") == []
