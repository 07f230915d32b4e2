"""An input on one line, as a person reads it in a list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.store.conftest import made
from tui.api.types import Training, decode
from tui.store.filter_query import Order
from tui.store.migrations import MIGRATIONS
from tui.store.predictions import Saver
from tui.store.store import Store
from tui.store.summaries import Summaries

ME = "me@api"
BEFORE = 9
"""The version of the file whose lists did not yet say what a chat asked."""

CHAT = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "first?"},
    {"role": "assistant", "content": "yes"},
    {"role": "user", "content": [{"type": "text", "text": "and\n then?"}, {"type": "image_url", "image_url": {}}]},
]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"seed": 1, "prompt": "a  red\n\tfox"}, "a red fox"),
        ({"width": 64, "text_prompt": "wings", "prompt": "a fox"}, "a fox"),
        ({"width": 64, "lyrics": "la la"}, "la la"),
        ({"max_tokens": 5, "messages": CHAT}, "and then?"),
        ({"messages": json.dumps(CHAT)}, "and then?"),
        ({"prompt": "[1, 2] are numbers"}, "[1, 2] are numbers"),
        ({"prompt": "  ", "steps": 4}, "prompt=, steps=4"),
        ({"image": "https://x/cat.png", "scale": 2}, "image=https://x/cat.png, scale=2"),
        ({"image": "data:image/png;base64,AAAA", "on": True}, "image=data:image/png;base64,…, on=true"),
        ({"messages": []}, "messages=[0]"),
        ({"prompt": "MARKED why?"}, "why?"),
        ({}, ""),
    ],
)
def test_the_prompt_comes_first_and_is_text(values: dict[str, object], words: str) -> None:
    asked = Summaries(lambda prompt: prompt.removeprefix("MARKED ") if prompt.startswith("MARKED ") else None)
    assert asked.of(values) == words


def test_a_huge_or_hostile_input_is_one_short_line() -> None:
    deep: object = "x"
    for _ in range(5000):
        deep = [deep]
    for values in ({"prompt": "[" * 150_000}, {"prompt": "x" * 2_000_000}, {"messages": deep}, {"a": deep, "b": 1}):
        words = Summaries().of(values)
        assert len(words) <= 200 and "\n" not in words


async def test_what_an_earlier_version_kept_is_told_anew_in_the_background(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    written = await Store.open(path)
    await written.save(ME, [made("chat", input={"prompt": "MARKED why?"}), made("plain", input={"prompt": "a fox"})])
    training = {"id": "t", "status": "succeeded", "created_at": "2026-11-21T10:00:00Z", "model": "acme/trainer",
                "input": {}, "output": {"version": "ada/poet:abc"}}  # fmt: skip
    await written.save(ME, [decode(Training, training)], kind="training")

    def as_before(db: object) -> None:
        # As the version before had written it.
        db.execute("UPDATE predictions SET destination = ''")  # type: ignore[attr-defined]
        db.execute("INSERT INTO outdated VALUES (?, 't'), (?, 'chat')", (ME, ME))  # type: ignore[attr-defined]

    await written._write(as_before)
    await written.close()
    store = await Store.open(path, question=lambda prompt: "why?" if prompt.startswith("MARKED") else None)
    try:
        while await store.catch_up(1):
            pass
        assert {row.id: row.summary for row in await store.rows(ME)} == {"chat": "why?", "plain": "a fox"}
        row = await store.row(ME, "t")
        assert row is not None and row.destination == "ada/poet"
    finally:
        await store.close()


def test_the_migration_marks_chats_and_trainings_alone(tmp_path: Path) -> None:
    import sqlite3

    db = sqlite3.connect(tmp_path / "x.db")
    for script in MIGRATIONS[:BEFORE]:
        db.executescript(script)
    kept = {
        "plain": ("prediction", "a red fox"),
        "llama": ("prediction", "<|begin_of_text|><|start_header_id|>system"),
        "inst": ("prediction", "<s>[INST] hi [/INST]"),
        "messages": ("prediction", "messages=[3], max_tokens=5"),
        "training": ("training", "steps=4"),
    }
    for id_, (kind, words) in kept.items():
        db.execute(
            "INSERT INTO predictions (account, id, kind, created_at, summary, first_seen) VALUES ('me', ?, ?, 1, ?, 1)",
            (id_, kind, words),
        )
    for script in MIGRATIONS[BEFORE : BEFORE + 1]:
        db.executescript(script)
    assert {row[0] for row in db.execute("SELECT id FROM outdated")} == {"llama", "inst", "messages", "training"}


async def test_trainings_are_ordered_by_where_they_go(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "kept.db")
    try:
        for number, destination in enumerate(("ada/c", "", "ada/a", "ada/b")):
            answer = {"id": f"t{number}", "status": "processing", "created_at": f"2026-11-21T10:00:0{number}Z",
                      "model": "acme/trainer", "input": {}, "destination": destination or None}  # fmt: skip
            await store.save(ME, [decode(Training, answer)], kind="training")
        from tui.store.filter_query import Query

        found = await store.rows(ME, Query(kind="training"), order=Order("destination", False))
        assert [row.destination for row in found] == ["ada/a", "ada/b", "ada/c", ""]
        assert [row.id for row in await store.rows(ME, Query("poet", kind="training"))] == []
    finally:
        await store.close()


def test_a_saver_without_a_question_reads_prompts_as_they_are() -> None:
    assert Saver(None).summaries.of({"prompt": "<|im_start|>user"}) == "<|im_start|>user"
