"""How a list of records shares its room and tells its days, read off the screen's cells."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_api import START, Api
from tests.support.records_console import made, opened
from tests.support.screen import screen_text
from tui.api.types import Prediction, Training, decode
from tui.screens.records.record_columns import RecordColumns
from tui.services.bus import RecordsListed
from tui.store.records import RecordRow
from tui.widgets.table.row_sources import share_width

pytestmark = pytest.mark.timeout(240)

LONG = "owner-of-a-long-name/model-with-a-name-of-forty-cells-in-all"
ASKED = " ".join(["lighthouse"] * 40)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


def ran(number: int, days_ago: float, status: str = "succeeded", **fields: Any) -> Prediction:
    at = START - timedelta(days=days_ago) - timedelta(milliseconds=1000 - number)
    return made(number, status, created_at=at.isoformat(), **fields)


def training(number: int, status: str = "succeeded", **fields: Any) -> Training:
    at = START - timedelta(seconds=900 - number)
    answer = {
        "id": f"tr{number:06d}",
        "model": "acme/flux-dev-lora-trainer",
        "version": "v" * 64,
        "status": status,
        "created_at": at.isoformat(),
        "input": {"steps": number},
        "output": None,
        "logs": "",
        "metrics": {},
        **fields,
    }
    return decode(Training, answer)


@pytest.mark.parametrize(("size", "least"), [((120, 40), 40), ((200, 50), 40), ((80, 24), 40), ((160, 40), 40)])
async def test_an_input_has_forty_cells_beside_the_detail(
    api: Api, tmp_path: Path, size: tuple[int, int], least: int
) -> None:
    records = [made(n, input={"prompt": f"no{n} {ASKED}"}) for n in range(1, 4)]
    async with opened(api, tmp_path, records, size=size) as seen:
        await seen.until(lambda: seen.numbers == [3, 2, 1])
        for line in seen.lines:
            if "lighthouse" in line:
                found = re.search(r"no\d (?:lighthouse )*\w*…", line)
                assert found and len(found[0]) >= least, line


async def test_at_200_columns_no_model_is_cut_and_at_120_the_owner_is_cut_before_the_name(
    api: Api, tmp_path: Path
) -> None:
    records = [made(1, model=LONG), made(2, model="black-forest-labs/flux-schnell")]
    async with opened(api, tmp_path, records, size=(200, 50)) as seen:
        await seen.until(lambda: seen.numbers == [2, 1])
        assert LONG.partition("/")[2] in screen_text(seen.app)
        await seen.pilot.resize_terminal(120, 40)
        await seen.until(lambda: LONG.partition("/")[2] not in "\n".join(seen.lines))
        line = next(line for line in seen.lines if "no2" in line)
        assert "flux-schnell" in line
        cut = next(line for line in seen.lines if "no1" in line)
        assert re.search(r"model-with\S*…  no1", cut), cut


@pytest.mark.parametrize("size", [(120, 40), (200, 50), (80, 24), (101, 30), (60, 20)])
async def test_nothing_is_cut_without_a_sign_and_no_column_is_shown_in_part(
    api: Api, tmp_path: Path, size: tuple[int, int]
) -> None:
    records = [
        made(n, input={"prompt": f"no{n} {ASKED}"}, model=LONG, metrics={"predict_time": 7261.0, "total_time": 9999.0})
        for n in range(1, 5)
    ]
    async with opened(api, tmp_path, records, size=size) as seen:
        await seen.until(lambda: seen.numbers == [4, 3, 2, 1])
        head = seen.lines[0].split()
        assert head[-1] == "Age"
        for line in seen.lines:
            if "no" in line and "light" in line:
                assert line.endswith(" 2 d"), line
                assert ("2:01:01" in line) == ("Run" in head), line
                for word in re.findall(r"\S+", line):
                    whole = word in {"›", "✓", "d", "2", "2:01:01", "lighthouse", *LONG.split("/")}
                    assert whole or word.endswith("…") or word.startswith("no") or word in "45:59.0", (word, line)


async def test_a_status_is_one_cell_with_a_word_where_it_did_not_succeed(api: Api, tmp_path: Path) -> None:
    half = "".join(f"{n * 10}%|###| {n}/10\n" for n in range(1, 6))
    records = [
        made(1),
        made(2, "failed", error="out of memory"),
        made(3, "canceled"),
        made(4, "aborted"),
        made(5, "processing", logs=half, started_at=START.isoformat()),
        made(6, "starting"),
        made(7, "queued-for-review"),
        made(8, data_removed=True, input={}),
    ]
    for record in records:
        if record.status in ("processing", "starting", "queued-for-review"):
            api.predictions[record.id] = dict(record.raw)
    async with opened(api, tmp_path, records) as seen:
        await seen.until(lambda: 1 in seen.numbers)
        rows = {n: line[3:].rstrip() for line in seen.lines if (n := seen.number_of(line)) is not None}
        assert re.match(r"✓  words acme +no1 ", rows[1])
        assert re.match(r"✗  words acme +failed · no2 ", rows[2])
        assert re.match(r"⊘  words acme +canceled · no3 ", rows[3])
        assert re.match(r"⊗  words acme +aborted · no4 ", rows[4])
        assert re.match(r"▅  words acme +50 % · no5 ", rows[5])
        assert re.match(r"◌  words acme +starting · no6 ", rows[6])
        assert re.match(r"\?  words acme +queued-for-review · no7 ", rows[7])
        assert any(re.match(r".  ✓  words acme +deleted by Replicate ", line) for line in seen.lines)
        assert "Status" not in seen.lines[0]


async def test_days_are_told_with_their_runs_and_seconds_and_the_cursor_steps_over_them(
    api: Api, tmp_path: Path
) -> None:
    records = [ran(9, 0), ran(8, 0, "failed"), ran(7, 1), ran(6, 1), ran(5, 400)]
    async with opened(api, tmp_path, records) as seen:
        await seen.until(lambda: len(seen.days) == 3)
        old = (START - timedelta(days=400)).astimezone()
        assert seen.days == ["today · 2 runs · 1 s", "yesterday · 2 runs · 2 s", f"{old:%d %b %Y} · 1 run · 1 s"]
        order = [seen.number_of(line) for line in seen.lines[1:] if line]
        assert order[:8] == [None, 9, 8, None, 7, 6, None, 5]
        for key, under in [("j", 8), ("j", 7), ("k", 8), ("G", 5), ("k", 6), ("g", 9), ("k", 9)]:
            await seen.press(key)
            await seen.until(lambda under=under: seen.under_cursor == under)
        await seen.press("j", "space", "space", "space")
        await seen.until(lambda: seen.marked == {8, 7, 6} and seen.under_cursor == 5)
        # A run that ends adds its time to its day, and what comes to its count; cursor and marks stay.
        await seen.tell([ran(8, 0, "succeeded", metrics={"predict_time": 40.0}), ran(10, 0)])
        await seen.until(lambda: seen.days[:1] == ["today · 3 runs · 42 s"])
        assert seen.under_cursor == 5
        assert seen.marked == {8, 7, 6}


async def test_a_day_tells_what_its_records_may_have_cost_and_how_many_of_them_have_no_price(
    api: Api, tmp_path: Path
) -> None:
    banana = {"model": "google/nano-banana", "version": "hidden"}
    picture = {"predict_time": 1.0, "image_count": 1}
    records = [ran(9, 0, **banana, metrics=picture), ran(8, 0, **banana, metrics=picture), ran(7, 0), ran(6, 1)]
    async with opened(api, tmp_path, records) as seen:
        await seen.until(lambda: seen.days[:1] == ["today · 3 runs · 3 s · ≈ $0.078 and 1 without a price"])
        assert seen.days[1] == "yesterday · 1 run · 1 s"
        await seen.press("slash", *"model:banana")
        await seen.until(lambda: seen.days == ["today · 2 runs · 2 s · ≈ $0.078"])
        await seen.tell([ran(10, 0, **banana, metrics=picture)])
        await seen.until(lambda: seen.days == ["today · 3 runs · 3 s · ≈ $0.12"])


async def test_a_day_and_the_section_usage_say_the_same_of_what_lives_was_aborted_or_is_known_late(
    api: Api, tmp_path: Path
) -> None:
    banana = {"model": "google/nano-banana", "version": "hidden", "metrics": {"predict_time": 1.0}}
    records = [
        ran(9, 0, **{**banana, "metrics": {"predict_time": 1.0, "image_count": 1}}),
        ran(8, 0, **banana),
        ran(7, 0),
        ran(6, 0, "aborted"),
        ran(5, 0, "processing", completed_at=None, metrics={}),
    ]
    async with opened(api, tmp_path, records) as seen:

        async def said() -> tuple[int, float | None, int]:
            assert seen.app.services is not None
            total = (await seen.app.services.usage.read()).total().sum
            return total.count, None if total.cost is None else round(total.cost, 6), total.cost_unknown

        await seen.until(lambda: seen.days == ["today · 5 runs · 3 s · ≈ $0.039 and 3 without a price"])
        assert await said() == (5, 0.039, 3)
        # Its pictures are known late: it ran no longer for that.
        await seen.tell([ran(8, 0, **{**banana, "metrics": {"predict_time": 1.0, "image_count": 2}})])
        await seen.until(lambda: seen.days == ["today · 5 runs · 3 s · ≈ $0.12 and 2 without a price"])
        assert await said() == (5, 0.117, 2)
        await seen.tell([ran(5, 0, "aborted", metrics={})])
        await seen.until(lambda: seen.days == ["today · 5 runs · 3 s · ≈ $0.12 and 1 without a price"])
        assert await said() == (5, 0.117, 1)


async def test_the_days_under_a_filter_are_those_of_what_it_finds(api: Api, tmp_path: Path) -> None:
    records = [ran(9, 0), ran(8, 0, "failed"), ran(7, 1), ran(6, 1, "failed"), ran(5, 2)]
    async with opened(api, tmp_path, records) as seen:
        await seen.until(lambda: len(seen.days) == 3)
        await seen.press("slash", *"status:failed")
        await seen.until(lambda: seen.days == ["today · 1 run", "yesterday · 1 run"])
        assert seen.numbers == [8, 6]
        await seen.press("escape", "slash", *"nosuchword")
        await seen.until(lambda: "No prediction matches “nosuchword”." in screen_text(seen.app))
        assert seen.days == []
        await seen.press("escape")
        await seen.until(lambda: len(seen.days) == 3)
        await seen.press("S", "r")
        await seen.until(lambda: "by Run" in seen.foot)
        assert seen.days == [], "in another order the days would be everywhere"


async def test_the_thousandth_row_of_many_days_is_reached_on_a_small_screen_and_stays_through_news(
    api: Api, tmp_path: Path
) -> None:
    records = [ran(n, (1200 - n) / 5, input={"prompt": f"no{n}"}) for n in range(1, 1201)]
    async with opened(api, tmp_path, records, size=(80, 24)) as seen:
        await seen.until(lambda: "1,200 predictions" in seen.foot)
        await seen.press("G")
        await seen.until(lambda: seen.under_cursor == 1)
        assert len(seen.lines[1:]) == len([line for line in seen.lines[1:] if line]), "the last row is on the last line"
        seen.screen.list.table.move_to_index(999)
        await seen.until(lambda: seen.under_cursor == 201)
        place = [seen.number_of(line) for line in seen.lines]
        await seen.tell([ran(n, 0) for n in range(1201, 1206)])
        await seen.until(lambda: "1,205 predictions" in seen.foot)
        assert [seen.number_of(line) for line in seen.lines] == place
        await seen.press("g")
        await seen.until(lambda: seen.under_cursor == 1205)
        assert seen.lines[1].strip().startswith("today · "), "the first heading is above the first row"


async def test_an_empty_list_has_no_days_and_says_what_to_press(api: Api, tmp_path: Path) -> None:
    async with opened(api, tmp_path, size=(80, 24)) as seen:
        await seen.until(lambda: "No predictions yet." in screen_text(seen.app))
        assert seen.days == []
        await seen.press("j", "G", "space", "g")
        await seen.tell([ran(1, 0)])
        await seen.until(lambda: seen.days == ["today · 1 run · 1 s"])
        assert seen.under_cursor == 1


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (200, 50)])
async def test_a_training_is_told_by_where_it_goes_and_what_it_was_trained_on(
    api: Api, tmp_path: Path, size: tuple[int, int]
) -> None:
    done = {"output": {"version": "ada/my-portraits:" + "a" * 64}, "metrics": {"predict_time": 61.0}}
    trainings = [
        training(1, **done),
        training(2, "failed", destination="ada/poet", error="no data"),
        training(3, "canceled", destination="ada/second-poet"),
    ]
    async with opened(api, tmp_path, section="trainings", size=size) as seen:
        services = seen.app.services
        assert services is not None
        fold = await services.store.fold_page(services.account, trainings, START, "training")
        services.bus.publish(RecordsListed(fold.changed))
        await seen.until(lambda: any("my-portraits" in line for line in seen.lines))
        rows = [line[3:] for line in seen.lines if "poet" in line or "portraits" in line]
        assert re.match(r"⊘  second-poet( ada| a…|…| …)? +flux-dev\S+( acme)? .*canceled", rows[0]), rows
        assert re.match(r"✗  poet ada +flux-dev\S+( acme)? .*failed", rows[1]), rows
        assert re.match(r"✓  my-portraits( ada| a…|…| …)? +flux-dev\S+( acme)? .*61\.0 s", rows[2]), rows
        assert "my-portraits " in rows[2]
        if size[0] == 200:
            assert "my-portraits ada" in rows[2] and "flux-dev-lora-trainer " in rows[2]


def test_a_cost_has_a_column_only_where_one_is_known_and_there_is_room() -> None:
    costs = {"p1": "$0.0031"}
    columns = RecordColumns("prediction", lambda row: costs.get(row.id, ""))

    def titles(width: int) -> list[str]:
        return [column.title for column, _ in share_width(columns.columns(width), width, width - 3)]

    assert columns.learn([_row("p2")])
    assert "≈ Cost" not in titles(140)
    assert columns.learn([_row("p1")])
    assert not columns.learn([_row("p1"), _row("p2")]), "columns only grow"
    assert "≈ Cost" in titles(100) and "≈ Cost" not in titles(99)
    cost = next(column for column in columns.columns(140) if column.key == "cost")
    assert (cost.render(_row("p1")), cost.render(_row("p2"))) == ("$0.0031", "")


def _row(id: str) -> RecordRow:
    return RecordRow(
        id=id, kind="prediction", status="succeeded", live=False, model="acme/words", version="", deployment=None,
        source="api", created_at=START, started_at=None, completed_at=None, predict_time=1.0, total_time=2.0,
        summary="", destination="", error=None, progress=None, has_outputs=False, data_removed=False, whole=True,
        confirmed_at=None, run_id=None,
    )  # fmt: skip
