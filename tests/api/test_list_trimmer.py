"""Lists whose records are too large to be listed: they are read, and what is oversized is left to the record itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.api_server import Reply, ok
from tui.api.list_trimmer import CUT, MARK, ListTrimmer, left_out, without_marks

JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["input", "a", "logs", "x]"]), inner),
    max_leaves=6,
)


def trimmed(text: str, size: int, limit: int = 10**9) -> Any:
    trimmer = ListTrimmer(limit)
    data = text.encode()
    return json.loads(b"".join(trimmer.feed(data[place : place + size]) for place in range(0, len(data), size)))


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(["id", "input", "output", "logs"]), JSON, max_size=3), max_size=3),
    st.integers(1, 50),
)
def test_what_is_small_is_left_as_it_is_whatever_pieces_it_comes_in(items: list[Any], size: int) -> None:
    page = {"next": None, "results": items}
    assert trimmed(json.dumps(page, indent=1), size) == page
    assert trimmed(json.dumps(items), size) == items


@pytest.mark.parametrize("size", [1, 7, 1000, 10**6])
@pytest.mark.parametrize(
    "value",
    ["x" * 101, 'a"\\]}' * 40, {"image": "y" * 200, "n": [1, {"b": "}"}]}, list(range(100)), [[1.5, 2.5]] * 50],
)
def test_an_oversized_value_becomes_a_mark_and_its_neighbours_stay(value: Any, size: int) -> None:
    item = {"id": "p1", "input": {"a": "["}, "output": value, "logs": "short", "status": "succeeded"}
    page = {"results": [item, {"id": "p2", "output": "b"}], "next": "n"}
    mark = f"{MARK}{len(json.dumps(value))}"
    expected = {"results": [{**item, "output": mark}, {"id": "p2", "output": "b"}], "next": "n"}
    assert trimmed(json.dumps(page), size, 100) == expected


@pytest.mark.parametrize(("length", "kept"), [(97, True), (98, True), (99, False)])
def test_the_limit_counts_the_quotes(length: int, kept: bool) -> None:
    (item,) = trimmed(json.dumps([{"output": "x" * length}]), 10, 100)
    assert (item["output"] == "x" * length) is kept
    assert kept or item["output"] == f"{MARK}101"


def test_other_fields_and_other_depths_are_never_cut() -> None:
    page = {"results": [{"description": "x" * 500, "latest": {"input": "y" * 500}}], "output": "z" * 500}
    assert trimmed(json.dumps(page), 64, 100) == page


async def test_a_page_of_large_inputs_is_read_and_one_is_fetched_by_itself(server, client):
    big = {"id": "big", "status": "succeeded", "input": {"image": "data:," + "x" * 3_000_000}, "logs": "l"}
    small = {"id": "small", "status": "succeeded", "input": {"a": "b"}, "output": "o", "logs": "l"}
    items = [{**big, "id": f"big{number}"} for number in range(30)]
    server.on("GET", "/v1/predictions", ok({"results": [small, *items], "next": None}))
    server.on("GET", "/v1/predictions/big", ok(big))
    page = await client.predictions().first()
    assert [item.id for item in page.results] == ["small", *(f"big{number}" for number in range(30))]
    assert page.results[0].raw == small
    size = len(json.dumps(big["input"]))
    assert page.results[1].raw == {"id": "big0", "status": "succeeded", CUT: {"input": size}}
    assert left_out(page.results[1].raw) == {"input": size} and left_out(small) == {}
    assert (await client.prediction("big")).input == big["input"]


def test_what_was_left_out_is_only_what_has_not_come_since():
    noted = {"id": "p1", CUT: {"input": 5, "output": 6, "other": 7, "logs": "x"}}
    assert left_out(noted) == {"input": 5, "output": 6}
    assert left_out({**noted, "input": {}, "output": None}) == {"output": 6}
    assert left_out({**noted, "input": {}, "output": ""}) == {}
    for odd in (None, 5, "x", [1]):
        assert left_out({CUT: odd}) == {}


@pytest.mark.parametrize("value", [MARK, f"{MARK}x", f"{MARK}-1", f"{MARK}{'9' * 30}", f" {MARK}5"])
def test_a_text_that_only_looks_like_a_mark_is_left_as_it_is(value):
    items = [{"id": "p1", "output": value, "logs": "l"}]
    without_marks(items)
    assert items == [{"id": "p1", "output": value, "logs": "l"}]


async def test_a_record_of_seventy_megabytes_is_read(server, client):
    body = b'{"id": "p1", "status": "succeeded", "output": "' + b"x" * 70_000_000 + b'"}'
    server.on("GET", "/v1/predictions/p1", Reply(200, body, {"content-type": "application/json"}))
    found = await client.prediction("p1")
    assert found.status == "succeeded" and len(found.output) == 70_000_000
