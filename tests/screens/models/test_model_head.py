"""What one sees of a model first, also where its cover cannot be had."""

from __future__ import annotations

from pathlib import Path

from textual.app import App, ComposeResult

from tests.services.conftest import opened
from tests.support.fake_api import Api
from tests.support.screen import screen_text
from tui.api.types import Model, decode
from tui.screens.models.model_head import ModelHead


class Host(App[None]):
    CSS = "#model-head { height: auto; } #model-head > * { height: auto; } #model-cover { height: 8; }"

    def compose(self) -> ComposeResult:
        yield ModelHead()


def model(cover: str) -> Model:
    fields = {"owner": "acme", "name": "paint", "description": "Paints.", "run_count": 12, "visibility": "public"}
    return decode(Model, {**fields, "cover_image_url": cover})


async def test_a_cover_that_cannot_be_had_gives_its_room_to_the_words_and_keeps_it_free(tmp_path: Path) -> None:
    async with Api() as api, opened(api.base_url, tmp_path) as seen:
        app = Host()
        async with app.run_test(size=(60, 24)) as pilot:
            head, shown = app.query_one(ModelHead), model(f"{api.origin}/gone.png")
            head.show(shown)
            await pilot.pause()
            assert head.query_one("#model-cover").size.height == 8
            await head.load_cover(shown, seen.services)
            await pilot.pause()
            assert not head.query_one("#model-cover").display
            assert screen_text(app).split("\n")[:3] == ["acme/paint", "12 runs", "Paints."]
            head.show(None)
            head.show(shown)
            assert not head.query_one("#model-cover").display
