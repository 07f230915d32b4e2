"""The view of a source: its lines are numbered, and a mistake stands below its line, wherever that is."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tests.support.screen import until, widget_lines
from tui.widgets.text.source_view import SourceText, SourceView

CODE = "\n".join(f"line_{number} = {number}" for number in range(1, 101))


class Viewer(App[None]):
    def compose(self) -> ComposeResult:
        yield SourceView()


@pytest.mark.parametrize(("line", "first"), [(1, "✗   1  line_1 = 1"), (100, "✗ 100  line_100 = 100")])
async def test_a_mistake_is_in_sight_below_its_line(line: int, first: str) -> None:
    async with Viewer().run_test(size=(60, 12)) as pilot:
        view = pilot.app.query_one(SourceView)
        view.show_source(SourceText("run.py", CODE, line, "ValueError: [/no] \x1b[31m"))
        await until(pilot, lambda: first in widget_lines(view))
        lines = widget_lines(view)
        assert lines[lines.index(first) + 1].strip() == "╰╴ ValueError: [/no] �[31m"


async def test_a_line_beyond_the_end_is_the_last_one_and_without_a_mistake_it_begins_at_the_top() -> None:
    async with Viewer().run_test(size=(60, 12)) as pilot:
        view = pilot.app.query_one(SourceView)
        view.show_source(SourceText("run.py", "a = 1\nb = 2\n", 9, "SyntaxError: never closed"))
        await until(pilot, lambda: "╰╴ SyntaxError: never closed" in "\n".join(widget_lines(view)))
        assert [line.strip() for line in widget_lines(view)[:3]] == [
            "1  a = 1",
            "✗ 2  b = 2",
            "╰╴ SyntaxError: never closed",
        ]
        view.show_source(SourceText("run.py", CODE))
        await until(pilot, lambda: widget_lines(view)[0].strip() == "1  line_1 = 1")
        assert "✗" not in "\n".join(widget_lines(view))
        view.show_source(SourceText("run.py", ""))
        await until(pilot, lambda: "line_1" not in "\n".join(widget_lines(view)))
