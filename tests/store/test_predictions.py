"""Records, rows and pages of what the API told."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.conftest import START, made
from tui.api.types import Prediction, decode
from tui.store.database import StoreError
from tui.store.records import Query, SavedOutput
from tui.store.store import Store

ME = "me@api"


async def test_only_what_changed_is_returned(store: Store) -> None:
    assert [r.id for r in await store.save(ME, [made(1, "starting"), made(2)])] == ["p000001", "p000002"]
    assert [r.id for r in await store.save(ME, [made(1, "processing"), made(2)])] == ["p000001"]
    assert await store.save(ME, [made(1, "processing"), made(2)]) == []


async def test_a_record_comes_back_whole_after_a_restart(tmp_path: Path) -> None:
    one = await Store.open(tmp_path / "x.db")
    prediction = made(1, logs="line\n" * 5000, output={"a": [1, None, "é\u2028"]}, error="[/b] \x1b[31mred")
    await one.save(ME, [prediction], confirmed_at=START)
    await one.close()
    two = await Store.open(tmp_path / "x.db")
    record = await two.get(ME, "p000001")
    await two.close()
    assert record is not None
    assert record.prediction == prediction
    assert record.prediction.raw == prediction.raw
    assert record.confirmed_at == START
    assert record.row.error == "[/b] red"


async def test_accounts_never_mix(store: Store) -> None:
    await store.save(ME, [made(1)])
    await store.save("you@api", [made(1, "failed"), made(2)])
    mine, yours = await store.get(ME, "p000001"), await store.get("you@api", "p000001")
    assert mine is not None and yours is not None
    assert (mine.prediction.status, yours.prediction.status) == ("succeeded", "failed")
    assert await store.count(ME) == 1
    assert await store.get("nobody", "p000001") is None


async def test_pages_go_on_without_a_gap_or_a_double_while_new_ones_arrive(store: Store) -> None:
    # Several of the same instant: the id decides.
    first = [made(n, created_at=(START + timedelta(seconds=n // 3)).isoformat()) for n in range(100)]
    await store.save(ME, first)
    seen: list[str] = []
    rows = await store.rows(ME, limit=7)
    while rows:
        seen += [row.id for row in rows]
        await store.save(ME, [made(1000 + len(seen))])
        rows = await store.rows(ME, limit=7, after=rows[-1].cursor)
    expected = sorted(first, key=lambda p: (p.created_at, p.id), reverse=True)
    assert seen == [p.id for p in expected]


async def test_whole_records_are_listed_as_the_rows_are(store: Store) -> None:
    await store.save(ME, [made(n) for n in range(10)])
    records = await store.list(ME, limit=4)
    assert [r.id for r in records] == ["p000009", "p000008", "p000007", "p000006"]
    assert records[0].prediction.logs
    onward = await store.list(ME, limit=4, after=records[-1].cursor)
    assert [r.id for r in onward] == ["p000005", "p000004", "p000003", "p000002"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["d", "c", "b", "a"]),
        ("status:failed", ["b"]),
        ("status:live", ["c"]),
        ("status:ended", ["d", "b", "a"]),
        ("model:WORDS", ["d"]),
        ("source:web", ["a"]),
        ("since:25s", ["d", "c"]),
        ("since:1d horse", ["b"]),
        ("HORSE", ["b"]),
        ("out of memory", ["b"]),
        ("horse cow", []),
        ("acme status:succeeded", ["d", "a"]),
        ('"a 100% sure_thing"', ["a"]),
        ("100%", ["a"]),
        ("%", ["a"]),
        ("since:nonsense", []),
        ("status:", []),
        ("colour:red", []),
    ],
)
async def test_a_query_finds_what_it_says(store: Store, text: str, found: list[str]) -> None:
    await store.save(
        ME,
        [
            made("a", input={"prompt": "a 100% sure_thing"}, source="web"),
            made("b", "failed", error="CUDA out of memory", input={"prompt": "a Horse"}, created_at=_at(10)),
            made("c", "processing", created_at=_at(20)),
            made("d", model="acme/words", created_at=_at(30)),
        ],
    )
    query = Query.parse(text, now=START + timedelta(seconds=40))
    assert [row.id for row in await store.rows(ME, query)] == found
    assert await store.count(ME, query) == len(found)


def _at(seconds: int) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


async def test_what_is_live_is_known(store: Store) -> None:
    await store.save(
        ME,
        [
            made(1, "starting"),
            made(2, "succeeded"),
            made(3, "defrosting"),
            made(4, "expired", completed_at=_at(9)),
            made(5, "aborted"),
        ],
    )
    assert [r.id for r in await store.live(ME)] == ["p000003", "p000001"]
    assert [r.id for r in await store.live_rows(ME)] == ["p000003", "p000001"]
    await store.save(ME, [made(1, "succeeded")])
    assert [r.id for r in await store.live(ME)] == ["p000003"]


async def test_a_row_shows_progress_only_while_it_is_live(store: Store) -> None:
    await store.save(ME, [made(1, "processing")])
    assert (await store.rows(ME))[0].progress == 0.1
    await store.save(ME, [made(1, "succeeded")])
    assert (await store.rows(ME))[0].progress is None


async def test_a_summary_is_one_short_line_whatever_the_input_is(store: Store) -> None:
    await store.save(
        ME,
        [
            made("a", input={"prompt": "one\ntwo\t three" + " x" * 5000}),
            made("b", input={"image": "data:image/png;base64," + "A" * 400_000, "n": None, "on": True}),
            made("c", input={"messages": [{"role": "user"}], "deep": {"a": 1}, "none": {}, "x": 1.5}),
            made("d", input={}),
        ],
    )
    rows = {row.id: row.summary for row in await store.rows(ME)}
    assert rows["a"].startswith("one two three x x") and len(rows["a"]) == 200
    assert rows["b"] == "image=data:image/png;base64,…, n=null, on=true"
    assert rows["c"] == "messages=[1], deep={…}, none={}, x=1.5"
    assert rows["d"] == ""


async def test_a_hostile_answer_is_kept_and_found_again(store: Store) -> None:
    deep: object = "end"
    for _ in range(900):
        deep = [deep]
    odd = decode(
        Prediction,
        {
            "id": "x'; DROP TABLE predictions; --",
            "status": "\x1b]0;pwned\x07",
            "model": None,
            "output": deep,
            "input": {"\ud800": "\udfff", "n": 2**80, "nan": float("nan")},
            "logs": "\x9b31m" + "z" * 2_000_000,
        },
    )
    await store.save(ME, [odd])
    record = await store.get(ME, odd.id)
    assert record is not None
    assert record.prediction.logs == odd.logs
    assert record.prediction.input["n"] == 2**80
    assert await store.count(ME) == 1


async def test_a_prediction_without_a_time_keeps_the_place_where_it_was_first_seen(tmp_path: Path) -> None:
    moments = iter(START + timedelta(minutes=n) for n in range(100))
    store = await Store.open(tmp_path / "x.db", now=lambda: next(moments))
    try:
        timeless = decode(Prediction, {"id": "t", "status": "starting"})
        await store.save(ME, [timeless])
        before = (await store.rows(ME))[0].created_at
        await store.save(ME, [decode(Prediction, {"id": "t", "status": "processing"})])
        assert (await store.rows(ME))[0].created_at == before
    finally:
        await store.close()


async def test_what_has_no_id_is_not_kept(store: Store) -> None:
    assert await store.save(ME, [decode(Prediction, {"status": "starting"})]) == []
    assert await store.count(ME) == 0


async def test_trainings_lie_beside_predictions_and_are_listed_apart(store: Store) -> None:
    await store.save(ME, [made(1)])
    await store.save(ME, [made(2)], kind="training")
    assert [r.id for r in await store.rows(ME)] == ["p000001"]
    assert [r.id for r in await store.rows(ME, Query(kind="training"))] == ["p000002"]
    assert len(await store.rows(ME, Query(kind=None))) == 2


async def test_a_confirmation_is_kept_though_nothing_changed(store: Store) -> None:
    await store.save(ME, [made(1)], confirmed_at=START)
    assert await store.save(ME, [made(1)], confirmed_at=START + timedelta(minutes=5)) == []
    record = await store.get(ME, "p000001")
    assert record is not None
    assert record.confirmed_at == START + timedelta(minutes=5)


async def test_a_change_by_another_console_is_not_undone_by_a_known_answer(tmp_path: Path) -> None:
    one, two = await Store.open(tmp_path / "x.db"), await Store.open(tmp_path / "x.db")
    try:
        await one.save(ME, [made(1, "starting")])
        await two.save(ME, [made(1, "succeeded")])
        await one.save(ME, [made(1, "starting")])
        record = await one.get(ME, "p000001")
        assert record is not None and record.prediction.status == "succeeded"
    finally:
        await one.close()
        await two.close()


async def test_saved_outputs_belong_to_their_record(store: Store) -> None:
    await store.save(ME, [made(1)])
    wanted = SavedOutput(0, "https://x/a.png")
    await store.save_outputs(ME, "p000001", [wanted, SavedOutput(1, "https://x/b.png")])
    assert list(await store.wanted_outputs(ME)) == ["p000001"]
    saved = SavedOutput(0, "https://x/a.png", Path("/tmp/[x]/a.png"), 12, "image/png", "saved")
    await store.save_output(ME, "p000001", saved)
    record = await store.get(ME, "p000001")
    assert record is not None
    assert record.outputs == (saved, SavedOutput(1, "https://x/b.png"))
    assert await store.wanted_outputs(ME) == {"p000001": [SavedOutput(1, "https://x/b.png")]}


async def test_an_account_whose_name_becomes_known_keeps_everything(store: Store) -> None:
    await store.save("?abc", [made(1), made(2, "processing", logs="long log, seen by one alone")])
    await store.save_draft("?abc", "acme/paint", {"prompt": "mine"})
    await store.save(ME, [made(2, "succeeded", logs="short"), made(3)])
    await store.rename_account("?abc", ME)
    assert [r.id for r in await store.rows(ME)] == ["p000003", "p000002", "p000001"]
    both = await store.get(ME, "p000002")
    assert both is not None
    assert (both.prediction.status, both.prediction.logs) == ("succeeded", "long log, seen by one alone")
    assert await store.count("?abc") == 0
    draft = await store.draft(ME, "acme/paint")
    assert draft is not None and draft.values == {"prompt": "mine"}


async def test_many_records_are_paged_through_quickly(store: Store) -> None:
    for start in range(0, 6000, 3000):
        await store.save(ME, [made(n, logs="", output=None) for n in range(start, start + 3000)])
    began = time.process_time()
    rows = await store.rows(ME, limit=100)
    while len(rows) == 100 and rows[-1].id != "p000000":
        rows = await store.rows(ME, limit=100, after=rows[-1].cursor)
    assert time.process_time() - began < 2


async def test_lists_read_no_bodies(store: Store) -> None:
    await store.save(ME, [made(1)])

    def break_bodies(connection: object) -> None:
        connection.execute("UPDATE bodies SET raw = 'broken'")  # type: ignore[attr-defined]

    await store._database.write(break_bodies)
    assert [row.id for row in await store.rows(ME)] == ["p000001"]
    assert await store.count(ME, Query.parse("picture")) == 1
    with pytest.raises(StoreError, match=r"cannot be read|damaged|failed"):
        await store.get(ME, "p000001")
