"""Every action is declared once."""

from __future__ import annotations

from textual.keys import key_to_character

from tui import commands


def test_every_command_has_a_title_keys_and_a_help_text() -> None:
    for command in commands.REGISTRY.values():
        assert command.title
        assert command.keys
        assert command.help().endswith(".")


def test_a_key_that_works_while_typing_is_no_letter() -> None:
    for command in commands.REGISTRY.values():
        if command.priority and not command.at_once:
            assert all(key_to_character(key) is None or "+" in key for key in command.keys.split(","))


def test_a_binding_carries_the_id_that_a_keymap_names() -> None:
    binding = commands.CancelPrediction.binding()
    assert binding.id == "cancel-prediction"
    assert binding.tooltip == commands.CancelPrediction.help()
