"""Conversations in words: their list, the lines below an answer, and how full the model is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from textual.content import Content

from tui import wording
from tui.api.billed import Billed
from tui.services.usage.billing import billed_words, is_official, unit_of
from tui.widgets.chat.transcript import Message, Note
from tui.widgets.table.virtual_table import Column

if TYPE_CHECKING:
    from tui.services.chat.chats import Meter
    from tui.services.usage.prices import Prices
    from tui.store.conversation import Conversation, Turn

METER = 10
"""Cells of the bar that shows how full the model is."""


def title_words(conversation: Conversation) -> str:
    """What a conversation is called: its title, or what is being written."""
    return conversation.title or wording.one_line(conversation.draft, 80) or "(new)"


def _title(conversation: Conversation) -> Content:
    mark = "✎ " if conversation.draft and conversation.title else ""
    return Content.assemble((mark, "$warning"), Content(title_words(conversation)))


COLUMNS: list[Column[Any]] = [
    Column("title", "Conversation", _title, flex=4, min_width=12),
    Column("model", "Model", lambda c: c.model.rpartition("/")[2], flex=2, min_width=8, drop_below=44),
    Column("turns", "Turns", lambda c: str(c.turns) if c.turns else "", width=5, align="right", drop_below=52),
    Column("age", "Age", lambda c: wording.coarse_age(c.updated_at), width=6, align="right"),
]


def version(conversation: Conversation) -> object:
    """What a row shows, so that it is drawn again only when that changes."""
    return (
        conversation.title,
        title_words(conversation),
        bool(conversation.draft),
        conversation.model,
        conversation.turns,
        wording.coarse_age(conversation.updated_at),
    )


def message_of(turn: Turn, place: tuple[int, int], prices: Prices | None, now: datetime | None = None) -> Message:
    """What the transcript shows of a turn. `place`: its number among its alternatives, and how many there are."""
    aside = f"‹{place[0]}/{place[1]}›" if place[1] > 1 else ""
    if turn.role == "user":
        return Message(turn.id, True, "You", turn.text, aside, turn.attachments)
    return Message(
        turn.id,
        False,
        turn.model.rpartition("/")[2] or "Answer",
        turn.text,
        aside,
        turn.attachments,
        notes(turn, prices, now),
        turn.live,
    )


def notes(turn: Turn, prices: Prices | None, now: datetime | None = None) -> tuple[Note, ...]:
    """The lines below an answer: what it waits for, or what it took, and what went wrong."""
    now = now or datetime.now(UTC)
    if turn.live:
        return (_waiting(turn, now),)
    found: list[Note] = []
    if facts := took(turn, prices):
        found.append(Note(" · ".join(facts), parts=facts))
    if turn.state == "canceled":
        found.append(Note("⊘ stopped; what had come is kept · r answers anew", "wait"))
    elif turn.state == "failed":
        found.append(Note(f"✗ {turn.error or 'It failed and gave no reason.'}", "bad"))
        found.append(Note("Your question is kept: r answers anew, e edits and asks again, m chooses another model"))
    elif not turn.text.strip():
        found.append(Note("The model ended without saying anything · r answers anew", "wait"))
    if turn.left_out:
        turns = "1 earlier turn was" if turn.left_out == 1 else f"{turn.left_out} earlier turns were"
        found.append(Note(f"{turns} not sent: {turn.why_left_out}"))
    return tuple(found)


def _waiting(turn: Turn, now: datetime) -> Note:
    """What a live answer waits for."""
    seconds = max(0.0, (now - turn.created_at).total_seconds())
    elapsed = f" · {wording.duration(seconds)}" if seconds >= 1 else ""
    if turn.state == "unknown":
        return Note("? The answer to the request was lost; it may be running. x decides", "bad")
    if turn.waits_until is not None and turn.waits_until > now:
        left = (turn.waits_until - now).total_seconds()
        return Note(f"◌ {turn.note or 'the rate limit is reached'}: goes on in {left:.0f} s · esc stops", "wait")
    if turn.state == "streaming":
        doing = turn.note or "answering"
        return Note(f"▶ {doing}{elapsed} · esc stops")
    words = turn.note or ("starting" if turn.state == "starting" else "sending")
    return Note(f"◌ {words}…{elapsed} · esc stops".replace("……", "…"), "wait" if turn.note else "note")


def took(turn: Turn, prices: Prices | None) -> tuple[str, ...]:
    """`312 tokens`, `52.3 tokens/s`, `6.1 s billed`, `first after 0.4 s`, `model version`: the most important first.

    An official model is billed by what it reads and writes: its seconds are no part of the bill.
    """
    metrics = turn.metrics
    found: list[str] = []
    if (made := metrics.get("output_tokens")) is not None:
        about = "~" if metrics.get("estimated_output") else ""
        read = metrics.get("input_tokens")
        into = f" ({'~' if metrics.get('estimated_input') else ''}{read:,.0f} read)" if read is not None else ""
        found.append(f"{about}{made:,.0f} tokens{into}")
    if (rate := metrics.get("tokens_per_second")) is not None:
        found.append(f"{rate:,.1f} tokens/s")
    if (bill := bill_words(turn, prices)) != "":
        found.append(bill)
    if (first := metrics.get("seconds_to_first")) is not None:
        found.append(f"first after {wording.duration(first)}")
    if turn.model:
        found.append(f"{turn.model} {'' if is_official(turn.version) else turn.version[:8]}".strip())
    return tuple(found)


def bill_words(turn: Turn, prices: Prices | None) -> str:
    """`≈ $0.0012` where a price is known, else what it is billed by; empty where nothing is known."""
    if prices is not None:
        units = {name: turn.metrics[name] for name in ("input_tokens", "output_tokens") if name in turn.metrics}
        estimate = prices.prediction(
            model=turn.model,
            status="succeeded" if turn.state == "done" else turn.state,
            predict_time=turn.metrics.get("predict_time"),
            created_at=turn.created_at,
            billed=Billed(units),
        )
        if estimate is not None:
            return str(estimate)
    ran = turn.metrics.get("predict_time")
    return billed_words(unit_of(turn.version, turn.metrics), ran) if ran is not None else ""


def meter_words(meter: Meter | None) -> Content:
    """How full the model would be with what is written, and what would not be sent."""
    if meter is None:
        return Content("")
    share = min(1.0, meter.used / max(1, meter.window.tokens))
    full = round(share * METER)
    tone = "$warning" if meter.left_out or share > 0.9 else "$text-muted"
    about = " (estimate)" if meter.window.estimated else ""
    words = f" ~{meter.used:,} of {meter.window.tokens:,} tokens{about}"
    left = f" · {meter.left_out} turns left out: {meter.why}" if meter.left_out else ""
    return Content.assemble(("█" * full + "░" * (METER - full), tone), (words + left, tone))
