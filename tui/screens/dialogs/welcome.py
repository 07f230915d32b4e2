"""The first start without a token: paste one, use one's own address, or open the sandbox.

It names the address that a pasted token goes to and who set it. An address that a folder's `.env` set gets no token
without a second yes.
"""

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

from tui.screens.command_host import CommandHost, app_of, console
from tui.screens.dialogs.welcome_art import picture, wordmark
from tui.settings.model import is_loopback
from tui.toolkit.screen import DialogScreen
from tui.toolkit.static import FixedWidthInput
from tui.toolkit.workers import work

if TYPE_CHECKING:
    from tui.settings import Settings

WIDE, NAME = 62, 35
"""Cells of the dialog's text, and of the program's name."""
HIGH, LOW = 36, 24
"""Rows of the screen from which the picture stands above the name, and from which it stands beside it."""
SANDBOX = (
    "Or open the sandbox: a local Replicate with small models of its own. It needs no token, no network and no money."
)


def about(settings: Settings) -> str:
    """What is asked for, and where it would go."""
    if settings.base_url_is_of_folder:
        return (
            f"{settings.base_url_source} sets the API's address to {settings.base_url}. Your own token is not sent "
            "there. Do you trust this folder? A token that you paste here goes to that address and nowhere else.\n\n"
            f"Press ^o to go on with your own address instead. {SANDBOX}"
        )
    if settings.base_url_source == "default":
        where = "it is checked by asking for your account"
    else:
        where = f"it is sent to {settings.base_url} (set by {settings.base_url_source}) to ask for your account"
    why = f"{settings.no_token}\n\n" if settings.no_token else ""
    open_way = ""
    if settings.base_url.startswith("http:") and not is_loopback(settings.base_url):
        open_way = "That address is not encrypted: the token can be read on its way there. "
    return (
        f"{why}The console for Replicate needs an API token. Make one at replicate.com/account/api-tokens and paste it "
        f"here: {where}, then kept in a file that only you can read. {open_way}\n\n{SANDBOX}"
    )


class WelcomeArt(Static):
    """The program's name and a picture, as large as there is room."""

    def fit_in(self, height: int) -> None:
        """Show as much as a screen of that many rows has room for: the words below matter more."""
        colours = not app_of(self).no_color
        name = Content.styled("\n".join(wordmark()), "bold $accent")
        if height >= HIGH:
            self.update(Content("\n").join([picture(WIDE, 9, colours=colours), Content(""), name]))
        elif height >= LOW:
            rows = picture(WIDE - NAME - 2, 3, colours=colours).split("\n")
            lines = [
                Content.styled(f"{line}  ", "bold $accent") + row for line, row in zip(wordmark(), rows, strict=True)
            ]
            self.update(Content("\n").join(lines))
        else:
            self.update(Content.styled("replicate-tui", "bold $accent"))


class Welcome(CommandHost, DialogScreen[Any]):
    """Asks for a token; the result is the settings to go on with, or None to quit.

    Over a console that works without one, on this machine alone, None goes back to that.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Quit"),
        Binding("ctrl+s", "sandbox", "Open the sandbox", priority=True),
        Binding("ctrl+o", "own_address", "My own address", priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._agreed = False
        """Whether a token may go to the address that a folder's `.env` set."""

    def compose(self) -> ComposeResult:
        settings = console(self).settings
        art = WelcomeArt(id="welcome-art")
        # Before the first layout: what is shown later, while the screen is given its size, is not laid out again.
        art.fit_in(app_of(self).size.height)
        with Vertical(id="dialog"):
            yield art
            yield Static(Content(about(settings)), id="dialog-text")
            field = FixedWidthInput(placeholder="r8_…", password=True, compact=True, id="token")
            field.cursor_blink = False
            yield field
            yield Static(id="token-note")
            with Horizontal(id="welcome-buttons"):
                yield Button("Use this token  enter", id="use-token", variant="primary", compact=True)
                if settings.base_url_is_of_folder:
                    yield Button("My own address  ^o", id="use-own", compact=True)
                yield Button("Open the sandbox  ^s", id="use-sandbox", compact=True)
            leaves = "goes back" if console(self).services is not None else "quits"
            yield Static(Content.styled(f"tab walks · esc {leaves}", "$text-muted"), id="dialog-keys")

    def on_mount(self) -> None:
        self.query_one("#token").focus()

    def on_resize(self) -> None:
        """The picture takes what the words leave."""
        self.query_one(WelcomeArt).fit_in(self.size.height)

    def action_leave(self) -> None:
        """Quit."""
        self.dismiss(None)

    @on(Button.Pressed, "#use-sandbox")
    def action_sandbox(self) -> None:
        """Go on with the sandbox."""
        self.dismiss(replace(console(self).settings, sandbox=True))

    @on(Button.Pressed, "#use-own")
    def action_own_address(self) -> None:
        """Go on as if the folder had no `.env`."""
        if not console(self).settings.base_url_is_of_folder:
            return
        work(self, "Reading the settings", "check", self._own_address)

    async def _own_address(self) -> None:
        from tui.settings import SettingsError, load

        try:
            own = await asyncio.to_thread(load, console(self).settings.options, use_dotenv=False)
        except SettingsError as error:
            self._note(str(error), "$error")
            return
        self.dismiss(own)

    @on(Button.Pressed, "#use-token")
    @on(Input.Submitted, "#token")
    def _use(self) -> None:
        text = self.query_one("#token", Input).value.strip()
        if not text:
            self._note("Paste a token first, or open the sandbox with ^s.", "$warning")
            return
        settings = console(self).settings
        if settings.base_url_is_of_folder and not self._agreed:
            self._agreed = True
            self._note(f"This sends the token to {settings.base_url}. Press enter again to send it there.", "$warning")
            return
        self._note(f"asking {settings.base_url} for the account…", "$text-muted")
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
            async with Client(settings.base_url, token, headers=settings.headers) as client:
                account = await client.account()
        except Unauthorized:
            self._note(f"{settings.base_url} does not know this token. Replicate's begin with r8_.", "$error")
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
