"""What one does with webhooks: forward them, stop that, send one again, go to its prediction, copy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from tui.api.errors import ApiError
from tui.navigation import Place
from tui.screens.command_host import NOT_CONNECTED
from tui.screens.dialogs.address_prompt import ask_address
from tui.services.webhooks.forwarding import Route
from tui.store.database import StoreError

if TYPE_CHECKING:
    from tui.screens.base import ConsoleScreen
    from tui.screens.webhooks.delivery_view import DeliveryView
    from tui.services.services import Services
    from tui.store.deliveries import Delivery

NONE = "There is no webhook under the cursor."
_FORWARD = (
    "The address of a program on this machine. It gets what Replicate would have delivered there, signed with your "
    "account's secret, until you stop it or leave the console."
)
_SEND = "The same body leaves once more, newly signed and under a new id. Change the address to send it elsewhere."


class DeliveryCommands:
    """The commands about the delivery under a screen's cursor, and about forwarding."""

    def __init__(
        self,
        screen: ConsoleScreen,
        selected: Callable[[], Delivery | None],
        view: Callable[[], DeliveryView],
        look: Callable[[], Awaitable[None]],
    ) -> None:
        """`look` reads the list anew."""
        self._screen = screen
        self._selected = selected
        self._view = view
        self._look = look

    def why_not_forward_webhooks(self) -> str | None:
        """Only with a connection."""
        return None if self._screen.services is not None else NOT_CONNECTED

    async def do_forward_webhooks(self) -> None:
        """Ask for an address, and deliver there; where that is done already, stop."""
        services = self._screen.services
        if services is None:
            return
        desk = services.webhooks
        if desk.route is not None:
            await desk.stop()
            await self._look()
            return
        url = await ask_address(self._screen, "Forward webhooks", _FORWARD, await desk.last_address())
        if url is None:
            return
        if await self._tried(desk.forward(Route(url))):
            self._screen.console.say(f"Webhooks of what runs from now on go to {url}.")
        await self._look()

    def why_not_send_webhook(self) -> str | None:
        """Only what is under the cursor."""
        if self._screen.services is None:
            return NOT_CONNECTED
        return None if self._selected() is not None else NONE

    async def do_send_webhook(self) -> None:
        """Ask where to, and deliver it once more."""
        one, services = self._selected(), self._screen.services
        if one is None or services is None:
            return
        given = one.url or await services.webhooks.last_address()
        url = await ask_address(self._screen, "Send again", _SEND, given)
        if url is not None:
            await self._send(services, one, url)

    async def _send(self, services: Services, one: Delivery, url: str) -> None:
        await self._tried(services.webhooks.send_again(one, url))
        await self._look()

    async def _tried(self, work: Awaitable[object]) -> bool:
        try:
            await work
        except (ApiError, StoreError) as error:
            self._screen.console.say(str(error), severity="error")
            return False
        return True

    # ---- the one under the cursor

    def why_not_show_prediction(self) -> str | None:
        """Only of what is under the cursor."""
        return None if self._selected() is not None else NONE

    why_not_copy = why_not_copy_id = why_not_show_prediction

    def do_show_prediction(self) -> None:
        """Open its prediction."""
        if (one := self._selected()) is not None:
            self._screen.console.visit(Place("predictions", one.prediction_id))

    def do_copy(self) -> None:
        """Copy what the open tab shows."""
        text, what = self._view().copyable()
        self._screen.console.copy_text(text, what)

    def do_copy_id(self) -> None:
        """Copy the id of the webhook."""
        if (one := self._selected()) is not None:
            self._screen.console.copy_text(one.id, "the webhook's id")

    def do_next_tab(self) -> None:
        """The next tab."""
        self._view().step_tab(1)

    def do_previous_tab(self) -> None:
        """The tab before."""
        self._view().step_tab(-1)
