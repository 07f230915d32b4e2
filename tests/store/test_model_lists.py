"""Lists of models: the shop window, what a search puts first, and the orders that a user chooses."""

from __future__ import annotations

import random
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tui.api.decoding import decode
from tui.api.types import Model, Prediction
from tui.store.database import Database
from tui.store.migrations import MIGRATIONS
from tui.store.model_lists import ModelOrder, ShopWindow
from tui.store.store import Store

ME = "ada@here"
START = datetime(2026, 1, 1, tzinfo=UTC)


def model(ref: str, runs: int | None = 5, *, official: bool = False, about: str = "", days: int = 0) -> Model:
    owner, _, name = ref.partition("/")
    made = (START + timedelta(days=days)).isoformat()
    return decode(
        Model,
        {
            "owner": owner,
            "name": name,
            "description": about,
            "run_count": runs,
            "is_official": official,
            "latest_version": {"id": "v1", "created_at": made},
        },
    )


CATALOGUE = [
    model("asiryan/flux-schnell", 9_970),
    model("black-forest-labs/flux-schnell", 190_430_275, official=True),
    model("lucataco/flux-schnell-lora", 900_000_000),
    model("asiryan/flux-dev", 2_469),
    model("lucataco/flux-dev", 23),
    model("black-forest-labs/flux-dev", 8_565_312, official=True),
    model("black-forest-labs/flux-dev-lora", 1_000_000, official=True),
    model(
        "bytedance/sdxl-lightning-4step", 696_396_241, official=True, about="SDXL-Lightning: sdxl, whisper, flux-dev"
    ),
    model("lucataco/sdxl", 477_269),
    model("stability-ai/sdxl", 73_719_436, official=True),
    model("openai/whisper", 56_673_517),
    model("cjwbw/whisper", 54_102),
    model("vaibhavs10/incredibly-fast-whisper", 900_000_000),
    model("whisper/anything", 999_999_999),
]


def refs(models: list[Model] | tuple[Model, ...]) -> list[str]:
    return [one.ref for one in models]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("flux-schnell", "black-forest-labs/flux-schnell"),
        ("flux-dev", "black-forest-labs/flux-dev"),
        ("sdxl", "stability-ai/sdxl"),
        ("whisper", "openai/whisper"),
        ("FLUX Dev", "black-forest-labs/flux-dev"),
        ("lucataco/flux-dev", "lucataco/flux-dev"),
        ("lucataco/sd", "lucataco/sdxl"),
    ],
)
async def test_what_has_the_very_name_comes_first_and_of_these_what_runs_most(
    store: Store, typed: str, first: str
) -> None:
    mixed = list(CATALOGUE)
    random.Random(7).shuffle(mixed)
    await store.save_models(ME, mixed)
    assert refs(await store.models(ME, typed))[0] == first


async def test_after_the_name_come_its_beginnings_then_names_that_have_it_then_what_is_said_of_others(
    store: Store,
) -> None:
    await store.save_models(ME, CATALOGUE)
    assert refs(await store.models(ME, "flux-dev")) == [
        "black-forest-labs/flux-dev",
        "asiryan/flux-dev",
        "lucataco/flux-dev",
        "black-forest-labs/flux-dev-lora",
        "bytedance/sdxl-lightning-4step",
    ]
    assert refs(await store.models(ME, "whisper")) == [
        "openai/whisper",
        "cjwbw/whisper",
        "whisper/anything",
        "vaibhavs10/incredibly-fast-whisper",
        "bytedance/sdxl-lightning-4step",
    ]


async def test_of_alike_names_the_official_one_comes_before_one_that_runs_more(store: Store) -> None:
    await store.save_models(
        ME, [model("a/paint-one", 900), model("b/paint-two", 1, official=True), model("c/paint-three", None)]
    )
    assert refs(await store.models(ME, "paint")) == ["b/paint-two", "a/paint-one", "c/paint-three"]


async def test_every_word_must_be_in_the_name_or_in_what_is_said(store: Store) -> None:
    await store.save_models(ME, [model("a/caption", about="describes a flux of images"), model("a/my-flux")])
    assert refs(await store.models(ME, "flux")) == ["a/my-flux", "a/caption"]
    assert refs(await store.models(ME, "FLUX images")) == ["a/caption"]
    assert await store.models(ME, "%") == []
    assert await store.models("you", "flux") == []
    assert refs(await store.models(ME, "", limit=1, offset=1)) == ["a/my-flux"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (None, ["b/much", "C/some", "a/unknown"]),
        (ModelOrder("runs"), ["C/some", "b/much", "a/unknown"]),
        (ModelOrder("runs", reverse=True), ["b/much", "C/some", "a/unknown"]),
        (ModelOrder("model"), ["a/unknown", "b/much", "C/some"]),
        (ModelOrder("model", reverse=True), ["C/some", "b/much", "a/unknown"]),
        (ModelOrder("updated"), ["b/much", "a/unknown", "C/some"]),
        (ModelOrder("updated", reverse=True), ["C/some", "a/unknown", "b/much"]),
    ],
)
async def test_a_chosen_order_comes_before_the_rank(
    store: Store, order: ModelOrder | None, expected: list[str]
) -> None:
    await store.save_models(
        ME, [model("C/some", 5, days=9), model("a/unknown", None, days=3), model("b/much", 900, days=1)]
    )
    assert refs(await store.models(ME, order=order)) == expected


async def test_only_what_is_within_a_collection_is_found(store: Store) -> None:
    await store.save_models(ME, CATALOGUE)
    within = ["lucataco/flux-dev", "openai/whisper", "nobody/knows-it"]
    assert refs(await store.models(ME, "", within=within)) == ["openai/whisper", "lucataco/flux-dev"]
    assert refs(await store.models(ME, "flux", within=within)) == ["lucataco/flux-dev"]
    assert await store.models(ME, "", within=[]) == []


async def ran(store: Store, number: int, ref: str, **fields: str) -> None:
    at = (START + timedelta(minutes=number)).isoformat()
    await store.save(
        ME,
        [decode(Prediction, {"id": f"p{number}", "model": ref, "status": "succeeded", "created_at": at, **fields})],
        START,
    )


async def test_the_shop_window_has_what_was_used_lately_then_what_is_official_then_what_runs_most(
    store: Store,
) -> None:
    await store.save_models(ME, CATALOGUE)
    for number, ref in enumerate(["openai/whisper", "gone/for-good", "lucataco/flux-dev", "openai/whisper", "", "x"]):
        await ran(store, number, ref)
    window = await store.shop_window(ME, 3)
    assert refs(window.used) == ["openai/whisper", "lucataco/flux-dev"]
    assert window.unknown == ("gone/for-good",)
    assert refs(window.official) == [
        "bytedance/sdxl-lightning-4step",
        "black-forest-labs/flux-schnell",
        "stability-ai/sdxl",
        "black-forest-labs/flux-dev",
        "black-forest-labs/flux-dev-lora",
    ]
    assert refs(window.most_run) == [
        "whisper/anything",
        "lucataco/flux-schnell-lora",
        "vaibhavs10/incredibly-fast-whisper",
    ]
    assert refs(window.models) == refs(window.used) + refs(window.official) + refs(window.most_run)


async def test_five_models_were_used_lately_and_eight_are_official_at_most(store: Store) -> None:
    await store.save_models(ME, [model(f"me/ran-{n}", n) for n in range(7)])
    await store.save_models(ME, [model(f"they/official-{n}", n, official=True) for n in range(10)])
    for number in range(7):
        await ran(store, number, f"me/ran-{number}")
    window = await store.shop_window(ME, 100)
    assert refs(window.used) == [f"me/ran-{n}" for n in (6, 5, 4, 3, 2)]
    assert refs(window.official) == [f"they/official-{n}" for n in (9, 8, 7, 6, 5, 4, 3, 2)]
    # What found no place in the groups before is among the others.
    assert refs(window.most_run) == ["me/ran-1", "they/official-1", "me/ran-0", "they/official-0"]


async def test_an_account_without_anything_has_an_empty_window(store: Store) -> None:
    await store.save_models("you", CATALOGUE)
    await ran(store, 1, "openai/whisper")
    assert await store.shop_window("nobody", 10) == ShopWindow()
    # What another account runs is not mine, and trainings are not runs of a model.
    assert (await store.shop_window("you", 10)).used == ()


async def test_a_cache_from_before_knows_what_is_official(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    before = Database(path, MIGRATIONS[: MIGRATIONS.index(next(m for m in MIGRATIONS if "models_official" in m))])
    await before.open()

    def old(connection: sqlite3.Connection) -> None:
        for ref, official in (("a/one", "true"), ("a/two", "false")):
            raw = f'{{"owner":"a","name":"{ref[2:]}","is_official":{official},"run_count":1}}'.encode()
            connection.execute(
                "INSERT INTO models (account, ref, place, run_count, search, raw, fetched_at) VALUES (?,?,?,?,?,?,?)",
                (ME, ref, 3, 1, f"{ref}\n", raw, 1),
            )

    await before.write(old)
    await before.close()
    store = await Store.open(path)
    try:
        window = await store.shop_window(ME, 10)
        assert refs(window.official) == ["a/one"] and refs(window.most_run) == ["a/two"]
    finally:
        await store.close()
