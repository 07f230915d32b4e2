"""The help: what the focused thing is and what every key does here, from the commands themselves."""

from __future__ import annotations

import textwrap
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tui import commands as cmd
from tui.screens.command_host import CommandHost, app_of
from tui.toolkit.screen import DialogScreen
from tui.widgets.bars import key_word

INDENT = 16
"""Cells before the words of a key."""


def _hang(words: str, width: int) -> str:
    return ("\n" + " " * INDENT).join(textwrap.wrap(words, width))


class Help(DialogScreen[None]):
    """Lists the bindings that are active on the screen below."""

    BINDINGS = [("escape,q,question_mark,f1", "dismiss_help", "Close")]

    def __init__(self, below: Screen[Any]) -> None:
        super().__init__()
        self._below = below

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Help", "bold"), id="dialog-title")
            with VerticalScroll(can_focus=True):
                yield Static(self._text(), id="help-text")
            yield Static(Content.styled("esc closes · ^p finds every command by name", "$foreground 60%"))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_dismiss_help(self) -> None:
        """Close."""
        self.dismiss(None)

    def _text(self) -> Content:
        lines: list[Content] = []
        # The dialog's share of the screen, less its border, padding and scrollbar.
        width = max(20, min(96, app_of(self).size.width * 92 // 100) - 8 - INDENT)
        focused = self._below.focused
        about = next(
            (
                str(node.HELP)
                for node in (focused.ancestors_with_self if focused else [])
                if getattr(node, "HELP", None)
            ),
            None,
        )
        if about:
            lines += [Content(about.strip()), Content("")]
        groups: dict[str, list[Content]] = {}
        seen: set[str] = set()
        keys: dict[str, list[str]] = {}
        active = list(self._below.active_bindings.values())
        for entry in active:
            keys.setdefault(entry.binding.action, []).append(key_word(entry.binding.key))
        for entry in active:
            binding = entry.binding
            if binding.action in seen or binding.system or not key_word(binding.key):
                continue
            seen.add(binding.action)
            command = cmd.REGISTRY.get(binding.id or "")
            words = command.help() if command else (binding.tooltip or binding.description)
            if not words:
                continue
            reason = None
            if command and isinstance(entry.node, CommandHost):
                reason = entry.node.why_not(command)
            shown = " ".join(list(dict.fromkeys(keys[binding.action]))[:3])[: INDENT - 3]
            line = Content.assemble(Content.styled(f"  {shown:<{INDENT - 2}}", "bold $accent"), _hang(words, width))
            if reason:
                now = f"\n{'':<{INDENT}}{_hang(f'now: {reason}', width)}"
                line = Content.assemble(line, Content.styled(now, "$warning"))
            groups.setdefault(command.group if command else "Keys", []).append(line)
        for title, entries in groups.items():
            lines += [Content.styled(title, "bold"), *entries, Content("")]
        return Content("\n").join(lines)
