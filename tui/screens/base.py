"""What all sections share: the bars, the commands, and the way to the app's services."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, cast

from textual.app import App, ComposeResult
from textual.dom import DOMNode
from textual.events import ScreenResume
from textual.signal import Signal
from textual.worker import Worker, WorkerState

from tui import commands as cmd
from tui.sections import SECTIONS
from tui.widgets.bars import KeyBar, StatusLine, TopBar
from tui.widgets.letters import takes_letters
from tui.widgets.sparing import SparingScreen
from tui.widgets.work import work

if TYPE_CHECKING:
    from tui.api.types import Model
    from tui.places import Place
    from tui.services.bus import Event
    from tui.services.services import Services
    from tui.settings import Settings

FRAME = 1 / 15
"""Seconds between two updates of the screen that nobody's key asked for: what a slow terminal can take."""


BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (120, "-roomy")]
"""Classes of a screen by its columns."""
HELD_BACK = 1 / 60
"""Seconds until it is looked at again whether updates are still held back."""


class ConsoleApp(Protocol):
    """What screens use of the app."""

    settings: Settings
    services: Services | None
    events: Signal[Event]
    connected: Signal[Services]
    status: Signal[None]

    def say(self, text: str, *, severity: str = "information", title: str = "") -> None:
        """Show a notice; `text` is plain, never markup."""
        ...

    def failed(self, what: str, error: BaseException) -> None:
        """Log a failure and tell the user."""
        ...

    def copy_text(self, text: str, what: str) -> None:
        """Copy, and say which way it went."""
        ...

    def under_way(self, words: str) -> None:
        """Say in the status line what is under way; nothing with ""."""
        ...

    def status_parts(self) -> list[tuple[str, str]]:
        """The parts of the status line."""
        ...

    def known_models(self) -> list[Model]:
        """The models of the last time, read before the console is connected."""
        ...

    def account_words(self) -> tuple[str, bool]:
        """The account for the top bar, and whether it is the sandbox."""
        ...

    def visit(self, place: Place) -> None:
        """Go to a place in whichever section it is."""
        ...

    def hold_updates(self, most: float) -> Callable[[], None]:
        """Paint nothing until what is returned is called, or that many seconds have passed."""
        ...


def app_of(node: DOMNode) -> App[Any]:
    """The app that `node` lives in, typed; Textual leaves the type of its result open."""
    return cast("App[Any]", node.app)  # pyright: ignore[reportUnknownMemberType] - see above


def console(node: DOMNode) -> ConsoleApp:
    """The app that `node` lives in, as screens know it."""
    return cast(ConsoleApp, app_of(node))


def show_failure(node: DOMNode, event: Worker.StateChanged) -> str | None:
    """Log and show what failed in a worker; returns the worker's group, or None where nothing failed."""
    worker = cast("Worker[Any]", event.worker)  # pyright: ignore[reportUnknownMemberType] - Textual leaves it open
    if event.state is not WorkerState.ERROR or worker.error is None:
        return None
    console(node).failed(worker.name or worker.group, worker.error)
    return worker.group


class CommandHost:
    """Answers commands: `do_<name>` acts, `why_not_<name>` says why it cannot now."""

    def why_not(self, command: type[cmd.Command]) -> str | None:
        """Why the command is not possible now, in a sentence, or None."""
        node = cast(DOMNode, self)
        if command.changes and console(node).settings.read_only:
            return f"{command.title}: this console is read-only (--read-only); nothing that costs or changes is sent."
        asked: Callable[[], str | None] | None = getattr(self, f"why_not_{command.name}", None)
        return asked() if asked else None

    def answer(self, command: type[cmd.Command]) -> Callable[[], object]:
        """What does the command here."""
        return getattr(self, f"do_{command.name}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A command that acts at once leaves its key to a text field that has the focus."""
        if action == "at_once":
            return not takes_letters(cast(DOMNode, self).screen.focused)
        return True

    def action_at_once(self, command_id: str) -> None:
        """Run a command by its id, ahead of the keys that follow."""
        self.action_command(command_id)

    def action_command(self, command_id: str) -> None:
        """Run a command by its id, or say why not. One that is still running is not started again."""
        command = cmd.REGISTRY[command_id]
        node = cast(Any, self)
        if reason := self.why_not(command):
            console(node).say(reason, severity="warning")
            return
        group = f"command-{command_id}"
        if any(w.group == group and w.node is node and not w.is_finished for w in node.workers):
            return
        act = self.answer(command)
        if inspect.iscoroutinefunction(act):
            work(node, command.title, group, act)
        else:
            act()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """The one place where what failed in a worker is logged and shown."""
        show_failure(cast(DOMNode, self), event)


class ConsoleScreen(CommandHost, SparingScreen[Any]):
    """A full screen with the bars; subclasses compose their body."""

    HORIZONTAL_BREAKPOINTS = BREAKPOINTS
    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self._pending: set[str] = set()
        self._unpainted = False

    def compose(self) -> ComposeResult:
        # Textual sets these once all is laid out, and then styles every widget again.
        width = self.host.size.width
        self.add_class([name for columns, name in BREAKPOINTS if columns <= width][-1])
        yield TopBar([section[:3] for section in SECTIONS], app_of(self).current_mode)
        yield from self.compose_body()
        yield StatusLine(id="status-line")
        yield KeyBar(id="key-bar")

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

    # Textual calls the handlers of a subclass first and then these: neither calls the other.
    def on_mount(self) -> None:
        self._css_update_count = self._styles_of_app()
        self.console.events.subscribe(self, self.bus_event)
        self.console.status.subscribe(self, lambda _: self.draw_bars())
        self.console.connected.subscribe(self, self.services_ready)
        self.draw_bars()
        if self.services is not None:
            self.services_ready(self.services)

    def _on_screen_resume(self, event: ScreenResume) -> None:
        # Every widget was styled when it was mounted: once more is only needed after a change of the theme.
        event.refresh_styles = self._css_update_count != self._styles_of_app()
        self.draw_bars()

    def _styles_of_app(self) -> int:
        """Which styles the app has: a number that goes up with each change."""
        return self.host._css_update_count  # pyright: ignore[reportPrivateUsage] - it is not told in any other way

    def _compositor_refresh(self) -> None:
        # While updates are held back Textual renders as well, shows none of it, and renders it again for the screen.
        if not self.host._batch_count:  # pyright: ignore[reportPrivateUsage] - as above
            super()._compositor_refresh()
        elif not self._unpainted:
            self._unpainted = True
            self.set_timer(HELD_BACK, self._paint)

    def _paint(self) -> None:
        self._unpainted = False
        self._compositor_refresh()

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

    async def fill(
        self, load: Callable[[Services], Awaitable[None]], services: Services, paint: Callable[[], None]
    ) -> None:
        """Load what the screen shows, then let it be painted: `paint` is what `hold_updates` gave."""
        try:
            await load(services)
        finally:
            self.call_after_refresh(paint)

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
