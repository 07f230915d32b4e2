"""The facts of a deployment have the room that there is, whenever it comes."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tests.support.screen import screen_text, until
from tui.screens.deployments.deployment_view import SetupPane

FACT = "1–1   1 instance is always up, and billed even while nobody uses it."


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield SetupPane()


async def test_facts_that_come_before_the_pane_has_a_width_are_laid_out_when_it_has_one() -> None:
    async with Host().run_test(size=(100, 20)) as pilot:
        pane = pilot.app.query_one(SetupPane)
        pane.display = False
        await pilot.pause()
        pane.show([("instances", FACT)])
        pane.display = True
        await until(pilot, lambda: FACT in screen_text(pilot.app))


async def test_facts_are_folded_anew_where_there_is_less_room() -> None:
    async with Host().run_test(size=(100, 20)) as pilot:
        pilot.app.query_one(SetupPane).show([("instances", FACT)])
        await until(pilot, lambda: FACT in screen_text(pilot.app))
        await pilot.resize_terminal(40, 20)
        await until(pilot, lambda: FACT not in screen_text(pilot.app) and "nobody" in screen_text(pilot.app))
