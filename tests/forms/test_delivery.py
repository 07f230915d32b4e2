"""What is typed beside an input: the webhook's address and events, and the deadline, judged as the API judges them."""

from __future__ import annotations

import pytest

from tui.forms import Problem
from tui.forms.delivery import (
    DEADLINE,
    EVENTS,
    WEBHOOK,
    Delivery,
    delivery_form,
    duration_words,
    judge,
    read,
    refused,
    seconds_of,
    without,
    words_of,
)

HOOK = "https://example.com/hook"


def test_nothing_typed_delivers_nothing() -> None:
    assert read({}) == (Delivery(None, (), None), [])
    assert read({"prompt": "webhook", WEBHOOK: " ", DEADLINE: ""}) == (Delivery(None, (), None), [])


@pytest.mark.parametrize(
    ("texts", "events"),
    [
        ({}, ()),
        ({EVENTS["output"]: "true", EVENTS["completed"]: "true"}, ()),
        ({EVENTS["start"]: "true"}, ("start", "output", "completed")),
        ({EVENTS["output"]: "false"}, ("completed",)),
        ({EVENTS["logs"]: "true", EVENTS["completed"]: "false"}, ("output", "logs")),
    ],
)
def test_the_events_are_named_where_they_differ_from_what_the_api_tells_by_itself(
    texts: dict[str, str], events: tuple[str, ...]
) -> None:
    assert read({WEBHOOK: f" {HOOK} ", **texts}) == (Delivery(HOOK, events, None), [])


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        (HOOK, True),
        ("http://127.0.0.1:8000/hook", True),
        ("http://localhost/hook", True),
        ("http://[::1]:1/", True),
        ("http://example.com/hook", False),
        ("example.com/hook", False),
        ("https://", False),
        ("https://exa mple.com/", False),
        ("http://[bad", False),
    ],
)
def test_a_webhook_goes_to_an_https_address_or_to_this_machine(address: str, taken: bool) -> None:
    found, problems = read({WEBHOOK: address})
    assert (found.webhook == address, not problems) == (taken, taken)
    assert (judge(WEBHOOK, address) is None) == taken


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5.0), ("4.9", None), ("30s", 30.0), ("5m", 300.0), ("1h30m45s", 5445.0), (" 2M ", 120.0),
     ("soon", None), ("-9", None)],
)  # fmt: skip
def test_a_deadline_is_a_time_of_at_least_five_seconds(text: str, seconds: float | None) -> None:
    found, problems = read({DEADLINE: text})
    assert (found.cancel_after, [problem.field for problem in problems]) == (seconds, [] if seconds else [DEADLINE])
    if seconds is None:
        with pytest.raises(ValueError, match="must be"):
            seconds_of(text)


def test_events_without_an_address_and_an_address_without_events_are_wrong() -> None:
    assert [problem.field for problem in read({EVENTS["start"]: "true"})[1]] == [WEBHOOK]
    none = {EVENTS["output"]: "false", EVENTS["completed"]: "false"}
    assert [problem.field for problem in read({WEBHOOK: HOOK, **none})[1]] == [EVENTS["completed"]]
    assert [problem.field for problem in read({WEBHOOK: HOOK, EVENTS["start"]: "perhaps"})[1]] == [EVENTS["start"]]


def test_a_training_is_asked_for_no_deadline() -> None:
    assert [field.name for field in delivery_form(deadline=False)] == [WEBHOOK, *EVENTS.values()]
    assert [field.name for field in delivery_form()] == [WEBHOOK, *EVENTS.values(), DEADLINE]


def test_the_choice_is_told_in_few_words() -> None:
    assert words_of({"prompt": "x"}) == ""
    assert words_of({WEBHOOK: HOOK}) == HOOK
    texts = {WEBHOOK: HOOK, EVENTS["output"]: "false", DEADLINE: "90"}
    assert words_of(texts) == f"canceled after 1m30s · {HOOK} · on completed"
    assert [duration_words(seconds) for seconds in (5, 60, 3600, 5445.4)] == ["5s", "1m", "1h", "1h30m45s"]


def test_an_input_of_the_same_name_as_the_apis_field_keeps_what_was_refused_of_it() -> None:
    fields = {"webhook": "is no URL", "prompt": "is too long"}
    assert refused(fields, {"prompt"}) == [
        Problem(WEBHOOK, None, "is no URL"),
        Problem("prompt", None, "is too long"),
    ]
    assert [problem.field for problem in refused(fields, {"prompt", "webhook"})] == ["webhook", "prompt"]
    assert without({"webhook": "mine", WEBHOOK: HOOK}) == {"webhook": "mine"}
