"""Copying by way of the terminal."""

from __future__ import annotations

import base64

import pytest

from tui.terminal import clipboard

SSH = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}


def test_a_copy_over_ssh_goes_to_the_terminal_and_says_no_more_than_that() -> None:
    sent: list[str] = []
    result = clipboard.copy("päper", sent.append, SSH)
    assert base64.b64decode(sent[0].removeprefix("\x1b]52;c;").removesuffix("\x07")).decode() == "päper"
    assert result.ok
    assert "sent to the terminal" in result.words
    assert "this machine" not in result.words


def test_tmux_passes_the_sequence_through_with_its_escapes_doubled() -> None:
    sequence = clipboard.osc52("x", {"TMUX": "/tmp/tmux,1,0"})
    assert sequence.startswith("\x1bPtmux;\x1b\x1b]52;c;")
    assert sequence.endswith("\x1b\\")


def test_screen_gets_pieces_that_it_passes_on() -> None:
    sequence = clipboard.osc52("x" * 2000, {"TERM": "screen-256color"})
    pieces = [piece for piece in sequence.split("\x1b\\") if piece]
    assert all(piece.startswith("\x1bP") and len(piece) <= 768 for piece in pieces)
    assert "".join(piece.removeprefix("\x1bP") for piece in pieces) == clipboard.osc52("x" * 2000, {})


def test_what_is_too_long_for_a_terminal_is_not_sent_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    result = clipboard.copy("x" * (clipboard.LARGEST + 1), sent.append, SSH)
    assert not sent
    assert not result.ok
    assert "too long" in result.words
