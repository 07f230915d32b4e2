"""Finding records again: full text in step with what is kept, filters, orders and windows."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.conftest import START, made
from tui.store.filter_query import Order, OrderKey, Query
from tui.store.search import LOG_HEAD, LOG_TAIL
from tui.store.store import Store

ME = "ada@here"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "kept.db", progress=lambda logs: 0.1)
    yield opened
    await opened.close()


async def found(store: Store, words: str, account: str = ME) -> list[str]:
    query = Query.parse(words, now=START + timedelta(hours=1))
    rows = [row.id for row in await store.rows(account, query)]
    assert await store.count(account, query) == len(rows)
    return rows


async def test_words_are_found_in_prompts_outputs_logs_and_errors_by_their_beginnings(store: Store) -> None:
    await store.save(
        ME,
        [
            made("a", input={"prompt": "an Astronaut on a horse", "negative": "blurry"}),
            made("b", output=["Once up", "on a ti", "me"]),
            made("c", logs="loading weights\nstep 3/28 zebra\n"),
            made("d", "failed", error="CUDA out of memory", output=None),
        ],
    )
    assert await found(store, "astro") == ["a"]
    assert await found(store, "blur horse") == ["a"]
    assert await found(store, "time") == ["b"]
    assert await found(store, "zeb") == ["c"]
    assert await found(store, "CUDA") == ["d"]
    assert await found(store, '"on a horse"') == ["a"]
    assert await found(store, '"a on horse"') == []
    assert await found(store, "status:fail mem") == ["d"]
    assert await found(store, "horse zebra") == []


async def test_the_index_follows_what_changes_and_forgets_what_is_no_more(store: Store) -> None:
    await store.save(ME, [made("a", "processing", output=None, logs="begun")])
    await store.save(ME, [made("a", "processing", output="half a walrus", logs="begun\nmiddle")])
    assert await found(store, "walrus") == ["a"]
    await store.save(ME, [made("a", output="a whole narwhal", logs="begun\nmiddle\nended")])
    assert await found(store, "walrus") == []
    assert await found(store, "narwhal ended status:succeeded") == ["a"]
    await store.save(ME, [made("g", "processing", output="a ghost")])
    await store.mark_gone(ME, "g")
    assert await found(store, "ghost status:gone") == ["g"]


async def test_an_account_whose_name_becomes_known_is_still_searched_and_no_other_is(store: Store) -> None:
    await store.save("?token", [made("a", output="a walrus"), made("b", output="a heron")])
    await store.save(ME, [made("b", output="a heron in all"), made("c", output="a crane")])
    await store.save("other", [made("d", output="a walrus of another")])
    await store.rename_account("?token", ME)
    assert await found(store, "walrus") == ["a"]
    assert await found(store, "heron") == ["b"]
    assert await found(store, "crane") == ["c"]
    assert await found(store, "walrus", "other") == ["d"]
    assert await found(store, "walrus", "?token") == []
    await store.save(ME, [made("a", output="a walrus", logs="10%|#   | 1/10\ntold again")])
    assert await found(store, "again walrus") == ["a"]


async def test_what_is_redacted_is_not_found(tmp_path: Path) -> None:
    from tui.api.types import Prediction, decode

    def hide(prediction: Prediction) -> Prediction:
        return decode(Prediction, {**prediction.raw, "input": {"api_key": "(hidden)"}})

    store = await Store.open(tmp_path / "kept.db", redact=hide)
    await store.save(ME, [made("a", input={"api_key": "sesame"})])
    assert await found(store, "sesame") == []
    assert await found(store, "hidden") == ["a"]
    await store.close()
    assert b"sesame" not in (tmp_path / "kept.db").read_bytes()


async def test_of_long_logs_the_head_and_the_tail_are_indexed(store: Store) -> None:
    middle = "dull line\n" * (LOG_HEAD + LOG_TAIL)
    await store.save(ME, [made("a", logs=f"alpha\n{middle}needle\n{middle}omega\n")])
    assert await found(store, "alpha") == ["a"]
    assert await found(store, "omega") == ["a"]
    assert await found(store, "needle") == []


@pytest.mark.parametrize(
    "words",
    ['"', '""', "'", "*", "a*", "NEAR(", "AND", "OR OR", "NOT x", "scope:s1", "words:x", "^a", "{a}", "(", ")", "a-b",
     "-", "\\", "\0", "%", "_", ";--", "é", "日本", "🙂", "a" * 5000, "x " * 3000, "model:", 'model:"', "status:,"],
)  # fmt: skip
async def test_whatever_is_typed_is_harmless(store: Store, words: str) -> None:
    await store.save(ME, [made("a", input={"prompt": "日本の橋 café naïve"})])
    await found(store, words)
    for key in ("created", "status", "input"):
        await store.window(ME, Query.parse(words), Order(key, False), pins=["a"], anchor=("a", 1))
    assert await found(store, "cafe 日本") == ["a"]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("status:s", ["p000004", "p000001"]),
        ("status:fail,canc", ["p000003", "p000002"]),
        ("status:cancelled", ["p000003"]),
        ("status:live,failed", ["p000004", "p000002"]),
        ("until:59m", ["p000004", "p000003", "p000002", "p000001"]),
        ("until:61m", []),
        ("since:61m until:2026-11-21T10:00:03Z", ["p000002", "p000001"]),
        ("until:2026-11-21T10:00:02Z", ["p000001"]),
        ("before:59m", ["p000004", "p000003", "p000002", "p000001"]),
        ("before:2026-11-21T10:00:03Z since:2026-11-21T10:00:02Z", ["p000002"]),
        ("id:p000003", ["p000003"]),
        ("version:fff model:paint", ["p000004", "p000003", "p000002", "p000001"]),
        ("version:abc", []),
        ("deployment:front", ["p000004"]),
    ],
)
async def test_each_filter_finds_what_it_says(store: Store, words: str, ids: list[str]) -> None:
    await store.save(
        ME,
        [
            made(1),
            made(2, "failed"),
            made(3, "canceled"),
            made(4, "starting", deployment="acme/front-page"),
        ],
    )
    assert await found(store, words) == ids


def test_what_is_probably_meant_otherwise_is_said() -> None:
    assert Query.parse("statsu:failed").notes == ("statsu: is looked for as a word; status: is a filter",)
    assert "an age" in Query.parse("since:yesterday").notes[0]
    assert Query.parse("http://here a:b 12:30 status:live").notes == ()


async def test_windows_of_every_order_hold_the_same_rows_as_the_whole_list(store: Store) -> None:
    many = [
        made(
            n,
            ("succeeded", "failed", "processing")[n % 3],
            model=("acme/paint", "", "acme/words")[n % 3],
            input={"prompt": "abc"[n % 3] * (n % 2)},
            metrics={"predict_time": n % 7, "total_time": n % 7 + n % 5} if n % 4 else {},
        )
        for n in range(60)
    ]
    await store.save(ME, many)
    keys: tuple[OrderKey, ...] = ("created", "status", "model", "input", "queue", "run", "total", "destination")
    for words in ("", "status:failed", "pic", "acme status:succ"):
        query = Query.parse(words)
        for key in keys:
            for down in (False, True):
                order = Order(key, down)
                whole = await store.ids(ME, query, order)
                assert len(whole) == len(set(whole)) == await store.count(ME, query)
                for place, id_ in list(enumerate(whole))[:: max(1, len(whole) // 6)]:
                    seen = await store.window(ME, query, order, first=0, size=7, pins=[id_], anchor=(id_, 3))
                    assert [row.id for row in seen.rows] == whole[seen.first : seen.first + 7]
                    held = {seen.first + n: row.id for n, row in enumerate(seen.rows)}
                    held |= {at: row.id for at, row in seen.pinned.items()}
                    assert held[place] == id_, (words, order)


async def test_those_without_a_value_come_last_both_ways(store: Store) -> None:
    await store.save(ME, [made(n, metrics={"predict_time": n} if n % 2 else {}) for n in range(4)])
    assert await store.ids(ME, Query(), Order("run", True)) == ["p000003", "p000001", "p000002", "p000000"]
    assert await store.ids(ME, Query(), Order("run", False)) == ["p000001", "p000003", "p000002", "p000000"]


async def test_records_from_before_the_index_are_put_into_it(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    store = await Store.open(path)
    await store.save(ME, [made(n) for n in range(5)])
    await store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE found")
        connection.execute("DELETE FROM texts")
        connection.execute("UPDATE predictions SET doc = NULL")
    connection.close()
    store = await Store.open(path)
    assert await found(store, "picture") == []
    assert [await store.catch_up(3), await store.catch_up(3), await store.catch_up(3)] == [3, 2, 0]
    assert len(await found(store, "picture")) == 5
    await store.close()


async def test_without_fts5_words_are_looked_for_in_what_the_list_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.store.search._TABLE", "CREATE VIRTUAL TABLE found USING no_such_module(x)")
    store = await Store.open(tmp_path / "kept.db")
    await store.save(ME, [made("a", input={"prompt": "a horse"}), made("b")])
    assert await found(store, "hors") == ["a"]
    await store.close()


@pytest.mark.parametrize(
    ("prompt", "words", "others"),
    [
        (
            "一只戴着红色帽子的猫在雨中散步",
            ["帽子", "散步", "猫", "红色帽子", "一只", "步", "红色 散步"],
            ["狗", "帽猫", "子帽"],
        ),
        ("東京タワーの夜景をカメラで撮影", ["夜景", "カメラ", "タワー", "東京 撮影", "ｶﾒﾗ"], ["昼景", "カメ景"]),
        ("ภาพแมวสีส้มนั่งบนเก้าอี้", ["แมว", "สีส้ม", "เก้าอี้", "นั่ง"], ["หมา"]),
        ("빨간 모자를 쓴 고양이가 걷는다", ["모자", "고양이", "양이", "모자를"], ["강아지"]),
        ("GPUで画像を生成するSDXL1.0モデル", ["GPU", "画像", "gpuで画像", "SDXL1", "モデル"], ["動画"]),
        ("एक बिल्ली बारिश में", ["बिल्ली", "बारिश"], ["कुत्ता"]),
        ("شارعٌ مُمْطِر في الليل", ["ممطر", "شارع"], ["نهار"]),
        ("Ｆｕｌｌ　ｗｉｄｔｈ　ｔｅｘｔ", ["full", "width"], ["half"]),
        ("cafe\u0301 naïve Straße", ["café", "naive", "straße"], ["tea"]),
    ],
)
async def test_words_of_any_script_are_found_as_they_are_typed(
    store: Store, prompt: str, words: list[str], others: list[str]
) -> None:
    await store.save(ME, [made("a", input={"prompt": prompt}), made("b", input={"prompt": "something else"})])
    for word in words:
        assert await found(store, word) == ["a"], word
    for word in others:
        assert await found(store, word) == [], word
    for word in words:
        for length in range(1, len(word) + 1):
            if not word[:length].isascii() or length > 1:
                assert "a" in await found(store, word[:length]), word[:length]


async def test_a_phrase_in_quotes_is_words_that_follow_each_other_in_any_script(store: Store) -> None:
    await store.save(ME, [made("a", input={"prompt": "红色 帽子 on a red 猫咪"})])
    for phrase in ('"红色 帽子"', '"色 帽"', '"帽子 on"', '"red 猫"', '"red 猫咪"'):
        assert await found(store, phrase) == ["a"], phrase
    for phrase in ('"帽子 红色"', '"红色 on"', '"red 咪"'):
        assert await found(store, phrase) == [], phrase


async def test_an_index_of_an_older_version_is_renewed_in_pieces_and_found_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    store = await Store.open(path)
    await store.save(ME, [made(n, input={"prompt": f"红色帽子 old{n}" if n % 2 else f"plain{n}"}) for n in range(9)])
    await store.close()
    _as_before(path)
    store = await Store.open(path)
    assert await found(store, "帽子") == []
    assert await found(store, "old3") == ["p000003"]
    await store.save(ME, [made(1, input={"prompt": "红色帽子 changed"}), made(20, input={"prompt": "新帽子"})])
    assert await store.catch_up(2) > 0
    assert await found(store, "帽子") == ["p000020", "p000007", "p000005", "p000001"]
    await store.close()
    store = await Store.open(path)
    while await store.catch_up(2):
        pass
    assert await found(store, "帽子") == ["p000020", "p000007", "p000005", "p000003", "p000001"]
    assert await found(store, "changed") == ["p000001"]
    assert await found(store, "plain4") == ["p000004"]
    await store.save(ME, [made(3, input={"prompt": "nothing any more"})])
    assert await found(store, "帽子") == ["p000020", "p000007", "p000005", "p000001"]
    assert await store.catch_up() == 0
    await store.close()


def _as_before(path: Path) -> None:
    """Make the database what it was when runs of letters began to be indexed by their pairs."""
    import zlib

    from tui.store.migrations import MIGRATIONS

    migration = next(script for script in MIGRATIONS if "renewing" in script)
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT doc, scope, id, texts.words FROM texts JOIN predictions USING (doc)"
        ).fetchall()
        for doc, scope, id_, packed in rows:
            number = int(id_.removeprefix("p"))
            old = f"{id_}\n" + (f"红色帽子 old{number}" if number % 2 else f"plain{number}")
            values = (doc, f"s{scope}", zlib.decompress(packed).decode())
            connection.execute("INSERT INTO found (found, rowid, scope, words) VALUES ('delete', ?, ?, ?)", values)
            connection.execute("INSERT INTO found (rowid, scope, words) VALUES (?, ?, ?)", (doc, f"s{scope}", old))
            connection.execute("UPDATE texts SET words = ? WHERE doc = ?", (zlib.compress(old.encode()), doc))
        connection.execute("ALTER TABLE texts DROP COLUMN form")
        connection.execute("DROP TABLE renewing")
        connection.executescript(migration)
    connection.close()
