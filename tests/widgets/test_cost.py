"""The line that says what something may cost."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tests.support.screen import screen_text
from tui.services.usage.cost import Cost
from tui.widgets.cost import CostLine, cost_words


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield CostLine()


async def test_a_cost_is_said_in_bold_and_nothing_is_where_none_is_known() -> None:
    app = Host()
    async with app.run_test(size=(60, 4)) as pilot:
        line = app.query_one(CostLine)
        line.show(Cost("≈ $591 a month", "≈ $0.81 an hour", money=True))
        await pilot.pause()
        assert screen_text(app).strip() == "≈ $591 a month"
        assert line.render_line(0)._segments[0].style.bold  # pyright: ignore
        line.show(None)
        await pilot.pause()
        assert screen_text(app).strip() == ""


def test_how_it_was_counted_is_said_where_there_is_room() -> None:
    cost = Cost("usually 6.1 s billed", "by 3 before")
    assert cost_words(cost).plain == "usually 6.1 s billed"
    assert cost_words(cost, more=True).plain == "usually 6.1 s billed  by 3 before"
    assert cost_words(Cost("$0"), more=True).plain == "$0"
    assert cost_words(None).plain == ""
