"""Answers commands on a screen: what each command does there, and why it is not possible now."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from textual.app import App
from textual.binding import ActiveBinding
from textual.dom import DOMNode
from textual.signal import Signal
from textual.worker import Worker, WorkerState

from tui import commands as cmd
from tui.toolkit.focus import takes_letters
from tui.toolkit.workers import work

IN_BURST = "its key came all at once with others, like a paste. Press it alone."
"""Why a command that costs, changes, or leaves the console was not run."""

NOT_CONNECTED = "The console is not connected yet."
"""Why a command that needs Replicate is not possible."""
AT_THE_TOP = "There is nothing to go back to here. q leaves the console."

if TYPE_CHECKING:
    from pathlib import Path

    from tui.navigation import Place
    from tui.services.bus import Event
    from tui.services.services import Services
    from tui.settings import Settings
    from tui.store.model_lists import ShopWindow
    from tui.toolkit.input_queue import InputQueue


class ConsoleApp(Protocol):
    """What screens use of the app."""

    settings: Settings
    services: Services | None
    events: Signal[Event]
    connected: Signal[Services]
    status: Signal[None]
    input_queue: InputQueue
    runs_here: Callable[[], int]
    """How many models of this machine run, which end with the console."""

    def say(self, text: str, *, severity: str = "information", title: str = "") -> None:
        """Show a notice; `text` is plain, never markup."""
        ...

    def failed(self, what: str, error: BaseException) -> None:
        """Log a failure and tell the user."""
        ...

    @property
    def used_lately(self) -> Sequence[str]:
        """The ids of the commands that were last picked in the palette, the last one first."""
        ...

    def used(self, command_id: str) -> None:
        """A command was picked in the palette."""
        ...

    def disconnected(self) -> bool:
        """Whether there is nothing to talk to, and `reconnect` may help."""
        ...

    def troubled(self) -> bool:
        """Whether something is wrong with the connection, so that asking again may help."""
        ...

    async def reconnect(self) -> None:
        """Connect anew."""
        ...

    def copy_text(self, text: str, what: str) -> None:
        """Copy, and say which way it went."""
        ...

    async def open_page(self, address: str) -> None:
        """Show a page of the web in a browser, or copy its address where there is none."""
        ...

    async def open_file(self, path: Path) -> None:
        """Show a file in the desktop's program for it, or say where it lies."""
        ...

    def under_way(self, words: str) -> None:
        """Say in the status line what is under way; nothing with ""."""
        ...

    def status_parts(self) -> list[tuple[str, str]]:
        """The parts of the status line."""
        ...

    def known_models(self) -> ShopWindow | None:
        """The models of the last time, read before the console is connected."""
        ...

    def account_words(self) -> tuple[str, str, bool]:
        """The account for the top bar, in words and in few, and whether it is the sandbox."""
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


def is_possible(active: ActiveBinding) -> bool:
    """Whether a key does something now."""
    command = cmd.REGISTRY.get(active.binding.id or "")
    host = active.node
    return command is None or not isinstance(host, CommandHost) or host.why_not(command) is None


def show_failure(node: DOMNode, event: Worker.StateChanged) -> str | None:
    """Log and show what failed in a worker; returns the worker's group, or None where nothing failed."""
    worker = cast("Worker[Any]", event.worker)  # pyright: ignore[reportUnknownMemberType] - Textual leaves it open
    if event.state is not WorkerState.ERROR or worker.error is None:
        return None
    console(node).failed(worker.name or worker.group, worker.error)
    return worker.group


class CommandHost:
    """Answers commands: `do_<name>` acts, `why_not_<name>` says why it cannot now.

    Both are looked for in the host itself first, then in its `command_objects` in their order.
    """

    @property
    def command_objects(self) -> Sequence[object]:
        """The objects beside this one that answer commands, each for a part of what the screen can do."""
        return ()

    def _method(self, name: str) -> Callable[[], Any] | None:
        for owner in (self, *self.command_objects):
            if (found := getattr(owner, name, None)) is not None:
                return found
        return None

    def why_not(self, command: type[cmd.Command]) -> str | None:
        """Why the command is not possible now, in a sentence, or None."""
        node = cast(DOMNode, self)
        if command.changes and console(node).settings.read_only:
            return f"{command.title}: this console is read-only (--read-only); nothing that costs or changes is sent."
        asked = self._method(f"why_not_{command.name}")
        return asked() if asked else None

    def answer(self, command: type[cmd.Command]) -> Callable[[], object]:
        """What does the command here. Raises AttributeError where nothing does."""
        found = self._method(f"do_{command.name}")
        if found is None:
            raise AttributeError(f"{type(self).__name__} and its command objects have no do_{command.name}")
        return found

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
            if not command.quiet:
                console(node).say(reason, severity="warning")
            return
        if (command.changes or command.alone) and console(node).input_queue.in_burst:
            console(node).say(f"{command.title}: {IN_BURST}", severity="warning")
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
