"""Drafts, intents, models and what else of the API is cached."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.conftest import START, made
from tui.api.types import Model, decode
from tui.store.records import RunIntent
from tui.store.store import Store

ME = "me@api"


async def test_a_draft_comes_back_as_it_was_typed(store: Store) -> None:
    typed = {"prompt": "a [/] \x1b[31m cat\n\u202e", "n": "1e", "empty": ""}
    await store.save_draft(ME, "a/b", typed)
    await store.save_draft(ME, "a/b:123", {"prompt": "other"})
    draft = await store.draft(ME, "a/b")
    assert draft is not None and draft.values == typed
    await store.save_draft(ME, "a/b", {"prompt": "new"})
    draft = await store.draft(ME, "a/b")
    assert draft is not None and draft.values == {"prompt": "new"}
    await store.delete_draft(ME, "a/b")
    assert await store.draft(ME, "a/b") is None
    assert await store.draft("you", "a/b:123") is None


async def test_a_run_goes_from_its_draft_to_its_prediction(store: Store) -> None:
    intent = RunIntent("r1", "a/b", {"prompt": "x"}, START, save_dir="/tmp/out", options={"save": True}, owner="me")
    await store.begin_run(ME, intent)
    assert await store.run(ME, "r1") == intent
    await store.update_run(ME, "r1", state="creating", sent_at=START + timedelta(seconds=1), input={"prompt": "y"})
    record = await store.bind_run(ME, "r1", made(1, "starting"), START)
    assert (record.id, record.run_id, record.live) == ("p000001", "r1", True)
    run = await store.run(ME, "r1")
    assert run is not None
    assert (run.state, run.prediction_id, run.input) == ("following", "p000001", {"prompt": "y"})
    assert [r.run_id for r in await store.unfinished_runs(ME)] == ["r1"]
    await store.update_run(ME, "r1", state="done")
    assert await store.unfinished_runs(ME) == []


async def test_a_prediction_that_the_list_showed_first_is_bound_all_the_same(store: Store) -> None:
    await store.begin_run(ME, RunIntent("r1", "a/b", {}, START))
    await store.save(ME, [made(1)])
    record = await store.bind_run(ME, "r1", made(1), START)
    assert record.run_id == "r1"
    await store.save(ME, [made(1, logs="more and more logs")])
    kept = await store.get(ME, "p000001")
    assert kept is not None and kept.run_id == "r1"


async def test_only_one_console_takes_over_a_run(store: Store) -> None:
    await store.begin_run(ME, RunIntent("r1", "a/b", {}, START, owner="gone"))
    claimed = await store.claim_run(ME, "r1", "gone", "one")
    assert claimed is not None and claimed.owner == "one"
    assert await store.claim_run(ME, "r1", "gone", "two") is None


async def test_what_is_no_field_or_no_run_is_refused(store: Store) -> None:
    await store.begin_run(ME, RunIntent("r1", "a/b", {}, START))
    with pytest.raises(KeyError):
        await store.update_run(ME, "r1", colour="red")
    with pytest.raises(KeyError):
        await store.update_run(ME, "r2", state="done")
    with pytest.raises(KeyError):
        await store.update_run("you", "r1", state="done")


def model(name: str, **fields: object) -> Model:
    return decode(
        Model,
        {
            "owner": "acme",
            "name": name,
            "description": f"makes {name}",
            "run_count": 5,
            "latest_version": {"id": "v1", "openapi_schema": {"big": "s" * 5000}},
            "default_example": {"id": "e", "input": {"prompt": "x"}},
            **fields,
        },
    )


async def test_lists_have_no_schemas_and_a_model_has_its_own(store: Store) -> None:
    await store.save_models(ME, [model("paint"), model("words")])
    listed = await store.models(ME)
    assert [m.ref for m in listed] == ["acme/paint", "acme/words"]
    assert listed[0].latest_version is not None
    assert listed[0].latest_version.openapi_schema is None
    assert listed[0].default_example is None
    found = await store.model(ME, "acme/paint")
    assert found is not None and found[0].latest_version is not None
    assert found[0].latest_version.openapi_schema == {"big": "s" * 5000}
    assert found[0].default_example is not None
    assert await store.model(ME, "acme/none") is None
    assert await store.models("you") == []


async def test_a_newer_entry_without_a_schema_keeps_the_schema_of_the_same_version(tmp_path: Path) -> None:
    moments = iter(START + timedelta(minutes=n) for n in range(100))
    store = await Store.open(tmp_path / "x.db", now=lambda: next(moments))
    try:
        await store.save_models(ME, [model("paint")])
        await store.save_models(ME, [model("paint", run_count=77, latest_version={"id": "v1"})])
        found = await store.model(ME, "acme/paint")
        assert found is not None and found[0].latest_version is not None
        assert found[0].run_count == 77
        assert found[0].latest_version.openapi_schema is not None
        await store.save_models(ME, [model("paint", latest_version={"id": "v2"})])
        found = await store.model(ME, "acme/paint")
        assert found is not None and found[0].latest_version is not None
        assert found[0].latest_version.id == "v2"
        assert found[0].latest_version.openapi_schema is None
    finally:
        await store.close()


async def test_details_and_notes_are_kept(store: Store) -> None:
    await store.save_model_detail(ME, "acme/paint", readme="# Paint", versions=[{"id": "v1"}], examples=[])
    readme = await store.cache_get(ME, "readme", "acme/paint")
    assert readme is not None and readme.value == "# Paint"
    nothing = await store.cache_get(ME, "examples", "acme/paint")
    assert nothing is not None and nothing.value == []
    assert await store.cache_get(ME, "readme", "acme/other") is None
    await store.cache_set(ME, "readme", "acme/other", None)
    empty = await store.cache_get(ME, "readme", "acme/other")
    assert empty is not None and empty.value is None
    await store.meta_set(ME, "seen", "x")
    await store.meta_set(ME, "seen", None)
    assert await store.meta_get(ME, "seen") is None
