"""The plot of a log's curves, as its reader sees it."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from tests.support.screen import screen_text, until, widget_lines
from tui.forms.curves import Curves, Family
from tui.widgets.result.plot import Plot
from tui.widgets.result.plot_cells import Line, bounds, draw, log_ticks, nice_ticks, number_words
from tui.widgets.result.plot_grid import share


class PlotApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.plot = Plot()

    def compose(self) -> ComposeResult:
        yield self.plot

    def on_mount(self) -> None:
        self.plot.focus()


def families(log: str) -> tuple[Family, ...]:
    curves = Curves()
    curves.read(log, ended=True)
    return curves.families()


def drawn(lines: list[Line], width: int = 60, height: int = 12, *, log: bool = False) -> list[str]:
    return ["".join(text for text, _ in row) for row in draw(lines, width, height, log=log, x_name="step")]


BARD = "".join(
    f"step {n}/12 | loss {5 + 1 / n:.4f} | train perplexity {150 + n:.2f} | held-out perplexity {160 - n:.2f}\n"
    for n in range(1, 13)
)


async def test_a_loss_is_plotted_with_its_latest_value_and_its_minimum() -> None:
    app = PlotApp()
    async with app.run_test(size=(80, 20)) as pilot:
        app.plot.show(families(BARD))
        await pilot.press("enter")
        await until(pilot, lambda: "▾ min 5.083 at step 12" in screen_text(app))
        lines = widget_lines(app.plot)
        assert lines[0] == " loss   perplexity"
        assert lines[1].startswith("● 5.083  ▾ min 5.083 at step 12   max 6")
        assert any("6.0 ┤" in line for line in lines)
        assert "step" in lines[-1]
        assert sum("●" in line for line in lines) == 2


async def test_keys_choose_the_measure_and_two_curves_of_one_measure_are_told_apart_without_colour() -> None:
    app = PlotApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.plot.show(families(BARD))
        await pilot.press("enter", "right")
        await until(pilot, lambda: "a train perplexity  162" in screen_text(app))
        lines = widget_lines(app.plot)
        assert lines[2].startswith("b held-out perplexity  148")
        body = "\n".join(lines[4:])
        assert "a" in body
        assert "b" in body
        await pilot.press("right")
        await until(pilot, lambda: app.plot.measure == "loss")


async def test_the_measure_that_was_chosen_stays_when_more_of_the_log_comes() -> None:
    app = PlotApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.plot.show(families(BARD))
        await pilot.press("right", "enter")
        app.plot.show(families("acc: 0.5\n" + BARD + "step 13 | train perplexity 99.5\n"))
        await until(pilot, lambda: "a train perplexity  99.5" in screen_text(app))


async def test_what_has_not_changed_is_not_drawn_again() -> None:
    app = PlotApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.plot.show(families(BARD))
        await pilot.pause()
        before = app.plot._rows
        app.plot.show(families(BARD))
        assert app.plot._rows is before
        app.plot.show(families(BARD + "step 13 loss=1\n"))
        assert app.plot._rows is not before


async def test_powers_of_ten_and_the_last_of_it_are_a_key_away() -> None:
    app = PlotApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.plot.show(families("".join(f"step {n} loss={1000 / 10 ** (n / 20):.6f}\n" for n in range(100))))
        await pilot.press("L")
        await until(pilot, lambda: "powers of ten" in screen_text(app))
        assert any(line.strip().startswith("10 ┤") for line in widget_lines(app.plot))
        await pilot.press("w")
        await until(pilot, lambda: "the last half" in screen_text(app))
        assert not any(line.strip().startswith("100 ┤") for line in widget_lines(app.plot))
        await pilot.press("w", "w")
        app.plot.show(families("step 1 loss=-1\nstep 2 loss=2\n"))
        await until(pilot, lambda: "no powers of ten: there are values of 0 or below" in screen_text(app))


async def test_a_loss_that_is_no_number_any_more_is_said_first() -> None:
    app = PlotApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.plot.show(families("step 1 loss=2\nstep 2 loss=1\nstep 3 loss=nan\n"))
        await until(pilot, lambda: "● nan now  1  ▾ min 1 at step 2" in screen_text(app))
        app.plot.show(families("loss: nan\nloss: inf\n"))
        await until(pilot, lambda: "No reading of it is a number" in screen_text(app))


async def test_an_empty_plot_says_what_would_fill_it_and_hostile_names_are_text() -> None:
    app = PlotApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "The log reports no curve yet" in screen_text(app))
        app.plot.show(families("step 1 [/]x_loss=2\nstep 2 [/]x_loss=1\n"))
        await until(pilot, lambda: "x_loss" in screen_text(app))
        app.plot.show((), empty="none: [bold]x[/]")
        await until(pilot, lambda: "none: [bold]x[/]" in screen_text(app))


MANY = "".join(
    f"step {n}/40 loss={3 / n:.3f} accuracy={n / 40:.3f} lr={1e-4 / n:.2e} grad_norm={1 + n % 3:.2f}\n"
    for n in range(1, 41)
)


async def test_all_measures_are_beside_each_other_each_with_its_latest_value_and_its_axes() -> None:
    app = PlotApp()
    async with app.run_test(size=(100, 26)) as pilot:
        app.plot.show(families(MANY))
        await until(pilot, lambda: "grad_norm" in screen_text(app))
        lines = widget_lines(app.plot)
        text = screen_text(app)
        for told in ("loss  ● 0.075  ▾ 0.075", "accuracy  ● 1  ▾ 0.025", "● 2.5e-6"):
            assert told in text, told
        assert text.count("└") == 4, "each has axes of its own"
        assert max(len(line) for line in lines) <= 100


async def test_a_key_chooses_among_all_enter_shows_one_and_enter_all_again() -> None:
    app = PlotApp()
    async with app.run_test(size=(100, 26)) as pilot:
        app.plot.show(families(MANY))
        assert app.plot.measure == "loss"
        await pilot.press("right", "enter")
        await until(pilot, lambda: "● 1  ▾ min 0.025 at step 1" in screen_text(app))
        assert screen_text(app).count("└") == 1
        await pilot.press("enter")
        await until(pilot, lambda: screen_text(app).count("└") == 4)
        assert app.plot.measure == "accuracy"
        # The panels are two by two, below a line: the one at the lower right.
        await pilot.click(Plot, offset=(80, 20))
        assert app.plot.measure == "grad_norm"
        await pilot.click(Plot, offset=(80, 20))
        await until(pilot, lambda: screen_text(app).count("└") == 1)


async def test_more_measures_than_fit_are_on_pages_that_the_choice_turns() -> None:
    app = PlotApp()
    names = [f"loss_{letter}" for letter in "abcdefgh"]
    log = "".join(f"step {n} " + " ".join(f"{name}_x{k}_loss={n + k}" for k, name in enumerate(names)) + "\n"
                  for n in range(1, 9))  # fmt: skip
    async with app.run_test(size=(50, 16)) as pilot:
        app.plot.show(families(log))
        await until(pilot, lambda: "1–2 of 8" in screen_text(app))
        await pilot.press("right")
        assert "1–2 of 8" in screen_text(app)
        await pilot.press("right")
        await until(pilot, lambda: "3–4 of 8" in screen_text(app))
        await pilot.press("left", "left", "left")
        await until(pilot, lambda: "7–8 of 8" in screen_text(app))


async def test_a_first_loss_far_above_all_others_does_not_flatten_the_rest_and_is_told() -> None:
    app = PlotApp()
    log = "step 1 loss=940.5\n" + "".join(f"step {n} loss={2 - n / 100:.3f}\n" for n in range(2, 101))
    async with app.run_test(size=(80, 20)) as pilot:
        app.plot.show(families(log))
        await until(pilot, lambda: "▴ 1 beyond" in screen_text(app))
        lines = widget_lines(app.plot)
        assert "max 940.5" in screen_text(app)
        assert not any("500 ┤" in line for line in lines)
        assert any(line.startswith("2.0 ┤") for line in lines), "the axis is that of the rest"
        assert sum("▴" in line for line in lines[2:]) >= 1, "and where it leaves the plot is marked"
        await pilot.press("asterisk")
        await until(pilot, lambda: any("500 ┤" in line for line in widget_lines(app.plot)))
        assert "beyond" not in screen_text(app)


def line_of(*ys: float) -> Line:
    return Line(range(len(ys)), list(ys))


@pytest.mark.parametrize(
    ("ys", "low", "high", "above", "below"),
    [
        # Too few readings to say that one is odd.
        ((90, 3, 2, 1), 1, 90, 0, 0),
        ((90, 4, 3, 2, 1), 1, 4.2, 1, 0),
        # A side that goes on for twice as long as the rest is wide stays, and one a little longer goes.
        ((8.0, 4, 3, 2, 1), 1, 8.0, 0, 0),
        ((8.1, 4, 3, 2, 1), 1, 4.2, 1, 0),
        ((5, 5, 5, 5, 5, 80), 5, 80, 0, 0),
        ((1, 2, 3, 4, -90, 2), 0.8, 4, 0, 1),
        # The latest reading is never beyond: a curve that runs away is seen.
        ((1, 2, 3, 4, 2, 3, 90), 1, 90, 0, 0),
    ],
)
def test_a_side_of_the_axis_is_cut_where_single_readings_reach_further_than_all_others(
    ys: tuple[float, ...], low: float, high: float, above: int, below: int
) -> None:
    found = bounds([line_of(*ys)])
    assert (found.low, found.high) == pytest.approx((low, high))
    assert (found.above, found.below) == (above, below)
    whole = bounds([line_of(*ys)], robust=False)
    assert (whole.low, whole.high, whole.above, whole.below) == (min(ys), max(ys), 0, 0)


def test_a_smooth_fall_is_drawn_whole() -> None:
    fall = line_of(*(5 * math.exp(-n / 20) for n in range(100)))
    assert bounds([fall]).high == 5
    steep = line_of(*(5 * math.exp(-n / 4) for n in range(100)))
    assert bounds([steep]).high < 3


@pytest.mark.parametrize(
    ("count", "width", "height", "grid"),
    [
        (2, 57, 30, (1, 2, 57, 15)),
        (4, 95, 30, (2, 2, 46, 15)),
        (9, 95, 30, (3, 3, 30, 10)),
        (12, 95, 30, (3, 4, 30, 7)),
        (13, 95, 30, (3, 4, 30, 7)),
        (3, 30, 21, (1, 3, 30, 7)),
        (3, 30, 20, (1, 2, 30, 10)),
        (2, 30, 13, None),
        (2, 29, 40, None),
    ],
)
def test_the_room_is_shared_by_panels_that_can_be_read(
    count: int, width: int, height: int, grid: tuple[int, int, int, int] | None
) -> None:
    assert share(count, width, height) == grid


@pytest.mark.parametrize("size", [(80, 24), (30, 8), (12, 5), (4, 2), (200, 60)])
async def test_a_plot_fits_any_size(size: tuple[int, int]) -> None:
    app = PlotApp()
    async with app.run_test(size=size) as pilot:
        app.plot.show(families(BARD))
        await pilot.pause()
        assert len(screen_text(app).splitlines()) <= size[1]


def test_the_extremes_of_many_points_are_on_the_screen() -> None:
    ys = [1.0] * 50_000
    ys[20_000] = 9.0
    flat = drawn([Line(range(50_000), [1.0] * 50_000)])
    peak = drawn([Line(range(50_000), ys)])
    column = {len(line.split("⢸")[0]) for line in peak if "⢸" in line} or {len(line.split("⡇")[0]) for line in peak}
    assert len([line for line in peak if set("⢸⡇") & set(line)]) >= 8
    assert len(column) == 1
    assert not any(set("⢸⡇") & set(line) for line in flat)


def test_a_falling_curve_falls_from_the_upper_left_to_the_lower_right() -> None:
    rows = drawn([Line(range(10), [10.0 - n for n in range(10)])])
    inside = [row.partition("┤")[2] or row.partition("│")[2] for row in rows[:-2]]
    starts = [len(row) - len(row.lstrip(" ")) for row in inside]
    assert starts == sorted(starts)
    assert rows[-3].endswith("●")


@pytest.mark.parametrize(
    ("low", "high", "wanted", "ticks"),
    [
        (0, 10, 5, [0, 2, 4, 6, 8, 10]),
        (0.13, 0.87, 4, [0.2, 0.4, 0.6, 0.8]),
        (-5, 5, 2, [-5, 0, 5]),
        (4.98, 5.4, 3, [5.0, 5.2, 5.4]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, wanted: int, ticks: list[float]) -> None:
    assert nice_ticks(low, high, wanted) == pytest.approx(ticks)


def test_powers_of_ten_are_the_ticks_of_a_log_scale() -> None:
    assert log_ticks(0.001, 1000) == pytest.approx([10.0**n for n in range(-3, 4)])
    assert log_ticks(1, 9) == pytest.approx([1, 2, 5])


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (4.98123, "4.981"), (149.93, "149.9"), (1234.5, "1234"), (1e-5, "1e-5"), (3e7, "3e7"), (0.5, "0.5")],
)
def test_numbers_are_short(value: float, words: str) -> None:
    assert number_words(value) == words


finite = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(finite, finite), min_size=1, max_size=30),
    st.integers(0, 90),
    st.integers(0, 30),
)
def test_any_finite_values_can_be_drawn(points: list[tuple[float, float]], width: int, height: int) -> None:
    points.sort()
    line = Line([x for x, _ in points], [y for _, y in points], points[0])
    rows = drawn([line, line], width, height)
    assert len(rows) == height
    if width >= 40:
        assert all(len(row) <= width for row in rows)
    positive = Line(line.xs, [abs(y) + 1e-300 for y in line.ys])
    assert len(drawn([positive], width, height, log=True)) == height


def test_twenty_thousand_points_are_drawn_in_no_time() -> None:
    xs = list(range(20_000))
    ys = [math.sin(x / 700) for x in xs]
    began = time.process_time()
    drawn([Line(xs, ys)], 120, 40)
    assert time.process_time() - began < 1
