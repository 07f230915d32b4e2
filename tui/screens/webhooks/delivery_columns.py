"""A delivery as a line of a list."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from textual.content import Content

from tui import wording
from tui.store.deliveries import Delivery
from tui.widgets.table.virtual_table import Column

_STATES = {"taken": ("✓", "$success"), "refused": ("✗", "$error"), "waiting": ("↻", "$warning")}


def state_words(one: Delivery) -> Content:
    """What became of it: a sign, and the answer's status or that there was none."""
    sign, style = _STATES[one.state]
    if one.way == "received" and not one.attempts:
        return Content.assemble(Content.styled(f"{sign} ", style), "received")
    answer = str(one.code) if one.code is not None else "no answer" if one.attempts else "on its way"
    return Content.assemble(Content.styled(f"{sign} ", style), answer)


def took(one: Delivery) -> str:
    """How long the last answer took."""
    if one.seconds is None:
        return ""
    return f"{one.seconds * 1000:,.0f} ms" if one.seconds < 10 else wording.duration(one.seconds)


def version_of(one: Delivery) -> Hashable:
    """What the line shows, so that it is drawn again only when that changes."""
    return one.state, one.code, one.attempts, wording.coarse_age(one.created_at)


def _address(one: Delivery) -> str:
    return one.url.removeprefix("http://").removeprefix("https://")


DELIVERY_COLUMNS: list[Column[Any]] = [
    Column("event", "Event", lambda d: d.event, width=10, sort_key=lambda d: d.event),
    Column("answer", "Answer", state_words, width=12, sort_key=lambda d: (d.state, d.code or 0)),
    Column("took", "Took", took, width=9, align="right", sort_key=lambda d: d.seconds or 0.0, drop_below=60),
    Column("tries", "Tries", lambda d: f"{d.attempts:,}", width=6, align="right", sort_key=lambda d: d.attempts,
           drop_below=72),
    Column("prediction", "Prediction", lambda d: d.prediction_id, width=27, sort_key=lambda d: d.prediction_id),
    Column("status", "Status", lambda d: d.status, width=11, sort_key=lambda d: d.status, drop_below=84),
    Column("url", "Address", _address, flex=1, min_width=16, sort_key=lambda d: d.url, drop_below=64),
    Column("age", "Age", lambda d: wording.coarse_age(d.created_at), width=6, align="right",
           sort_key=lambda d: d.created_at),
]  # fmt: skip
