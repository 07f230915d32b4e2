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
        for binding in command.bindings():
            if binding.priority and not command.at_once:
                assert all(key_to_character(key) is None or "+" in key for key in binding.key.split(","))


def test_the_palette_has_a_letter_and_a_key_that_works_while_typing() -> None:
    letter, other = commands.Palette.bindings()
    assert (letter.key, letter.priority, letter.id) == ("colon", False, "palette")
    assert (other.key, other.priority, other.id) == ("ctrl+p", True, "palette")


def test_a_binding_carries_the_id_that_a_keymap_names() -> None:
    (binding,) = commands.CancelPrediction.bindings()
    assert binding.id == "cancel-prediction"
    assert binding.tooltip == commands.CancelPrediction.help()
