"""The commands that the palette lists: those of the open screen, of the sections, and of forms that are not open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.fuzzy import Matcher
from textual.screen import Screen

from tui import commands as cmd
from tui.navigation import SECTIONS, Section
from tui.screens.command_host import CommandHost, app_of, console
from tui.widgets.bars import key_word
from tui.widgets.picker import Row

FAR = 0.1
"""The score of what has the words, but not in its name."""
ELSEWHERE = 0.6
"""What the score of a command is worth where another section has to be opened for it."""
LATELY, HERE, EVERYWHERE, IN_A_FORM = "Used lately", "Here", "Everywhere", "In forms and comparisons"
FORM_OF_MODEL = "a model's form; r on a model opens it"
FORM_OF_TRAINING = "a training's form; n in Trainings opens it"
FORM_OF_DEPLOYMENT = "a deployment's form; n or e in Deployments opens it"
FORM_OF_LOCAL = "a local model's form; enter in Local opens it"
COMPARISON = "a comparison; d with two marked opens it"
IN_FORMS: Mapping[type[cmd.Command], tuple[str, str]] = {
    cmd.StartRun: ("models", FORM_OF_MODEL),
    cmd.EditInEditor: ("models", FORM_OF_MODEL),
    cmd.ResetForm: ("models", FORM_OF_MODEL),
    cmd.UndoForm: ("models", FORM_OF_MODEL),
    cmd.RedoForm: ("models", FORM_OF_MODEL),
    cmd.FindField: ("models", FORM_OF_MODEL),
    cmd.FilterFields: ("models", FORM_OF_MODEL),
    cmd.SwitchPane: ("models", FORM_OF_MODEL),
    cmd.StartTraining: ("trainings", FORM_OF_TRAINING),
    cmd.ChooseDestination: ("trainings", FORM_OF_TRAINING),
    cmd.RunLocal: ("local", FORM_OF_LOCAL),
    cmd.ApplyChanges: ("deployments", FORM_OF_DEPLOYMENT),
    cmd.NextDifference: ("predictions", COMPARISON),
    cmd.PreviousDifference: ("predictions", COMPARISON),
    cmd.DifferencesOnly: ("predictions", COMPARISON),
}
"""Commands of what lies over a section: the section, and where in it they are."""


class Entry(Struct, frozen=True):
    """A command, and where it is."""

    command: type[cmd.Command]
    key: str
    group: str
    """The title that it is listed under."""
    reason: str | None = None
    """Why it is not possible now."""
    node: Any = None
    """What answers it on the open screen; None where its section must be opened first."""
    section: Section | None = None
    """The section that it belongs to, where that is another one."""

    @property
    def value(self) -> str:
        """What stands for it in a row."""
        return f"{self.section.name} {self.command.id}" if self.section is not None else self.command.id

    def row(self, *, grouped: bool) -> Row:
        """Its line: the key, what it is called, and what it does; where it is, unless its group says so."""
        where = f"in {self.section.title} · " if self.section is not None and not grouped else ""
        what = f"not now: {self.reason}" if self.reason else self.command.help()
        return Row(self.value, self.command.full_title(), f"{where}{what}", key=self.key, dim=self.reason is not None)

    def score(self, text: str, matcher: Matcher) -> float:
        """How well it fits what was typed, by its name or else by the words of its help."""
        explained = f"{self.command.help()} {self.command.group}".casefold()
        named = max(matcher.match(self.command.full_title()), matcher.match(self.command.title))
        found = named or (FAR if all(word in explained for word in text.casefold().split()) else 0.0)
        return found * ELSEWHERE if self.section is not None else found


def entries_here(screen: Screen[Any]) -> list[Entry]:
    """The commands of the open screen, with the node that does each, and why not now: first what is possible."""
    app = app_of(screen)
    found: dict[str, Entry] = {}

    def add(command: type[cmd.Command] | None, key: str, node: object) -> None:
        if command is not None and command is not cmd.Palette and command.id not in found:
            reason = node.why_not(command) if isinstance(node, CommandHost) else None
            group = EVERYWHERE if node is app else HERE
            found[command.id] = Entry(command, key_word(key), group, reason, node)

    # What the screen and the app bind, whether or not a text field takes its letters now; then what parts of it bind.
    for node in (screen, app):
        for command, key in _bound(app, type(node)):
            add(command, key, node)
    for key, active in screen.active_bindings.items():
        add(cmd.REGISTRY.get(active.binding.id or ""), key, active.node)
    return sorted(found.values(), key=lambda entry: (entry.group == EVERYWHERE, entry.reason is not None))


def entries_elsewhere(app: App[Any], read_only: bool, here: set[type[cmd.Command]]) -> list[Entry]:
    """The commands that the open screen does not have, by section. Imports the screens of the sections."""
    refused = "this console is read-only" if read_only else None
    found: dict[str, Entry] = {}
    for section in SECTIONS:
        for command, key in _bound(app, section.screen_class()):
            if command not in here and command is not cmd.Palette:
                entry = Entry(command, key, section.title, refused if command.changes else None, section=section)
                found.setdefault(entry.value, entry)
    named = {section.name: section for section in SECTIONS}
    for command, (name, where) in IN_FORMS.items():
        if command not in here and name in named:
            key = key_word(console(app).settings.keymap.get(command.id, command.keys))
            entry = Entry(command, key, IN_A_FORM, f"it works in {where}", section=named[name])
            found.setdefault(entry.value, entry)
    return list(found.values())


def _bound(app: App[Any], kind: type[DOMNode]) -> Iterator[tuple[type[cmd.Command], str]]:
    """The commands that a kind of screen, or the app, binds, each with its key, or with the one of the keymap."""
    keymap = console(app).settings.keymap
    for owner in kind.__mro__:
        for binding in vars(owner).get("BINDINGS", ()):
            if isinstance(binding, Binding) and (command := cmd.REGISTRY.get(binding.id or "")) is not None:
                yield command, key_word(keymap.get(command.id, binding.key))


def grouped(entries: Iterable[Entry], lately: Sequence[str]) -> list[Row]:
    """All of them under the titles of their groups; those that were used lately stand once more at the top."""
    entries = list(entries)
    by_id: dict[str, Entry] = {}
    for entry in entries:
        by_id.setdefault(entry.command.id, entry)
    again = [by_id[id] for id in lately if id in by_id]
    groups: dict[str, list[Row]] = {LATELY: [entry.row(grouped=False) for entry in again]}
    for entry in entries:
        groups.setdefault(entry.group, []).append(entry.row(grouped=True))
    rows: list[Row] = []
    for title, under in groups.items():
        if under:
            rows += [Row(None, title, heading=True), *under]
    return rows
