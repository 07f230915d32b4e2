"""A sheet of files: laid out by their number, walked through, fetched and dropped, and said where none can be shown."""

from __future__ import annotations

import asyncio
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from PIL import Image
from textual.app import App, ComposeResult
from textual.message import Message

from tests.support.screen import screen_lines, screen_strips, screen_text, until
from tui.appearance import DARK
from tui.resources import styles
from tui.services.files.previews import NoPreview
from tui.widgets.media.contact_sheet import ContactSheet, Item, behind_name
from tui.widgets.media.sheet_layout import grid

SHADES = [(200, 40, 40), (40, 160, 40), (40, 60, 220), (200, 180, 30), (150, 40, 170), (20, 160, 160)]


def picture(path: Path, number: int = 0, size: tuple[int, int] = (64, 64)) -> Path:
    Image.new("RGB", size, SHADES[number % len(SHADES)]).save(path)
    return path


def saved(folder: Path, count: int) -> list[Item]:
    return [
        Item(f"https://x/out-{number}.png", f"out-{number}.png", picture(folder / f"out-{number}.png", number))
        for number in range(count)
    ]


def tone(path: Path, seconds: float = 1.5, width: int = 2) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(width)
        sound.setframerate(8000)
        quiet, loud = b"\0" * width, b"\xff" * (width - 1) + b"\x7f"
        frames = int(seconds * 8000)
        sound.writeframes(quiet * (frames // 2) + loud * (frames - frames // 2))
    return path


class Host(App[None]):
    CSS_PATH = styles()  # pyright: ignore
    ENABLE_COMMAND_PALETTE = False
    AUTO_FOCUS = ""

    def __init__(self, sheet: ContactSheet) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.sheet = sheet
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.sheet

    def on_contact_sheet_filled(self, event: ContactSheet.Filled) -> None:
        self.heard.append(event)

    def places(self) -> dict[int, tuple[int, int, int, int]]:
        """Where on the screen each picture's colour is: left, top, right, bottom."""
        found: dict[int, tuple[int, int, int, int]] = {}
        for y, strip in enumerate(screen_strips(self)):
            x = 0
            for segment in strip:
                ground = segment.style.bgcolor.triplet if segment.style and segment.style.bgcolor else None
                if ground in SHADES:
                    number = SHADES.index(tuple(ground))  # type: ignore[arg-type]
                    left, top, right, _ = found.get(number, (x, y, 0, 0))
                    found[number] = (min(left, x), top, max(right, x + segment.cell_length), y + 1)
                x += segment.cell_length
        return found


# ---- the layout


@pytest.mark.parametrize(
    ("count", "room", "columns", "rows"),
    [
        (1, (60, 30), 1, 1),
        (2, (60, 30), 2, 1),
        (2, (30, 40), 1, 2),
        (3, (60, 30), 2, 2),
        (4, (60, 30), 2, 2),
        (4, (120, 40), 2, 2),
        (4, (200, 12), 4, 1),
        (9, (60, 30), 3, 3),
        (8, (200, 50), 4, 2),
        (4, (10, 4), 1, 1),
    ],
)
def test_the_tiles_are_as_large_as_the_room_allows(count: int, room: tuple[int, int], columns: int, rows: int) -> None:
    found = grid(count, *room)
    assert (found.columns, found.rows) == (columns, rows)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 40, 1000])
@pytest.mark.parametrize("room", [(1, 1), (14, 5), (60, 30), (200, 50)])
def test_no_tile_leaves_the_room_or_covers_another(count: int, room: tuple[int, int]) -> None:
    found = grid(count, *room)
    cells: set[tuple[int, int]] = set()
    for index in range(min(count, found.on_page)):
        place = found.place(index)
        mine = {(x, y) for x in range(place.x, place.right) for y in range(place.y, place.bottom)}
        assert mine and not mine & cells
        assert place.right <= room[0] and place.bottom <= room[1]
        assert {found.at(*cell) for cell in mine} == {index}
        cells |= mine


# ---- pictures


async def test_four_pictures_are_two_by_two_and_numbered(tmp_path: Path) -> None:
    app = Host(ContactSheet())
    async with app.run_test(size=(80, 40)) as pilot:
        app.sheet.show(saved(tmp_path, 4))
        await until(pilot, lambda: len(app.places()) == 4)
        places = app.places()
        assert places[0][0] == places[2][0] < places[1][0] == places[3][0]
        assert places[0][1] == places[1][1] < places[2][1] == places[3][1]
        for number in range(4):
            assert f"{number + 1} out-{number}.png" in screen_text(app)
        assert "64×64 PNG" in screen_text(app)
        assert all(right - left > 30 for left, _, right, _ in places.values()), "the room is used"


async def test_the_tiles_do_not_move_when_a_picture_comes(tmp_path: Path) -> None:
    come = asyncio.Event()

    async def fetch(url: str) -> Path:
        if "late" in url:
            await come.wait()
        return picture(tmp_path / "x.png", 1, (300, 20))

    items = [Item("late", "a.png"), Item("soon", "b.png"), *saved(tmp_path, 2)]
    app = Host(ContactSheet())
    async with app.run_test(size=(80, 40)) as pilot:
        app.sheet.show(items, fetch=fetch, size_of=lambda url: 1_200_000)
        await until(pilot, lambda: {0, 1} <= set(app.places()))
        names = [line.find("out-0.png") for line in screen_lines(app)]
        assert "fetching… 1.2 MB" in screen_text(app)
        come.set()
        await until(pilot, lambda: "fetching…" not in screen_text(app))
        assert [line.find("out-0.png") for line in screen_lines(app)] == names


async def test_arrows_and_clicks_select_and_the_foot_says_which(tmp_path: Path) -> None:
    app = Host(ContactSheet())
    async with app.run_test(size=(80, 40)) as pilot:
        items = saved(tmp_path, 4)
        app.sheet.show(items)
        app.sheet.focus()
        await until(pilot, lambda: len(app.places()) == 4)
        assert "← → 1/4 · z fills" in screen_text(app) and "›1 out-0.png" in screen_text(app)
        for key, place in [
            ("right", 2), ("right", 3), ("up", 1), ("down", 3), ("right", 4), ("right", 4), ("left", 3), ("home", 1),
            ("left", 1), ("end", 4), ("down", 4), ("k", 2), ("j", 4), ("g", 1), ("G", 4),
        ]:  # fmt: skip
            await pilot.press(key)
            assert app.sheet.index == place - 1, (key, place)
        await until(pilot, lambda: "4/4" in screen_text(app) and "›4 out-3.png" in screen_text(app))
        assert f"/{tmp_path.name}/out-3.png" in screen_text(app)
        left, top, *_ = app.places()[1]
        await pilot.click(app.sheet, offset=(left + 2, top + 2))
        assert app.sheet.current == items[1] and app.heard == []
        await pilot.press("z", "enter")
        await pilot.click(app.sheet, offset=(left + 2, top + 2), times=2)
        await until(pilot, lambda: len(app.heard) == 3)


async def test_more_files_than_there_is_room_for_are_on_pages(tmp_path: Path) -> None:
    app = Host(ContactSheet())
    asked: list[str] = []

    async def fetch(url: str) -> Path:
        asked.append(url)
        return picture(tmp_path / "x.png")

    async with app.run_test(size=(40, 20)) as pilot:
        app.sheet.show([Item(f"u{number}", f"n{number}") for number in range(50)], fetch=fetch)
        app.sheet.focus()
        await until(pilot, lambda: asked)
        await until(pilot, lambda: "fetching…" not in screen_text(app))
        first = len(asked)
        assert first < 50, "only what is seen is fetched"
        await pilot.press("pagedown")
        assert app.sheet.index == first
        await until(pilot, lambda: f"u{first}" in asked)
        await pilot.press("end")
        await until(pilot, lambda: "u49" in asked and "50/50" in screen_text(app))


async def test_the_selected_file_stays_selected_while_others_come(tmp_path: Path) -> None:
    items = saved(tmp_path, 4)
    app = Host(ContactSheet())
    async with app.run_test(size=(80, 40)) as pilot:
        app.sheet.show(items[:2])
        app.sheet.focus()
        await pilot.press("right")
        app.sheet.show(items)
        assert app.sheet.current == items[1]
        app.sheet.show(list(reversed(items)))
        assert app.sheet.current == items[1] and app.sheet.index == 2
        app.sheet.show([])
        await until(pilot, lambda: not app.places())
        assert app.sheet.current is None
        await pilot.press("right", "z", "end", "p", "down")
        assert app.heard == []


async def test_what_is_fetched_is_dropped_when_other_files_are_shown() -> None:
    dropped: list[str] = []

    async def fetch(url: str) -> Path:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            dropped.append(url)
            raise
        raise AssertionError

    app = Host(ContactSheet())
    async with app.run_test(size=(80, 40)) as pilot:
        app.sheet.show([Item("one", "one.png")], fetch=fetch)
        await until(pilot, lambda: "fetching…" in screen_text(app))
        await pilot.pause(0.05)
        app.sheet.show([Item("two", "two.png")], fetch=fetch)
        await until(pilot, lambda: dropped == ["one"])
        await pilot.pause(0.05)
        app.sheet.display = False
        await until(pilot, lambda: dropped == ["one", "two"])


async def test_a_picture_that_cannot_be_had_says_why_and_what_it_was() -> None:
    async def fetch(url: str) -> Path:
        raise NoPreview("It is no longer there: Replicate deletes output files an hour after the prediction.", size=900)

    app = Host(ContactSheet())
    async with app.run_test(size=(80, 20)) as pilot:
        app.sheet.show([Item("u", "cat[/].png")], fetch=fetch)
        await until(pilot, lambda: "Replicate deletes output files an hour after" in screen_text(app))
        assert "cat[/].png  900 B" in screen_text(app) and "PNG" in screen_text(app)
        assert app.sheet.current_path is None


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(minutes=54, seconds=12.9), "deleted in 54:12"),
        (timedelta(seconds=1.9), "deleted in 0:01"),
        (timedelta(seconds=-1), "deleted by now"),
    ],
)
async def test_it_is_said_until_when_a_file_can_be_had(left: timedelta, words: str) -> None:
    app = Host(ContactSheet())
    async with app.run_test(size=(80, 20)) as pilot:
        app.sheet.show([Item("u", "a.png")], until=datetime.now(UTC) + left)
        await until(pilot, lambda: words in screen_text(app) or "0:00" in screen_text(app))


async def test_a_saved_file_that_was_removed_is_fetched_again(tmp_path: Path) -> None:
    async def fetch(url: str) -> Path:
        return picture(tmp_path / "kept.png", 2)

    app = Host(ContactSheet())
    async with app.run_test(size=(80, 20)) as pilot:
        app.sheet.show([Item("u", "a.png", tmp_path / "gone.png")], fetch=fetch)
        await until(pilot, lambda: 2 in app.places())
        app.sheet.show([Item("v", "b.png", tmp_path / "gone.png")])
        await until(pilot, lambda: 2 in app.places() or "gone.png" in screen_text(app))


async def test_an_animation_plays_on_demand_only(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 40), shade) for shade in SHADES]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=40)
    app = Host(ContactSheet())
    async with app.run_test(size=(80, 20)) as pilot:
        app.sheet.show([Item("u", "a.gif", tmp_path / "a.gif"), *saved(tmp_path, 1)])
        app.sheet.focus()
        await until(pilot, lambda: "6 frames" in screen_text(app) and "p plays it" in screen_text(app))
        await pilot.pause(0.1)
        still = set(app.places())
        assert still == {0}
        await pilot.press("p")
        seen: set[int] = set()
        await until(pilot, lambda: seen.update(app.places()) or len(seen) > 3)
        await pilot.press("p")
        await pilot.pause(0.1)
        stopped = app.places()
        await pilot.pause(0.15)
        assert app.places() == stopped
        await pilot.press("p", "right", "p")
        await pilot.pause(0.1)
        assert app.sheet.index == 1, "a picture that does not move has nothing to play"


async def test_a_resize_makes_the_pictures_anew(tmp_path: Path) -> None:
    app = Host(ContactSheet())
    async with app.run_test(size=(80, 40)) as pilot:
        app.sheet.show(saved(tmp_path, 1))
        await until(pilot, app.places)
        wide = app.places()[0]
        assert wide[2] - wide[0] > 60
        await pilot.resize_terminal(40, 20)
        await until(pilot, lambda: app.places() and app.places()[0][2] <= 40)
        assert app.places()[0][3] - app.places()[0][1] > 10


# ---- other files


async def test_a_sound_is_its_waveform_and_its_length(tmp_path: Path) -> None:
    app = Host(ContactSheet())
    async with app.run_test(size=(80, 24)) as pilot:
        app.sheet.show([Item("u", "song.wav", tone(tmp_path / "song.wav"))])
        await until(pilot, lambda: "WAV · 24.0 kB · 1.5 s · 8 kHz mono" in screen_text(app))
        rows = [line for line in screen_lines(app) if "█" in line]
        assert len(rows) > 4, "what is loud is high"
        assert sum("█" in line[:39] for line in rows) == 1, "silence is a line"


async def test_other_files_say_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"ID3" + b"\0" * 997)
    (tmp_path / "b.csv").write_text("name,age\nada,36\n\x1b[31mbob,[/]\n")
    (tmp_path / "c.bin").write_bytes(b"\0" * 2000)
    (tmp_path / "d.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    app = Host(ContactSheet())
    async with app.run_test(size=(100, 40)) as pilot:
        app.sheet.show([Item(path.name, path.name, path) for path in sorted(tmp_path.iterdir())])
        await until(pilot, lambda: "fetching" not in screen_text(app) and "♪ MP3" in screen_text(app))
        await until(pilot, lambda: "the rest cannot be read" in screen_text(app))
        text = screen_text(app)
        assert "MP3 · 1.0 kB" in text and "data · 2.0 kB" in text
        assert "ada,36" in text and "\x1b[31m" not in text and "[/]" in text


async def test_the_foot_tells_only_the_keys_that_do_something_now(tmp_path: Path) -> None:
    async def fetch(url: str) -> Path:
        raise NoPreview("It is not there.")

    app = Host(ContactSheet(offers=("O opens", "s saves")))
    async with app.run_test(size=(80, 20)) as pilot:
        app.sheet.show([*saved(tmp_path, 1), Item("gone", "gone.png")], fetch=fetch)
        await until(pilot, lambda: "\n1/2 · O opens · s saves" in screen_text(app))
        app.sheet.focus()
        await until(pilot, lambda: "← → 1/2 · z fills · O opens · s saves" in screen_text(app))
        await pilot.press("right")
        await until(pilot, lambda: "← → 2/2 · z fills" in screen_text(app))
        assert "opens" not in screen_text(app) and "saves" not in screen_text(app)


async def test_captions_say_what_each_is_of(tmp_path: Path) -> None:
    app = Host(ContactSheet())
    async with app.run_test(size=(100, 20)) as pilot:
        item = saved(tmp_path, 1)[0]
        app.sheet.show([Item(item.url, item.name, item.path, "row 3: a cat [bold]")], "saving 1 file…")
        await until(pilot, lambda: "row 3: a cat [bold]" in screen_text(app))
        assert "saving 1 file…" in screen_text(app)


@pytest.mark.parametrize(("width", "shows"), [(60, "steps=3  seed=12345"), (45, "3 · 12345")])
async def test_a_name_without_room_gives_way_to_its_short_form(tmp_path: Path, width: int, shows: str) -> None:
    app = Host(ContactSheet())
    async with app.run_test(size=(width, 20)) as pilot:
        files = [replace(item, name="steps=3  seed=12345", short="3 · 12345") for item in saved(tmp_path, 2)]
        app.sheet.show(files)
        await until(pilot, lambda: shows in screen_text(app))
        captions = [line for line in screen_text(app).splitlines() if shows in line]
        assert [line.count(shows) for line in captions] == [2]


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (27, "mask  768×512 PNG · 435 kB"),
        (26, "mask  768×512 PNG · 435 kB"),
        (25, "mask  768×512 PNG"),
        (17, "mask  768×512 PNG"),
        (16, "mask"),
        (2, "mask"),
    ],
)
def test_of_a_files_facts_none_is_cut(room: int, words: str) -> None:
    assert behind_name("mask", "768×512 PNG · 435 kB", room) == words
    assert behind_name("", "", room) == ""
