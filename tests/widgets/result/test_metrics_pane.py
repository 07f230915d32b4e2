"""Names and values as a reader sees them, in as much room as there is."""

from __future__ import annotations

from tui.widgets.result.metrics_pane import metric_words

ROWS = [("id", "976pbrajmpechajxta1syasqrx"), ("status", "succeeded")]


def test_a_value_without_room_goes_on_below_its_beginning() -> None:
    # The names take 6 cells, and 3 are between: 35 have room for all 26 of the value.
    assert metric_words(ROWS, 35).plain.splitlines() == ["id       976pbrajmpechajxta1syasqrx", "status   succeeded"]
    assert metric_words(ROWS, 34).plain.splitlines() == [
        "id       976pbrajmpechajxta1syasqr",
        "         x",
        "status   succeeded",
    ]


def test_what_is_copied_has_a_line_for_each_name() -> None:
    assert metric_words(ROWS).plain == "id       976pbrajmpechajxta1syasqrx\nstatus   succeeded"
