"""The console: makes the services once, holds the sections, and shows what failed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.message import Message
from textual.signal import Signal

from tui import commands as cmd
from tui import logs
from tui.appearance import THEMES, first_theme, own_themes
from tui.calls import Calls
from tui.key_names import nearest_key
from tui.navigation import SECTIONS, section_of
from tui.resources import OF_MODELS, styles, styles_beside
from tui.screens.base import ConsoleScreen
from tui.screens.command_host import NOT_CONNECTED, CommandHost
from tui.screens.user_commands import UserCommands
from tui.settings.known_names import unknown_names
from tui.status import Standing
from tui.status_events import SANDBOX_ENDED, StatusEvents
from tui.terminal.background import ASK as ASK_BACKGROUND
from tui.terminal.background import Background
from tui.terminal.graphics import ASK, Graphics, may_ask
from tui.toolkit import gc as collector
from tui.toolkit.app import ToolkitApp
from tui.toolkit.screen import PartialScreen
from tui.toolkit.stylesheet import CachedStylesheet
from tui.toolkit.workers import work
from tui.widgets.bars import TopBar, key_word

if TYPE_CHECKING:
    from tui.connection import Connection
    from tui.navigation import Place
    from tui.services.bus import Event
    from tui.services.services import Services
    from tui.settings import Options, Settings
    from tui.store.model_lists import ShopWindow
    from tui.toolkit.key_parser import TerminalReport
    from tui.widgets.media.contact_sheet import ContactSheet

STARTED = 2.0
"""Seconds after the first paint when cyclic garbage is collected again."""
USED_LATELY, MOST_USED = "palette.used", 5
"""Under which name the store keeps the commands used lately, and how many."""
LEFT_BEHIND = 60.0
"""Seconds between two looks for what other consoles and commands have left behind."""
SAID_ONCE = 10.0
"""Seconds within which the same failure is not said again."""


def _connect(settings: Settings) -> Connection:
    """Connect, in a thread: what it takes is imported beside the keys, of which the first may come at once."""
    from tui.connection import connect

    import_module("tui.services.services")

    return connect(settings)


def _import_screens() -> None:
    """Import what the first keys open, in a thread, after the first paint; other sections when they are opened."""
    for name in ("tui.screens.run.run_screen", "tui.screens.dialogs.help", "tui.screens.records.predictions_screen"):
        import_module(name)


class Console(CommandHost, ToolkitApp[int]):
    """The app. State that several screens need lives here or in the services, nowhere else."""

    TITLE = "replicate-tui"
    CSS_PATH = cast(Any, styles())
    MODES: ClassVar[dict[str, Any]] = {section.name: section.open for section in SECTIONS}
    ENABLE_COMMAND_PALETTE = False
    PAUSE_GC_ON_SCROLL = True
    BINDINGS = cast(Any, cmd.bindings(*cmd.EVERYWHERE, *cmd.section_commands()))

    class Connected(Message):
        """The services are open."""

        def __init__(self, services: Services, connection: Connection) -> None:
            super().__init__()
            self.services = services
            self.connection = connection

    class ConnectFailed(Message):
        """The console could not be connected."""

        def __init__(self, error: BaseException) -> None:
            super().__init__()
            self.error = error

    class BusEvent(Message):
        """An event of the services, on its way to the screens."""

        def __init__(self, services: Services, event: Event) -> None:
            super().__init__()
            self.services = services
            self.event = event

    def __init__(self, settings: Settings, place: Place) -> None:
        # The first section is the first screen: Textual's own empty one is not made, styled and laid out before it.
        cast(Any, self).DEFAULT_MODE = section_of(place.section).name
        super().__init__(settings.paths.log_file)
        if section_of(place.section).name == "models":
            self.later_styles = styles_beside(*OF_MODELS)
            self.css_path = [path for path in self.css_path if path not in self.later_styles]
        self.settings = settings
        self.place = place
        self.services: Services | None = None
        self.connection: Connection | None = None
        self.events: Signal[Event] = Signal(self, "events")
        self.connected: Signal[Services] = Signal(self, "connected")
        self.status: Signal[None] = Signal(self, "status")
        self.standing = Standing()
        self.runs_here: Callable[[], int] = lambda: 0
        self._status_events = StatusEvents(self, self.standing, self.say, lambda: self.status.publish(None))
        self._calls = Calls(self, settings, self.say)
        Graphics.choose(settings.pictures, os.environ)
        self._returning = False
        self._said, self._said_at = "", 0.0
        self.goes_on_as: Options | None = None
        """With which options the console begins anew after its end."""
        self.used_lately: tuple[str, ...] = ()
        """The ids of the commands that were last picked in the palette, the last one first."""
        self._own = UserCommands(self, settings.commands)
        self.bind_everywhere(cmd.bindings(*self._own.kinds))
        for theme in THEMES:
            self.register_theme(theme)
        own, self._pale = own_themes(settings.themes, self.available_themes, str(settings.paths.config_file))
        for theme in own:
            self.register_theme(theme)
        self._background = Background(os.environ, settings.paths.cache)
        self.theme = first_theme(settings.theme, self.available_themes, self._background.light)
        self.stylesheet = CachedStylesheet(variables=self.get_css_variables())
        self.set_keymap(settings.keymap)

    # ---- life

    def on_load(self) -> None:
        # From Python 3.12 on Textual starts tasks eagerly: the first screen's widgets would be mounted before it is on
        # the stack, where an Input looks for it.
        loop = asyncio.get_running_loop()
        self._task_factory = loop.get_task_factory()
        loop.set_task_factory(None)

    def on_mount(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(self._task_factory)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.set_timer(STARTED, self._start_collecting)
        self.set_interval(LEFT_BEHIND, self._take_over)
        named = unknown_names(self.settings, self.available_themes.keys(), cmd.REGISTRY.keys(), nearest_key)
        for warning in (*self.settings.warnings, *named, *self._pale):
            self.say(warning, severity="warning")
        self._ask_for_pixels()
        self._ask_for_background()
        self._arrive(self.place)
        if self._wants_token(section_of(self.place.section).name):
            self._ask_for_token()
            return
        self.connect()

    def _wants_token(self, section: str) -> bool:
        """Whether a section can show nothing without a token; what runs on this machine needs none."""
        return self.settings.token is None and not self.settings.sandbox and section != "local"

    def _ask_for_pixels(self) -> None:
        """Ask whether the terminal shows real pixels; the answer comes as a TerminalReport, or never."""
        if self.settings.pictures != "auto" or self.no_color:
            return
        if os.environ.get("TMUX"):
            work(self, "Pictures", "pictures", self._ask_tmux)
        elif may_ask(os.environ):
            self.write_to_terminal(ASK)

    def _ask_for_background(self) -> None:
        """Ask whether the terminal is light, unless a theme is set; tmux answers for the terminal that it is in."""
        if self.settings.theme is None and (may_ask(os.environ) or os.environ.get("TMUX")):
            self._background.asked = True
            self.write_to_terminal(ASK_BACKGROUND)

    async def _ask_tmux(self) -> None:
        if await Graphics.ask_tmux():
            self._show_pictures_anew()

    def on_terminal_report(self, message: TerminalReport) -> None:
        """The terminal has said what it is."""
        if self.settings.pictures == "auto" and Graphics.hear(message.text):
            self._show_pictures_anew()
        if self._background.hear(message.text):
            self.theme = first_theme(None, self.available_themes, self._background.light)
            work(self, "Background", "background", asyncio.to_thread, self._background.keep)

    def _show_pictures_anew(self) -> None:
        for widget in self.screen.query("ContactSheet, Picture"):
            widget.post_message(events.Show())

    def _start_collecting(self) -> None:
        collector.begin()
        self.set_interval(collector.PAUSE, self._collect)

    def _collect(self) -> None:
        # At the end there is a moment without any screen.
        screen = next(reversed(self.screen_stack), None)
        painted = screen.painted_at if isinstance(screen, PartialScreen) else 0.0
        collector.collect(monotonic() - painted)

    def _welcomed(self, settings: Settings | None) -> None:
        if settings is None:
            # What runs on this machine needs no token, and goes on.
            self.exit(0) if self.services is None else self.go("local")
            return
        self.settings = settings
        if settings.token is None and not settings.sandbox:
            self._ask_for_token()
        elif self.services is not None:
            work(self, "Connecting", "reconnect", self.reconnect)
        else:
            self.connect()

    def _ask_for_token(self) -> None:
        from tui.screens.dialogs.welcome import Welcome

        self.push_screen(Welcome(), self._welcomed)

    def _arrive(self, place: Place) -> None:
        """Open what the command line named."""
        # A key may have opened a dialog over it before the first frame was done.
        cast(ConsoleScreen, self.screen_stack[0]).arrive(place)
        if place.message and place.section != "run":
            self.say(place.message, severity="warning")

    def visit(self, place: Place) -> None:
        """Go to a place, from wherever one is; what lies over its section is closed."""
        section = section_of(place.section)
        self.go(section.name)
        if self.current_mode != section.name:
            return
        base = cast(ConsoleScreen, self.screen_stack[0])
        while self.screen is not base:
            self.pop_screen()
        if base.is_mounted:
            base.arrive(place)
        else:
            # A section that opens for the first time has no widgets yet; it hears this once it has.
            base.call_later(base.arrive, place)

    def connect(self) -> None:
        """Connect with the settings; the answer comes as Connected or ConnectFailed."""
        self.standing.doing = "starting the sandbox…" if self.settings.sandbox else "connecting…"
        self.standing.problem = ""
        self.status.publish(None)
        work(self, "Connecting", "connect", self._connect)

    def disconnected(self) -> bool:
        """Whether there is nothing to talk to: it could not be connected, or its sandbox has ended."""
        if self.services is None:
            return not self.standing.doing
        return self.connection is not None and self.connection.lost()

    def troubled(self) -> bool:
        """Whether the API is not reached, or refuses: what is shown may be old, or missing."""
        return self.disconnected() or self.standing.wrong(datetime.now(UTC))

    async def reconnect(self) -> None:
        """Connect anew, to a new sandbox where the one before has ended."""
        await self.close_services()
        self.standing.stale(None, None)
        self.connect()

    async def _connect(self) -> None:
        try:
            connection = await asyncio.to_thread(_connect, self.settings)
            try:
                from tui.services.services import Services

                services = await Services.connected(self.settings, connection)
            except BaseException:
                connection.close()
                raise
        except Exception as error:  # noqa: BLE001 - the edge of a worker: every failure is shown
            self.post_message(self.ConnectFailed(error))
            return
        self.post_message(self.Connected(services, connection))

    async def on_console_connected(self, message: Connected) -> None:
        """Take the services into use and tell the screens."""
        self.standing.doing = ""
        self.services, self.connection = message.services, message.connection
        self._status_events.follow(self.services)
        self.services.bus.subscribe(partial(self._hand_on, self.services))
        self.connected.publish(self.services)
        self.status.publish(None)
        work(self, "Starting", "start", self._start_services, self.services)

    def _hand_on(self, services: Services, event: Event) -> None:
        self.post_message(self.BusEvent(services, event))

    async def _start_services(self, services: Services) -> None:
        kept = await services.store.meta_get("", USED_LATELY)
        self.used_lately = tuple(id for id in (kept or "").split() if id in cmd.REGISTRY)
        await services.runs.resume()
        await services.chats.resume()
        if self._wants_token(""):
            # Nobody is asked anything before there is one.
            return
        try:
            await services.identify()
        finally:
            services.watcher.begin()
            self.status.publish(None)
            self._status_events.count_soon()
        if self.settings.keep is not None and not self.settings.read_only:
            work(self, "Archive", "archive", self._keep_within, services)
        await asyncio.to_thread(_import_screens)
        await self.parse_later_styles()

    async def _keep_within(self, services: Services) -> None:
        """Delete what the config file does not keep."""
        from tui.screens.dialogs.retention import keep_within

        if self.settings.keep is not None and not self.settings.read_only:
            said = await keep_within(self, services, self.settings.keep, self.settings.paths.outputs)
            if said:
                self.say(said)

    def _take_over(self) -> None:
        if self.services is not None and not self.standing.doing:
            work(self, "Lost runs", "take over", self.services.take_over)

    def on_console_connect_failed(self, message: ConnectFailed) -> None:
        """Say why there is no connection; what is shown stays."""
        self.standing.doing = ""
        logs.failure("connect", message.error)
        self.standing.problem = f"not connected, R tries again: {message.error}"
        self.say(str(message.error), severity="error", title="Not connected")
        self.status.publish(None)

    async def close_services(self) -> None:
        """End every task and connection that the console owns."""
        self._calls.calm()
        self._status_events.follow(None)
        if self.services is not None:
            services, self.services = self.services, None
            await services.aclose()
        if self.connection is not None:
            connection, self.connection = self.connection, None
            await asyncio.to_thread(connection.close)

    async def on_unmount(self) -> None:
        await self.close_services()

    # ---- events of the services

    def on_console_bus_event(self, message: BusEvent) -> None:
        """Keep the status line's figures, and hand the event to the screens."""
        from tui.services import bus

        if message.services is not self.services:
            # Of a connection that was closed meanwhile: what it waited for or could not reach is no matter any more.
            return
        event = message.event
        self._status_events.hear(event, self.disconnected)
        if isinstance(event, bus.Ended):
            self._calls.ended(event.record, event.seconds)
        self.events.publish(event)

    # ---- attention

    def watch_app_focus(self, focused: bool) -> None:
        """The terminal was left, or is looked at again."""
        if self.services is not None:
            self.services.watcher.focused(focused)
        self._calls.focus_changed(focused)

    async def on_event(self, event: events.Event) -> None:
        """A key or a click also tells that somebody is there."""
        if isinstance(event, events.Key | events.Paste | events.MouseDown):
            self._calls.touched()
        await super().on_event(event)

    def account_words(self) -> tuple[str, str, bool]:
        """Who and where, for the top bar: in words, in few, and whether it is the sandbox."""
        if self.settings.sandbox:
            words, short = "sandbox on this machine", "sandbox"
        else:
            user = self.services.username if self.services and self.services.username else ""
            label = self.connection.label if self.connection else ""
            parts = [part for part in (label, user) if part and part != "default"]
            words, short = " · ".join(parts), parts[0] if parts else ""
        if self.settings.read_only:
            words, short = (f"{some} · read-only" if some else "read-only" for some in (words, short))
        return words, short, self.settings.sandbox

    def under_way(self, words: str) -> None:
        """Say in the status line what is under way; nothing with ""."""
        self.standing.doing = words
        self.status.publish(None)

    def status_parts(self) -> list[tuple[str, str]]:
        """What is live, what is wrong, what is left of the rate limit."""
        return self.standing.parts(datetime.now(UTC))

    # ---- what screens use

    def known_models(self) -> ShopWindow | None:
        """The models of the last time, for the first paint; none where the command line asks for some of them."""
        if self.place.argument and self.place.section in ("models", "collections"):
            return None
        from tui.store.before_connecting import known_models

        return known_models(self.settings)

    def say(self, text: str, *, severity: str = "information", title: str = "") -> None:
        """Show a notice; `text` is plain, never markup."""
        shown = text if len(text) < 400 else text[:399] + "…"
        timeout = 4.0 if severity == "information" else 8.0
        self.notify(shown, title=title, severity=cast(Any, severity), timeout=timeout, markup=False)

    def failed(self, what: str, error: BaseException) -> None:
        """Log a failure and say it in words."""
        logs.failure(what, error)
        words = SANDBOX_ENDED if self.services and self.disconnected() else str(error) or type(error).__name__
        # Several workers fail for one reason when the network is gone: it is said once.
        if (words, True) != (self._said, monotonic() - self._said_at < SAID_ONCE):
            self.say(words, severity="error", title=what)
        self._said, self._said_at = words, monotonic()

    def copy_text(self, text: str, what: str) -> None:
        """Copy `text`; the notice says which way it went."""
        work(self, "Copy", "copy", self._copy, text, what)

    async def _copy(self, text: str, what: str) -> None:
        from tui.terminal.clipboard import copy

        result = await copy(text, self.write_to_terminal if self.has_terminal else None, in_browser=self.is_web)
        self.say(f"{what}: {result.words}", severity="information" if result.ok else "warning")

    async def open_page(self, address: str) -> None:
        """Show a page of the web in a browser; where there is none its address is copied, and shown."""
        from tui.terminal.browser import open_page

        self.under_way("opening a browser…")
        try:
            opened = await open_page(self, address)
        finally:
            self.under_way("")
        if opened:
            self.say(f"Opened {address}")
        else:
            self.copy_text(address, f"No browser can be opened here. {address}")

    async def open_file(self, path: Path) -> None:
        """Show a file in the desktop's program for it, if that only shows it; else say where it lies. A browser gets it
        whatever it is: it is saved there, or shown where nothing of it can run."""
        from tui.terminal.file_opener import open_file, why_not_shown

        if self.is_web:
            # It is closed when the browser has it.
            self.deliver_binary(await asyncio.to_thread(path.open, "rb"), save_filename=path.name)
            self.say(f"{path.name} goes to your browser")
            return
        if reason := await asyncio.to_thread(why_not_shown, path):
            self.copy_text(str(path), f"{path.name} {reason}, so it is not opened. It lies at {path}")
        elif await open_file(path):
            self.say(f"Opened {path}")
        else:
            self.copy_text(str(path), f"No program can show it here. {path}")

    async def on_contact_sheet_filled(self, event: ContactSheet.Filled) -> None:
        """Fill the screen with a file; the sheet then has the one that was looked at last."""
        from tui.screens.dialogs.viewer import Viewer

        sheet = event.sheet
        viewer = Viewer(sheet.items, sheet.index, sheet.fetch)
        await self.push_screen(viewer, lambda index: sheet.select(index) if index is not None else None)

    # ---- commands

    def answer(self, command: type[cmd.Command]) -> Callable[[], object]:
        """A section's command opens it, the user's own runs a program; the others have their own methods."""
        if issubclass(command, cmd.GoSection):
            return partial(self.go, command.section)
        if command.id in self._own:
            return partial(self._own.run, command.id, self.connection)
        return super().answer(command)

    def why_not(self, command: type[cmd.Command]) -> str | None:
        """As everywhere; the user's own want something to act on."""
        return self._own.why_not(command.id) if command.id in self._own else super().why_not(command)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The user's own command goes before another one of its key, but only where it can act."""
        if action == "at_once" and parameters and parameters[0] in self._own:
            return self._own.takes_key(str(parameters[0]))
        return super().check_action(action, parameters)

    def on_top_bar_chosen(self, message: TopBar.Chosen) -> None:
        """A section was clicked."""
        self.go(message.section)

    def go(self, section: str) -> None:
        """Open a section where it was left."""
        if self.current_mode != section and not self.screen.is_modal:
            self._returning = self.has_opened(section)
            # What was said was said of the section that is left.
            self.clear_notifications()
            self.switch_mode(section)
            self._returning = False
            if self._wants_token(section):
                self._ask_for_token()

    def delay_update(self, delay: float = 0.05) -> None:
        """Textual hides what a new screen mounts; the first one, and one that is there already, has nothing to hide."""
        super().delay_update(0.001 if self._returning or self.services is None else delay)

    def do_palette(self) -> None:
        """Open the palette."""
        from tui.screens.dialogs.palette import Palette

        if not isinstance(self.screen, Palette):
            palette = Palette(self.screen)
            self.push_screen(palette, palette.act)

    def used(self, command_id: str) -> None:
        """Keep which commands are used through the palette, for the next time and the next console."""
        self.used_lately = (command_id, *(id for id in self.used_lately if id != command_id))[:MOST_USED]
        if self.services is not None:
            kept = " ".join(self.used_lately)
            work(self, "Palette", "used", self.services.store.meta_set, "", USED_LATELY, kept)

    def do_help(self) -> None:
        """Open the help for what has the focus."""
        from tui.screens.dialogs.help import Help

        if not isinstance(self.screen, Help):
            self.push_screen(Help(self.screen))

    async def do_quit(self) -> None:
        """Leave; with runs alive, ask what becomes of them."""
        if await self._may_end("quit"):
            self.exit(0)

    async def _may_end(self, doing: str) -> bool:
        """Whether nothing speaks against it, or the user knows what does."""
        if self.services is None:
            return True
        from tui.screens.dialogs.quit import may_quit

        sandbox, read_only, here = self.settings.sandbox, self.settings.read_only, self.runs_here()
        return await may_quit(self, self.services, sandbox=sandbox, read_only=read_only, here=here, doing=doing)

    def why_not_switch_profile(self) -> str | None:
        """A page of a browser cannot begin anew by itself."""
        return (
            "A page has the profile that serve was given: replicate-tui --profile NAME serve." if self.is_web else None
        )

    async def do_switch_profile(self) -> None:
        """Ask which, and begin anew with it."""
        from tui.screens.dialogs.profiles import other_profile

        wanted = await other_profile(self, self.settings)
        if wanted is not None and await self._may_end("switch"):
            self.goes_on_as = wanted
            self.exit(0)

    async def do_choose_theme(self) -> None:
        """Try themes, and keep one."""
        from tui.screens.dialogs.themes import choose_theme

        light = self._background.light
        self.settings = await choose_theme(self, self.settings, first_theme(None, self.available_themes, light))

    def why_not_cancel_everything(self) -> str | None:
        """Only where it is known whose it is."""
        return None if self.services is not None else NOT_CONNECTED

    async def do_cancel_everything(self) -> None:
        """Find all that is live, ask, and cancel it."""
        from tui.screens.dialogs.cancel import cancel_everything
        from tui.services.watching.find_live import find_live

        if self.services is None:
            return
        self.standing.doing = "looking for what is live…"
        self.status.publish(None)
        try:
            live = await find_live(self.services.session)
        finally:
            self.standing.doing = ""
            self.status.publish(None)
        await cancel_everything(self, self.services, live, self.account_words()[0] or "this account")

    def action_help_quit(self) -> None:  # Textual's own name for it
        """Say how to leave: many press ctrl+c for it."""
        quits = ("quit", f"command('{cmd.Quit.id}')")
        found = (self.screen_stack[0] if self.screen.is_modal else self.screen).active_bindings
        keys = sorted((key_word(key) for key, active in found.items() if active.binding.action in quits), key=len)
        first = "esc goes back; then " if self.screen.is_modal else ""
        self.say(f"{first}{' or '.join(keys)} leaves the console.")

    def action_quit(self) -> Any:  # Textual's own name for it
        """Quit by the same way as the command."""
        self.action_command(cmd.Quit.id)
