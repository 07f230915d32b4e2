"""The Markdown view, as a reader of READMEs and of answers that stream in sees it."""

from __future__ import annotations

import asyncio
import random
import time

import pygments.plugin
import pytest
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.selection import Selection

from tests.support.screen import screen_text, until, widget_lines
from tui.widgets.markdown.markdown_view import MarkdownView

SAMPLE = """\
# Title

A paragraph with `code`, **strong** and [a link](https://example.com/x) and <https://bare.example>.

- one
- two
  - nested

  a paragraph in two
3. three
4. four

> a quote
> goes on

| Name | N |
|:-----|--:|
| `a` | 1 |
| 日本 | 10000 |

```python
def f(x):
    return x  # note
```

Setext
------

para
#not a heading
* * *
![alt](img.png) <b>html</b> [ref]

[ref]: https://ref.example
"""


class MarkdownApp(App[None]):
    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.view = MarkdownView(text, id="view")

    def compose(self) -> ComposeResult:
        yield self.view


def lines(app: MarkdownApp) -> list[str]:
    found = widget_lines(app.view)
    while found and not found[-1]:
        found.pop()
    return found


async def shown(pilot: Pilot[None], app: MarkdownApp) -> None:
    await until(pilot, lambda: not app.view.pending and app.view._show_timer is None)
    await until(pilot, lambda: app.view.line_count() or not app.view.text)
    await pilot.pause(0)


async def test_every_block_is_shown_as_text() -> None:
    app = MarkdownApp(SAMPLE)
    async with app.run_test(size=(51, 45)) as pilot:
        app.view.finish()
        await shown(pilot, app)
        assert lines(app) == [
            "Title",
            "",
            "A paragraph with code, strong and a link",
            "(https://example.com/x) and https://bare.example.",
            "",
            "• one",
            "",
            "• two",
            "",
            "  ◦ nested",
            "",
            "  a paragraph in two",
            "",
            "3. three",
            "4. four",
            "",
            "│ a quote",
            "│ goes on",
            "",
            "Name │     N",
            "─────┼──────",
            "a    │     1",
            "日本 │ 10000",
            "",
            "  def f(x):",
            "      return x  # note",
            "",
            "Setext",
            "",
            "para",
            "#not a heading",
            "",
            "─" * 50,
            "",
            "[image: alt] (img.png) html ref",
            "(https://ref.example)",
        ]


async def whole_lines(text: str) -> list[str]:
    app = MarkdownApp(text)
    async with app.run_test(size=(60, 150)) as pilot:
        app.view.finish()
        await shown(pilot, app)
        return lines(app)


@pytest.mark.parametrize("seed", range(4))
async def test_a_stream_ends_as_the_whole_text_does_however_it_was_cut(seed: int) -> None:
    rng = random.Random(seed)
    # Without references: they would have it laid out anew at its end.
    text = SAMPLE.replace("[ref]: https://ref.example", "").replace("[ref]", "") * 3
    expected = await whole_lines(text)
    app = MarkdownApp()
    async with app.run_test(size=(60, 150)) as pilot:
        rest = text
        while rest:
            size = rng.choice((1, 1, 2, 3, 5, 40)) if seed else 1
            app.view.append(rest[:size])
            app.view.show_now()
            rest = rest[size:]
        app.view.finish()
        app.view.finish()
        await shown(pilot, app)
        assert app.view.text == text
        assert lines(app) == expected


async def test_a_link_whose_address_comes_at_the_end_of_the_stream_gets_it() -> None:
    text = "See [the docs] first.\n\nThen more.\n\nAnd more.\n\n[the docs]: https://docs.example\n"
    expected = await whole_lines(text)
    assert expected[0] == "See the docs (https://docs.example) first."
    app = MarkdownApp()
    async with app.run_test(size=(60, 150)) as pilot:
        for character in text:
            app.view.append(character)
            app.view.show_now()
        assert app.view.line_count() >= 5
        app.view.finish()
        await until(pilot, lambda: lines(app) == expected)


async def test_the_view_follows_the_stream_until_it_is_scrolled_up() -> None:
    app = MarkdownApp()
    async with app.run_test(size=(50, 12)) as pilot:
        for n in range(30):
            app.view.append(f"Paragraph {n}.\n\n")
        await until(pilot, lambda: lines(app)[-1:] == ["Paragraph 29."])
        await pilot.press("pageup")
        await pilot.pause(0)
        before = lines(app)
        app.view.append("More.\n\n" * 10)
        await shown(pilot, app)
        assert lines(app) == before
        await pilot.press("G")
        await until(pilot, lambda: lines(app)[-1] == "More.")
        app.view.append("And more.")
        await until(pilot, lambda: lines(app)[-1] == "And more.")
        app.view.finish()
        await shown(pilot, app)
        assert lines(app)[-1] == "And more."


async def test_a_readme_opens_at_its_start_and_the_next_one_too() -> None:
    readme = "\n\n".join(f"Paragraph {n}." for n in range(100))
    app = MarkdownApp()
    async with app.run_test(size=(50, 12)) as pilot:
        app.view.set_markdown(readme)
        await until(pilot, lambda: lines(app)[:1] == ["Paragraph 0."])
        await pilot.press("G")
        await until(pilot, lambda: lines(app)[-1] == "Paragraph 99.")
        app.view.set_markdown("Another\n\n" + readme)
        await until(pilot, lambda: lines(app)[:1] == ["Another"])
        app.view.set_markdown("")
        await until(pilot, lambda: lines(app) == [])


async def test_a_resize_wraps_again_and_keeps_the_place() -> None:
    app = MarkdownApp("\n\n".join(f"Paragraph {n} " + "with some words " * 12 for n in range(60)))
    async with app.run_test(size=(100, 12)) as pilot:
        await shown(pilot, app)
        await pilot.press(*["pagedown"] * 5)
        await pilot.pause(0)
        first = next(line.split()[1] for line in lines(app) if line.startswith("Paragraph"))
        for width in (40, 70, 100):
            await pilot.resize_terminal(width, 12)
            await until(pilot, lambda w=width: app.view.view.width == w - 1)
            await shown(pilot, app)
            near = [int(line.split()[1]) for line in lines(app) if line.startswith("Paragraph")]
            assert any(abs(n - int(first)) <= 1 for n in near), (first, near)
            assert all(len(line) < width for line in lines(app))


HOSTILE = (
    "\x1b]0;title\x07 [/] [bold]x[/bold] [@click=app.quit]x[/]\n\n"
    "# \x9b31m [/]\n\n- \u202eevil\n\n```py\x1b[/]\n\x1b[31mred [/]\ttab\n```\n\n"
    "| \x1b[2J | [/] |\n|---|---|\n| a |\n\n[click](javascript:alert(1)) [x](http://a\x1b[2J)\n\n"
    "<script>alert()</script>\n\n![\x1b](data:image/png;base64,AAAA) "
    + "> " * 300 + "deep\n\n" + "- " * 100 + "deeper\n\n" + "*" * 3000 + "\n\n\ud800"
)  # fmt: skip


async def test_hostile_markdown_sends_no_control_and_no_markup_and_does_not_crash() -> None:
    app = MarkdownApp(HOSTILE)
    async with app.run_test(size=(60, 120)) as pilot:
        app.view.finish()
        await shown(pilot, app)
        text = screen_text(app)
        assert "[/] [bold]x[/bold] [@click=app.quit]x[/]" in text
        assert "javascript:" in text and "<script>alert()</script>" in text
        assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in text.replace("\n", ""))
        text.encode()
        await pilot.click("#view", offset=(30, 0))
        await pilot.resize_terminal(12, 24)
        await shown(pilot, app)
        for cut in range(0, len(HOSTILE), 97):
            app.view.set_markdown("x" + HOSTILE[:cut])
            app.view.show_now()


async def test_a_huge_readme_is_on_the_screen_at_once_and_whole_soon() -> None:
    text = SAMPLE * 400 + "\n\n```\n" + "code\n" * 30_000 + "```\n\nthe end"
    app = MarkdownApp()
    async with app.run_test(size=(80, 24)) as pilot:
        start = time.process_time()
        app.view.set_markdown(text)
        app.view.finish()
        await until(pilot, lambda: lines(app)[:1] == ["Title"])
        assert time.process_time() - start < 1
        await until(pilot, lambda: app.view.finished, seconds=30)
        await pilot.press("G")
        await until(pilot, lambda: lines(app)[-1] == "the end")
        assert lines(app)[-3] == "  code"


async def test_code_is_coloured_and_its_background_fills_the_line() -> None:
    app = MarkdownApp("```python\ndef f(): return 'x'\n```\n\n```nosuchlanguage\nplain\n```\n")
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.finish()
        await shown(pilot, app)
        strip = app.screen._compositor.render_strips()[0].crop(0, 59)
        colours = {segment.style.color for segment in strip if segment.style and segment.text.strip()}
        assert len(colours) >= 3
        assert len({segment.style.bgcolor for segment in strip if segment.style}) == 1


async def test_a_language_that_is_not_known_costs_no_search_through_all_that_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched: list[str] = []
    monkeypatch.setattr(pygments.plugin, "iter_entry_points", lambda group: searched.append(group) or ())
    app = MarkdownApp()
    async with app.run_test(size=(60, 12)) as pilot:
        for piece in ("```", "merm", "aid\n", "graph TD\n", "a --> b\n"):
            app.view.append(piece)
            await pilot.pause()
        await until(pilot, lambda: "a --> b" in "".join(lines(app)))
        assert not searched


async def test_what_is_selected_is_what_is_shown() -> None:
    app = MarkdownApp("# Title\n\nSome **words** here.\n")
    async with app.run_test(size=(60, 12)) as pilot:
        app.view.finish()
        await shown(pilot, app)
        assert app.view.get_selection(Selection(Offset(0, 0), Offset(10, 2))) == ("Title\n\nSome words", "\n")


async def test_a_fast_stream_leaves_room_for_keys() -> None:
    app = MarkdownApp()
    words = (SAMPLE * 40)[:32_000]
    async with app.run_test(size=(100, 40)) as pilot:
        app.view.set_markdown(SAMPLE)  # the parser and the highlighter are loaded
        await until(pilot, lambda: lines(app))
        stalls: list[float] = []
        for at in range(0, len(words), 16):
            start = time.process_time()
            app.view.append(words[at : at + 16])
            await asyncio.sleep(0.0005)
            stalls.append(time.process_time() - start)
        app.view.finish()
        begin = time.process_time()
        await until(pilot, lambda: app.view.finished)
        # CPU time, of which 2 and 20 ms were measured.
        assert sorted(stalls)[int(len(stalls) * 0.95)] < 0.2
        assert time.process_time() - begin < 3


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("\\frac{1}{n}\\sum_{i=1}^{n} w_i", "(1/n)∑ᵢ₌₁ⁿ wᵢ"),
        ("\\frac{1}{n} x + \\frac{a}{b}", "(1/n) x + a/b"),
        ("\\frac12 \\left( x + 1 \\right)", "(1/2) ( x + 1 )"),
        ("\\left(\\frac{a}{b}\\right)^2 \\leq \\frac{c}{d}, e", "(a/b)² ≤ c/d, e"),
    ],
)
async def test_a_fraction_before_a_factor_is_in_brackets(formula: str, shown: str) -> None:
    assert await whole_lines(f"${formula}$") == [shown]


async def test_formulas_are_text_and_prices_and_shell_variables_stay_as_they_are() -> None:
    text = (
        "It costs $5 or $10 with $HOME:$PATH, but $x_1$ and \\(a \\cdot b\\).\n\n"
        "\\[\n\\frac{a+b}{2} \\leq \\sqrt{x^2}\n\n+ \\sum_{i=1}^{n} i\n\\]\n\n$$E = mc^2$$\n\n$$ open"
    )
    assert await whole_lines(text) == [
        "It costs $5 or $10 with $HOME:$PATH, but x₁ and a · b.",
        "",
        "  (a+b)/2 ≤ √(x²) + ∑ᵢ₌₁ⁿ i",
        "",
        "  E = mc²",
        "",
        "$$ open",
    ]
