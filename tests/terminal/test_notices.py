"""What calls the user back, and what does not."""

import pytest

from tui.terminal.notices import Attention, Ending

DONE = Ending("prediction", "owner/flux", "succeeded", 42.0)


def away(**environment: str) -> Attention:
    attention = Attention(environment=environment)
    attention.left()
    return attention


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_nobody_is_called_who_looks() -> None:
    attention = Attention(environment={})
    assert not attention.ended(DONE)
    assert attention.call() == ("", "") and attention.back() == ""


def test_a_short_one_is_no_reason_to_call() -> None:
    assert not away().ended(Ending("prediction", "owner/flux", "succeeded", 9.9))


def test_a_long_one_rings_sets_the_title_and_sends_a_notice() -> None:
    attention = away()
    assert attention.ended(DONE)
    assert attention.call() == (
        "✓ owner/flux succeeded",
        "\x07\x1b[22;2t\x1b]2;✓ owner/flux succeeded · replicate-tui\x07\x1b]9;✓ owner/flux succeeded\x07",
    )
    assert attention.call() == ("", ""), "once is enough"
    assert attention.calm() == "\x1b]2;replicate-tui\x07\x1b[23;2t"
    assert attention.calm() == ""


def test_several_are_counted_by_how_they_ended() -> None:
    attention = away()
    for status in ("succeeded", "failed", "succeeded"):
        attention.ended(Ending("prediction", "a/b", status, 60))
    assert "\x1b]9;3 predictions ended (2 succeeded, 1 failed)\x07" in attention.call().sequences
    attention.ended(Ending("training", "a/b", "aborted", 60))
    assert "4 predictions and trainings ended (2 succeeded, 1 failed, 1 aborted)" in attention.call().sequences
    assert attention.back().startswith("While you were away: 4 predictions and trainings ended")
    assert attention.back() == ""


def test_only_the_chosen_ways_are_used() -> None:
    attention = away()
    attention.ways = ("bell",)
    attention.ended(DONE)
    assert attention.call().sequences == "\x07"


@pytest.mark.parametrize(
    ("environment", "notice"),
    [
        ({"TERM": "foot"}, "\x1b]777;notify;replicate-tui;✓ owner/flux succeeded\x07"),
        ({"VTE_VERSION": "7000"}, "\x1b]777;notify;replicate-tui;✓ owner/flux succeeded\x07"),
        ({"TMUX": "1"}, "\x1bPtmux;\x1b\x1b]9;✓ owner/flux succeeded\x07\x1b\\"),
        # screen makes one byte of each letter: of ✓ it would make a control code.
        ({"TERM": "screen.xterm-256color"}, "\x1bP\x1b]9;owner/flux succeeded\x07\x1b\\"),
    ],
)
def test_a_notice_goes_the_way_that_the_terminal_knows(environment: dict[str, str], notice: str) -> None:
    attention = away(**environment)
    attention.ways = ("notice",)
    attention.ended(DONE)
    assert attention.call().sequences == notice


def test_a_models_name_cannot_send_sequences_of_its_own() -> None:
    attention = away()
    attention.ended(Ending("prediction", "a/\x1b]52;c;eA==\x07b\n\x9d0;x\x9c", "succeeded", 60))
    sent = attention.call().sequences
    assert sent.count("\x1b") == 3 and "\x9d" not in sent and "\n" not in sent


def test_where_no_focus_is_told_of_a_minute_without_a_key_is_absence_and_less_is_not() -> None:
    clock = Clock()
    attention = Attention(environment={}, clock=clock)
    clock.now += 59.9
    assert not attention.ended(DONE)
    clock.now += 0.1
    assert attention.ended(DONE)
    assert "\x07" in attention.call().sequences
    # The first key brings back what was missed, and is itself a sign of somebody.
    assert attention.touched()
    assert attention.back() == "While you were away: ✓ owner/flux succeeded."
    assert not attention.touched()
    clock.now += 59
    assert not attention.ended(DONE)


def test_a_terminal_that_has_told_of_its_focus_is_believed_however_long_no_key_came() -> None:
    clock = Clock()
    attention = Attention(environment={}, clock=clock)
    attention.left()
    clock.now += 1
    assert attention.ended(DONE)
    # A key while the focus is elsewhere is no return: another pane may have sent it.
    assert not attention.touched()
    assert attention.back() == "While you were away: ✓ owner/flux succeeded."
    clock.now += 3600
    assert not attention.ended(DONE)


def test_the_words_of_a_call_are_there_without_any_way_to_call() -> None:
    attention = away()
    attention.ways = ()
    attention.ended(DONE)
    assert attention.call() == ("✓ owner/flux succeeded", "")
