"""What is deleted is gone, stays gone in the API's lists, and stays counted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.conftest import START, made
from tui.services.files.deletion import Deleted, delete, older_than, without_room
from tui.store.filter_query import Query
from tui.store.records import RunIntent, SavedOutput
from tui.store.store import Store
from tui.store.timestamps import micros
from tui.store.usage import Span

ME = "me@api"
LATER = START + timedelta(days=100)


async def ids(store: Store, words: str = "") -> list[str]:
    return await store.ids(ME, Query.parse(words))


async def used(store: Store) -> int:
    since = micros(START)
    return sum(one.count for one in await store.usage.sums(ME, [Span(since, since, micros(LATER))]))


async def test_a_deleted_record_is_in_no_list_no_search_and_no_file_of_text(store: Store) -> None:
    await store.save(ME, [made(1, input={"prompt": "a secret lake"}), made(2)], confirmed_at=START)
    assert await store.delete_records(ME, ["p000001"]) == (1, [])
    assert await ids(store) == ["p000002"]
    assert await ids(store, "secret") == []
    assert await store.get(ME, "p000001") is None
    await store.save(ME, [made(3, input={"prompt": "another secret"})])
    assert await ids(store, "secret") == ["p000003"]


async def test_what_is_live_or_not_finished_or_anothers_stays(store: Store) -> None:
    await store.save(ME, [made(1, "processing"), made(2)])
    await store.save("you@api", [made(3)])
    await store.begin_run(ME, RunIntent("run", "acme/paint", {"prompt": "x"}, START, state="creating"))
    await store.bind_run(ME, "run", made(2), START)
    assert await store.delete_records(ME, ["p000001", "p000002", "p000003", "nothing"]) == (0, [])
    assert set(await ids(store)) == {"p000001", "p000002"}
    await store.update_run(ME, "run", state="done")
    assert (await store.delete_records(ME, ["p000002"]))[0] == 1
    intent = await store.run(ME, "run")
    assert intent is not None and intent.input == {} and intent.prediction_id == "p000002"


async def test_a_list_of_the_api_does_not_bring_it_back_and_counts_it_as_known(store: Store) -> None:
    await store.save(ME, [made(1), made(2)])
    await store.delete_records(ME, ["p000001"])
    fold = await store.fold_page(ME, [made(1), made(2)], START, "prediction")
    assert fold.known == {"p000001", "p000002"} and fold.changed == () and list(fold.rows) == ["p000002"]
    assert await ids(store) == ["p000002"]


async def test_asked_for_by_its_id_it_is_kept_again_and_counted_once(store: Store) -> None:
    await store.save(ME, [made(1), made(2)])
    before = await used(store)
    await store.delete_records(ME, ["p000001"])
    assert await used(store) == before == 2, "what was used stays counted"
    await store.save(ME, [made(1)])
    assert await ids(store) == ["p000002", "p000001"]
    assert await used(store) == 2


async def test_saved_files_go_but_those_elsewhere_stay(store: Store, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "outputs", tmp_path / "mine"
    for one in (folder / "p000001", elsewhere):
        one.mkdir(parents=True)
        (one / "output-0.png").write_bytes(b"12345")
    await store.save(ME, [made(1), made(2)])
    inside, outside = folder / "p000001" / "output-0.png", elsewhere / "output-0.png"
    await store.save_output(ME, "p000001", SavedOutput(0, "https://x/1", inside, 5, state="saved"))
    await store.save_output(ME, "p000002", SavedOutput(0, "https://x/2", outside, 5, state="saved"))
    assert await delete(store, ME, ["p000001", "p000002"], folder) == Deleted(2, 1, 5)
    assert not inside.parent.exists() and folder.exists() and outside.exists()
    assert await store.outputs(ME, "p000001") == []


async def test_a_file_that_cannot_be_removed_is_told_and_one_that_is_gone_is_not(store: Store, tmp_path: Path) -> None:
    stuck, gone = tmp_path / "outputs" / "stuck.png", tmp_path / "outputs" / "gone.png"
    # Nobody can unlink a folder.
    stuck.mkdir(parents=True)
    await store.save(ME, [made(1)])
    await store.save_output(ME, "p000001", SavedOutput(0, "https://x/1", stuck, 5, state="saved"))
    await store.save_output(ME, "p000001", SavedOutput(1, "https://x/2", gone, 5, state="saved"))
    found = await delete(store, ME, ["p000001"], tmp_path / "outputs")
    assert (found.records, found.files) == (1, 0)
    (left,) = found.left
    assert left.startswith(f"{stuck}: ") and len(left) > len(f"{stuck}: ")


@pytest.mark.parametrize(
    ("age", "found"), [(timedelta(days=10), ["p000000"]), (timedelta(days=9), ["p864000", "p000000"])]
)
async def test_older_is_what_was_created_before_and_has_ended(store: Store, age: timedelta, found: list[str]) -> None:
    # A day after the first there is another one, and one that still runs.
    await store.save(ME, [made(0), made(864_000), made(5, "processing")])
    now = START + timedelta(days=19, microseconds=1)
    assert await store.ids(ME, older_than(age, now)) == found
    assert await store.ids(ME, older_than(timedelta(days=19, microseconds=1), now)) == []


# The newest has 5 bytes, the one before 3 and 4, the oldest 2; one of 9 lies where the user saved it.
@pytest.mark.parametrize(
    ("most", "found"),
    [
        (14, []),
        (13, ["p000001"]),
        (12, ["p000001"]),
        (11, ["p000002", "p000001"]),
        (4, ["p000003", "p000002", "p000001"]),
    ],
)
async def test_what_has_no_room_is_the_oldest(store: Store, tmp_path: Path, most: int, found: list[str]) -> None:
    folder = tmp_path / "outputs"
    folder.mkdir()
    await store.save(ME, [made(1), made(2), made(3), made(4), made(5, "processing")])
    sizes = {("p000003", 0): 5, ("p000002", 0): 3, ("p000002", 1): 4, ("p000001", 0): 2, ("p000005", 0): 100}
    for (one, place), size in sizes.items():
        path = folder / f"{one}-{place}"
        path.write_bytes(b"x" * size)
        await store.save_output(ME, one, SavedOutput(place, f"https://x/{one}{place}", path, size, state="saved"))
    elsewhere = tmp_path / "mine"
    elsewhere.write_bytes(b"x" * 9)
    await store.save_output(ME, "p000004", SavedOutput(0, "https://x/4", elsewhere, 9, state="saved"))
    gone = folder / "gone"
    await store.save_output(ME, "p000004", SavedOutput(1, "https://x/5", gone, 50, state="saved"))
    assert await without_room(store, ME, most, folder) == found


async def test_an_account_that_gets_its_name_keeps_what_was_deleted_deleted(store: Store) -> None:
    await store.save("?x@api", [made(1), made(2)])
    await store.delete_records("?x@api", ["p000001"])
    await store.rename_account("?x@api", ME)
    await store.fold_page(ME, [made(1), made(2)], START, "prediction")
    assert await ids(store) == ["p000002"]
