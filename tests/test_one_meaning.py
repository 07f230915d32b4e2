"""One key means one thing in every section: what shares a key is one action on another thing."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

import tui
from tui import commands

DOWN = {"table.down", "text.down", "plot.next", "sheet.down"}
UP = {"table.up", "text.up", "plot.previous", "sheet.up"}
DELETE = {"delete-deployment", "delete-model", "delete-chat", "delete-batch", "delete-file", "forget-local"}
MAKE = {"new-deployment", "new-model", "new-training", "new-chat", "upload-file", "open-local"}
MEANINGS: dict[str, tuple[str, set[str]]] = {
    "j": ("down", DOWN),
    "k": ("up", UP),
    "g": ("the first", {"table.first", "text.start", "sheet.first"}),
    "G": ("the last", {"table.last", "text.end", "sheet.last"}),
    "z": ("fill the screen", {"fill-screen", "sheet.fill"}),
    "w": ("how much of it is in sight", {"log.wrap", "plot.window", "choose-period"}),
    "slash": ("find", {"filter", "filter-fields"}),
    "c": ("stop what runs", {"cancel-prediction", "stop-answer", "cancel-batch", "cancel-upload", "cancel-local"}),
    "ctrl+x": ("stop what runs", {"cancel-prediction", "cancel-batch", "cancel-upload", "cancel-local"}),
    "p": ("go on, or stop for a while", {"pause-batch", "sheet.play", "forward-webhooks", "switch-local"}),
    "x": ("decide about what was lost", {"resolve-run", "resolve-batch"}),
    "W": ("write it out: into a file, or to a program", {"export-chat", "export-batch", "relay-webhooks"}),
    "d": ("compare", {"compare-marked", "compare-versions", "compare-models"}),
    "D": (
        "delete",
        {"delete-deployment", "delete-model", "delete-chat", "delete-batch", "delete-file", "forget-local"},
    ),
    "delete": (
        "delete",
        {"delete-deployment", "delete-model", "delete-chat", "delete-batch", "delete-file", "forget-local"},
    ),
    "e": ("edit", {"change-deployment", "edit-model", "edit-question", "set-budget"}),
    "E": ("open in $EDITOR", {"edit-readme", "open-in-editor", "edit-source"}),
    "n": (
        "make something new",
        {"new-deployment", "new-model", "new-training", "new-chat", "upload-file", "open-local"},
    ),
    "r": ("run, or do once more", {"run-model", "run-again", "regenerate-answer", "retry-batch", "send-webhook"}),
    "s": ("save", {"save-outputs", "save-code", "download-file"}),
    "J": ("the next one", {"next-difference", "chat.next_message", "log.next_match", "json.next_match"}),
    "K": (
        "the one before",
        {"previous-difference", "chat.previous_message", "log.previous_match", "json.previous_match"},
    ),
    "ctrl+down": (
        "the next one",
        {"next-difference", "chat.next_message", "log.next_match", "json.next_match", "form-less"},
    ),
    "ctrl+up": (
        "the one before",
        {"previous-difference", "chat.previous_message", "log.previous_match", "json.previous_match", "form-more"},
    ),
    "ctrl+n": ("begin anew", {"reset-form", "new-chat"}),
    "ctrl+o": ("choose from a list", {"choose-destination", "choose-model", "form-browse"}),
    "ctrl+r": ("run or send", {"start-run", "run-local", "start-training", "apply-changes", "regenerate-answer"}),
    "ctrl+t": ("show what is beside", {"switch-pane", "show-parameters"}),
    "ctrl+e": ("edit in $EDITOR", {"edit-in-editor", "form-edit"}),
    "right_square_bracket": ("the next tab or block", {"next-tab", "chat.next_code"}),
    "left_square_bracket": ("the tab or block before", {"previous-tab", "chat.previous_code"}),
}
"""What may share a key, and in which one sense."""
ARROWS = {"left", "right", "up", "down"}
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _widgets() -> list[type[DOMNode]]:
    """Every class of the program that binds keys itself."""
    found: list[type[DOMNode]] = []
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if not module.name.startswith(("tui.widgets.", "tui.screens.")):
            continue
        found += [
            value
            for value in vars(importlib.import_module(module.name)).values()
            if isinstance(value, type) and issubclass(value, DOMNode) and value.__module__ == module.name
        ]
    return found


@pytest.fixture(scope="module")
def bound() -> dict[str, set[str]]:
    """The ids by the keys that they are bound to."""
    keys: dict[str, set[str]] = defaultdict(set)
    for command in commands.REGISTRY.values():
        for key in set(command.keys.split(",")) - ARROWS:
            keys[key].add(command.id)
    for widget in _widgets():
        for binding in vars(widget).get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.id:
                for key in set(binding.key.split(",")) - ARROWS:
                    keys[key].add(binding.id)
    return keys


def test_a_key_of_several_commands_is_one_action(bound: dict[str, set[str]]) -> None:
    ids = set(commands.REGISTRY)
    shared = {key: found for key, found in bound.items() if len(found) > 1 and (found & ids or key in LETTERS)}
    stray = {key: found - MEANINGS.get(key, ("", set()))[1] for key, found in shared.items()}
    assert {key: found for key, found in stray.items() if found} == {}


def test_a_meaning_has_one_letter() -> None:
    meanings = [words for key, (words, _) in MEANINGS.items() if key in LETTERS]
    assert sorted(meanings) == sorted(set(meanings))


@pytest.mark.parametrize(
    ("key", "id"),
    [
        ("z", "fill-screen"),
        ("h", "pane-left"),
        ("l", "pane-right"),
        ("colon", "palette"),
        ("ctrl+p", "palette"),
        ("slash", "filter"),
        ("y", "copy"),
        ("q", "quit"),
        ("space", "table.mark"),
    ],
)
def test_the_keys_that_people_know_from_elsewhere_are_there(bound: dict[str, set[str]], key: str, id: str) -> None:
    assert id in bound[key]


def test_disabling_a_deployment_is_not_next_to_anything_that_costs_nothing(bound: dict[str, set[str]]) -> None:
    assert bound["Z"] == {"disable-deployment"} and bound["U"] == {"enable-deployment"}
