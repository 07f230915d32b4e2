"""What is said below an answer, while it comes and when it has ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tui.screens.chat.answer_facts import message_of, meter_words, notes, took
from tui.services.chat.chats import Meter
from tui.services.chat.context_window import Window
from tui.services.usage.prices import Prices
from tui.settings.prices import ModelPrice, PriceTable
from tui.store.conversation import Turn

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ANSWER = Turn(
    "a1", "c1", "q1", "assistant", "Hello", model="meta/llama", version="0123456789abcdef", created_at=NOW
)  # fmt: skip


def told_of(turn: Turn, prices: Prices | None) -> str:
    return " · ".join(took(turn, prices))


def words(turn: Turn) -> str:
    return "\n".join(note.text for note in notes(turn, Prices(), NOW + timedelta(seconds=12)))


def test_below_an_answer_stand_its_tokens_times_model_and_version() -> None:
    metrics = {
        "input_tokens": 1204.0, "output_tokens": 312.0, "seconds_to_first": 0.42,
        "tokens_per_second": 52.34, "predict_time": 6.1,
    }  # fmt: skip
    told = told_of(replace(ANSWER, metrics=metrics), None)
    assert told == ("312 tokens (1,204 read) · 52.3 tokens/s · 6.1 s billed · first after 0.4 s · meta/llama 01234567")
    guessed = told_of(replace(ANSWER, metrics={**metrics, "estimated_output": 1, "estimated_input": 1}), None)
    assert guessed.startswith("~312 tokens (~1,204 read)")


def test_where_a_price_is_known_money_stands_in_the_place_of_the_seconds() -> None:
    table = PriceTable(models={"meta/llama": ModelPrice(units={"per_million_output_tokens": 10.0})})
    answer = replace(ANSWER, state="done", metrics={"output_tokens": 312.0, "predict_time": 6.1})
    assert told_of(answer, Prices(table)) == "312 tokens · ≈ $0.0031 · meta/llama 01234567"


def test_an_official_model_is_billed_by_what_it_reads_and_writes_and_not_by_its_seconds() -> None:
    metrics = {"input_tokens": 7.0, "output_tokens": 12.0, "tokens_per_second": 20.0, "predict_time": 6.1}
    for version in ("hidden", "dp-0123", "d-0123"):
        told = told_of(replace(ANSWER, version=version, metrics=metrics), None)
        assert told == "12 tokens (7 read) · 20.0 tokens/s · billed per token · meta/llama"


def test_a_cold_start_a_wait_and_a_stream_are_told_apart() -> None:
    cold = replace(ANSWER, state="starting", text="", note="cold start: the model is being loaded")
    assert words(cold) == "◌ cold start: the model is being loaded… · 12.0 s · esc stops"
    held = replace(ANSWER, state="sending", text="", waits_until=NOW + timedelta(seconds=20))
    assert words(held) == "◌ the rate limit is reached: goes on in 8 s · esc stops"
    assert words(replace(ANSWER, state="streaming")) == "▶ answering · 12.0 s · esc stops"
    assert "x decides" in words(replace(ANSWER, state="unknown"))


def test_a_failed_a_stopped_and_an_empty_answer_say_what_to_do() -> None:
    failed = words(replace(ANSWER, state="failed", error="E1001 [/] out of memory"))
    assert "✗ E1001 [/] out of memory" in failed and "r answers anew" in failed
    assert "stopped; what had come is kept" in words(replace(ANSWER, state="canceled"))
    assert "without saying anything" in words(replace(ANSWER, text=" \n"))


def test_what_did_not_fit_is_told_with_the_reason() -> None:
    told = words(replace(ANSWER, left_out=4, why_left_out="it reads 4,000 tokens at once"))
    assert "4 earlier turns were not sent: it reads 4,000 tokens at once" in told
    meter = meter_words(Meter(3900, Window(4000, "guess", 1000), 4, "it is too long"))
    assert meter.plain.endswith("~3,900 of 4,000 tokens (estimate) · 4 turns left out: it is too long")
    assert meter_words(None).plain == ""


def test_an_alternative_is_numbered() -> None:
    assert message_of(ANSWER, (2, 3), None).aside == "‹2/3›"
    assert message_of(ANSWER, (1, 1), None).aside == ""
