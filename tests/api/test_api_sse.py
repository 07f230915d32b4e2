import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.paths import REPLICATE
from tui.api.sse import Decoder
from tui.api.types import Event

RECORDED = REPLICATE / "recorded"

STREAM = (
    ": hi\n\nevent: output\nid: 1:0\ndata: \n\nevent: output\nid: 1:1\ndata:  the\n\n"
    "event: output\r\nid: 1:2\r\ndata: :\r\ndata: \r\ndata: Why\r\n\r\n"
    "event: logs\rdata:no space ü漢🦙\r\r: 408 is a comment\n:408: 408 Request Timeout\n\n"
    "event: brand-new\nretry: 5\nodd\ndata: {}\n\nevent: done\nid: 1:3\ndata: {}\n\nevent: output\ndata: cut"
).encode()
EVENTS = [
    ("output", "", "1:0"),
    ("output", " the", "1:1"),
    ("output", ":\n\nWhy", "1:2"),
    ("logs", "no space ü漢🦙", "1:2"),
    ("brand-new", "{}", "1:2"),
    ("done", "{}", "1:3"),
]


def decoded(chunks):
    decoder = Decoder()
    return [(event.kind, event.data, event.id) for chunk in chunks for event in decoder.feed(chunk)]


@given(st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_events_are_the_same_however_the_bytes_are_cut(places):
    edges = [0, *sorted(places), len(STREAM)]
    assert decoded([STREAM[a:b] for a, b in itertools.pairwise(edges)]) == EVENTS


def test_events_are_the_same_byte_by_byte():
    assert decoded([bytes([byte]) for byte in STREAM]) == EVENTS


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=8),
            st.text(st.sampled_from("ab :\n\t漢"), max_size=12),
        ),
        max_size=6,
    ),
    st.sampled_from(["\n", "\r", "\r\n"]),
    st.integers(1, 7),
)
def test_what_is_encoded_comes_out_with_every_space_and_line(events, end, step):
    wire = "".join(
        f"event: {kind}{end}" + "".join(f"data: {line}{end}" for line in data.split("\n")) + end
        for kind, data in events
    ).encode()
    chunks = [wire[i : i + step] for i in range(0, len(wire), step)]
    assert [(kind, data) for kind, data, _ in decoded(chunks)] == events


@given(st.binary(max_size=300), st.integers(1, 9))
def test_any_bytes_decode_to_harmless_events(noise, step):
    decoder = Decoder()
    for start in range(0, len(noise), step):
        for event in decoder.feed(noise[start : start + step]):
            assert isinstance(event, Event)
            assert "\x1b" not in event.data + event.kind + (event.id or "")


def test_a_byte_order_mark_is_no_text():
    assert decoded([b"\xef\xbb\xbfdata: x\n\n"]) == [("message", "x", None)]


@pytest.mark.recorded
def test_the_recorded_llama_says_what_it_said():
    path = RECORDED / "stream-llama-2-2.json"
    if not path.exists():
        pytest.skip("../shared/replicate is absent")
    events = decoded([json.loads(path.read_text())["response"]["body"].encode()])
    assert "".join(data for kind, data, _ in events if kind == "output") == (
        "Sure, here's a joke about OpenTelemetry:\n\nWhy did the OpenTelemetry agent go to therapy?"
        '\n\nBecause it was feeling a little "disconnected" from its surroundings!\n\nI hope that brought a smile '
        "to your face! Is there anything else I can assist you with?"
    )
    assert events[-1][:2] == ("done", "{}")
    assert events[1][2] == "1707753284:1"


@pytest.mark.parametrize("kind", ["output", "logs", "error", "done", "of tomorrow"])
def test_no_control_code_of_an_event_passes_the_door(kind):
    hostile = "a\x1b[31mb\x1b]52;c;eA==\x07c\x9b2Jd\u202ee\x08f\tg"
    ((name, data, id),) = decoded([f"event: {kind}\x1b[2J\nid: 1\x1b[9m2\ndata: {hostile}\ndata: h\n\n".encode()])
    assert (name, data, id) == (kind, "abcdef\tg\nh", "12")
