"""What all sections share: the bars, the commands, and the way to the app's services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App, ComposeResult
from textual.css.query import NoMatches

from tui import commands as cmd
from tui.navigation import SECTIONS
from tui.screens.command_host import CommandHost, ConsoleApp, app_of, console, is_possible
from tui.screens.pane_moves import PaneMoves
from tui.toolkit.leaving import is_leaving
from tui.toolkit.screen import PartialScreen, keep_styles
from tui.widgets.bars import TALL, KeyBar, StatusLine, TopBar

if TYPE_CHECKING:
    from tui.navigation import Place
    from tui.services.bus import Event
    from tui.services.services import Services

FRAME = 1 / 15
"""Seconds between two updates of the screen that nobody's key asked for: what a slow terminal can take."""


PINNED = (cmd.Back.id, cmd.Help.id, cmd.Palette.id)
"""What stands at the right of the key bar at every width: the way back where there is one, and the maps."""
BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
"""Classes of a screen by its columns."""


class ConsoleScreen(CommandHost, PartialScreen[Any]):
    """A full screen with the bars; subclasses compose their body."""

    BINDINGS = cmd.bindings(cmd.PaneLeft, cmd.PaneRight, cmd.FillScreen)
    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self._pending: set[str] = set()
        self._moves = PaneMoves(self, self)

    def compose(self) -> ComposeResult:
        # Textual sets these once all is laid out, and then styles every widget again.
        width = self.host.size.width
        self.add_class([name for columns, name in BREAKPOINTS if columns <= width][-1])
        sections = [section[:4] for section in SECTIONS]
        yield TopBar(sections, app_of(self).current_mode, tall=self.host.size.height >= TALL)
        yield from self.compose_body()
        yield StatusLine(id="status-line")
        mends = (cmd.Reload.id, self.console.troubled)
        keys = KeyBar(is_possible, pinned=PINNED, mends=mends, id="key-bar")
        # What changed on the screen may be what a key acts on: the bar follows, but not with every key.
        self.after_paint = partial(self.soon, "keys", keys.look_again)
        yield keys

    def compose_body(self) -> ComposeResult:
        """The widgets between the bars."""
        raise NotImplementedError

    @property
    def host(self) -> App[Any]:
        """The app, typed."""
        return app_of(self)

    @property
    def console(self) -> ConsoleApp:
        """The app, as screens know it."""
        return console(self)

    @property
    def services(self) -> Services | None:
        """The services, once the console is connected."""
        return self.console.services

    @property
    def narrow(self) -> bool:
        """Whether list and detail do not fit side by side."""
        return self.has_class("-narrow")

    def answer(self, command: type[cmd.Command]) -> Callable[[], object]:
        """What the command does here.

        Wherever one is, a reload without a connection connects anew, and the way back leads out of a filled screen.
        """
        if command is cmd.Reload and self.console.disconnected():
            return self.console.reconnect
        if command is cmd.Back and self._moves.filled:
            return self._moves.put_back
        return super().answer(command)

    def why_not(self, command: type[cmd.Command]) -> str | None:
        """As everywhere; a filled screen has a way back."""
        if command is cmd.Back and self._moves.filled:
            return None
        return super().why_not(command)

    def _method(self, name: str) -> Callable[[], Any] | None:
        """What every screen can do besides: the panes."""
        return super()._method(name) or getattr(self._moves, name, None)

    # Textual calls the handlers of a subclass first and then these: neither calls the other.
    def on_mount(self) -> None:
        keep_styles(self)
        self.console.events.subscribe(self, self.bus_event)
        self.console.status.subscribe(self, lambda _: self.draw_bars())
        self.console.connected.subscribe(self, self.services_ready)
        self.draw_bars()
        if self.services is not None:
            self.services_ready(self.services)

    def on_screen_resume(self) -> None:
        """Shown again: the bars tell what holds now."""
        self.draw_bars()

    def draw_bars(self) -> None:
        """Bring the top bar and the status line up to date."""
        if not self.is_current:
            return
        self.query_one(TopBar).set_account(*self.console.account_words())
        self.query_one(StatusLine).set_parts(self.console.status_parts())

    def arrive(self, place: Place) -> None:
        """Open what the command line or another section named; it fills itself once the console is connected."""

    def services_ready(self, services: Services) -> None:
        """Called once the console is connected (again)."""

    def bus_event(self, event: Event) -> None:
        """Called with every event of the services."""

    def soon(self, name: str, update: Callable[[], object]) -> None:
        """Call `update` within a frame; further calls by the same name until then are folded into one."""
        if name in self._pending:
            return
        self._pending.add(name)

        def run() -> None:
            self._pending.discard(name)
            update()

        self.set_timer(FRAME, run)


async def fill(
    screen: ConsoleScreen,
    load: Callable[[Services], Awaitable[None]],
    services: Services,
    paint: Callable[[], None],
) -> None:
    """Load what a screen shows, then let it be painted: `paint` is what `hold_updates` gave."""
    try:
        if not is_leaving(screen):
            await load(services)
    except NoMatches:
        # What is to be filled is gone with the screen.
        if not is_leaving(screen):
            raise
    finally:
        screen.call_after_refresh(paint)
