"""The first start without a token: paste one, or open the sandbox."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static

from tui.screens.command_host import CommandHost, console
from tui.toolkit.screen import DialogScreen
from tui.toolkit.static import FixedWidthInput
from tui.toolkit.workers import work

if TYPE_CHECKING:
    pass

ABOUT = (
    "The console for Replicate needs an API token. Make one at replicate.com/account/api-tokens and paste it here: "
    "it is checked by asking for your account, then kept in a file that only you can read.\n\n"
    "Or open the sandbox: a local Replicate with small models of its own. It needs no token, no network and no money."
)


class Welcome(CommandHost, DialogScreen[Any]):
    """Asks for a token; the result is the settings to go on with, or None to quit."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Quit"),
        Binding("ctrl+s", "sandbox", "Open the sandbox", priority=True),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Welcome to replicate-tui", "bold $accent"), id="dialog-title")
            yield Static(Content(ABOUT), id="dialog-text")
            field = FixedWidthInput(placeholder="r8_…", password=True, compact=True, id="token")
            field.cursor_blink = False
            yield field
            yield Static(id="token-note")
            with Horizontal(id="welcome-buttons"):
                yield Button("Use this token  enter", id="use-token", variant="primary", compact=True)
                yield Button("Open the sandbox  ^s", id="use-sandbox", compact=True)
            yield Static(Content.styled("tab walks · esc quits", "$foreground 60%"), id="dialog-keys")

    def on_mount(self) -> None:
        self.query_one("#token").focus()

    def action_leave(self) -> None:
        """Quit."""
        self.dismiss(None)

    @on(Button.Pressed, "#use-sandbox")
    def action_sandbox(self) -> None:
        """Go on with the sandbox."""
        self.dismiss(replace(console(self).settings, sandbox=True))

    @on(Button.Pressed, "#use-token")
    @on(Input.Submitted, "#token")
    def _use(self) -> None:
        text = self.query_one("#token", Input).value.strip()
        if not text:
            self._note("Paste a token first, or open the sandbox with ^s.", "$warning")
            return
        self._note("asking for the account…", "$foreground 60%")
        work(self, "Checking the token", "check", self._check, text)

    def _note(self, words: str, style: str) -> None:
        self.query_one("#token-note", Static).update(Content.styled(words, style))

    async def _check(self, text: str) -> None:
        from tui.api.client import Client
        from tui.api.errors import ApiError, Unauthorized
        from tui.api.token import Token
        from tui.settings import SettingsError, save_token

        settings = console(self).settings
        try:
            token = Token(text)
            async with Client(settings.base_url, token) as client:
                account = await client.account()
        except Unauthorized:
            self._note("Replicate does not know this token. It begins with r8_ and has 40 characters.", "$error")
            return
        except (ApiError, ValueError) as error:
            self._note(f"The token could not be checked: {error}", "$error")
            return
        try:
            await asyncio.to_thread(save_token, settings, token)
        except (OSError, SettingsError) as error:
            console(self).say(f"The token works but could not be kept: {error}", severity="warning")
        console(self).say(f"Welcome, {account.username}.")
        self.dismiss(replace(settings, token=token))
