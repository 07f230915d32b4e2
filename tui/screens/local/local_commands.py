"""What one does with a model of this machine, in the list as in its form: start and stop it, edit its source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tui.api.errors import ApiError
from tui.api.types import Target
from tui.screens.command_host import NOT_CONNECTED
from tui.screens.dialogs.address_prompt import ask_address
from tui.toolkit.workers import work

if TYPE_CHECKING:
    from tui.screens.base import ConsoleScreen
    from tui.services.local.local_model import LocalModel
    from tui.services.local.local_models import LocalModels
    from tui.services.services import Services

NONE = "There is no model under the cursor."
_RELAY = (
    "The address of a program on this machine. It gets what Replicate would deliver about a run, signed with your "
    "account's secret, until W stops it or you leave the console."
)
_COMPARE = (
    "The model's name at Replicate, OWNER/NAME. `image: r8.im/OWNER/NAME` in cog.yaml answers this question for good."
)
A_SERVER = "It is a server that somebody else started: it is not started or ended from here."


class LocalCommands:
    """The commands about one model. Only these run the author's code, and a run does."""

    def __init__(
        self,
        screen: ConsoleScreen,
        models: Callable[[], LocalModels | None],
        model: Callable[[], LocalModel | None],
        train: Callable[[LocalModels, LocalModel], None] | None,
    ) -> None:
        """`train` opens the form of a model's training; None where the screen is that form."""
        self._screen = screen
        self._models = models
        self._model = model
        self._train = train

    def why_not_switch_local(self) -> str | None:
        """Only a folder's model has a process of ours."""
        model = self._model()
        return NONE if model is None else A_SERVER if model.address else None

    def do_switch_local(self) -> None:
        """End its process, or set it up."""
        model, models = self._model(), self._models()
        if model is None or models is None:
            return
        if model.running:
            work(self._screen, "Stop", f"stop {model.place}", model.stop)
        else:
            models.begin_start(model)

    def why_not_cancel_local(self) -> str | None:
        """Only what runs can be canceled."""
        model = self._model()
        if model is None:
            return NONE
        running = model.shown is not None and not model.shown.is_terminal
        return None if running or model.state == "starting" else "Nothing runs."

    async def do_cancel_local(self) -> None:
        """Have the model end its run."""
        if (model := self._model()) is not None:
            await model.cancel()

    def why_not_edit_source(self) -> str | None:
        """Only a folder has a source."""
        model = self._model()
        if model is None:
            return NONE
        return None if model.main_file is not None else "The source of a server is not known here."

    async def do_edit_source(self) -> None:
        """Open the file in $EDITOR, at the line of the last mistake; what was changed is read again."""
        from tui.terminal.editor import edit_file

        model = self._model()
        if model is None or model.main_file is None:
            return
        path, line = (model.line.path, model.line.line) if model.line is not None else (model.main_file, 0)
        await edit_file(self._screen.host, Path(path), line)
        await model.read()

    def why_not_train_model(self) -> str | None:
        """Only a folder whose cog.yaml names a trainer."""
        model = self._model()
        if model is None:
            return NONE
        if self._train is None:
            return "This is the form of its training."
        if model.address:
            return "A server that somebody else started is not trained from here: cog run HOST:PORT --train does it."
        if model.source is None:
            return model.problem or "Its source was not read yet."
        return None if model.source.trainer else "Its cog.yaml names no `train:`."

    def do_train_model(self) -> None:
        """Open the form of its training."""
        model, models = self._model(), self._models()
        if model is not None and models is not None and self._train is not None:
            self._train(models, model)

    def why_not_relay_webhooks(self) -> str | None:
        """They are signed with the account's secret."""
        return None if self._screen.services is not None else NOT_CONNECTED

    async def do_relay_webhooks(self) -> None:
        """Ask for an address, and deliver there what happens to local runs; where that is done already, stop."""
        models, services = self._models(), self._screen.services
        if models is None or services is None:
            return
        if models.relay is not None:
            url = models.relay.url
            await models.relay_to(None)
            self._screen.console.say(f"Webhooks of local runs go to {url} no more.")
            return
        url = await ask_address(self._screen, "Relay webhooks", _RELAY, await services.webhooks.last_address())
        if url is not None:
            await self._relay(models, services, url)

    async def _relay(self, models: LocalModels, services: Services, url: str) -> None:
        from tui.services.local.webhook_relay import WebhookRelay
        from tui.services.webhooks.posting import Posting

        console = self._screen.console

        def failed(why: str) -> None:
            console.say(why, severity="warning")

        try:
            posting = Posting(services.session, await services.webhooks.secret(), unkept=failed)
        except ApiError as error:
            console.say(f"The secret that signs webhooks did not come: {error}", severity="error")
            return
        await models.relay_to(WebhookRelay(services.session, posting, url, failed))
        console.say(f"Webhooks of local runs go to {url} from now on.")

    def why_not_compare_versions(self) -> str | None:
        """Only what has a schema, and only with a connection."""
        model = self._model()
        if model is None:
            return NONE
        if model.schema is None:
            return model.problem or "Its schema is not known yet."
        return None if self._screen.services is not None else NOT_CONNECTED

    async def do_compare_versions(self) -> None:
        """Say what the source changes of the model's latest version at Replicate."""
        from tui.screens.local.local_compare import LocalCompare

        model, services = self._model(), self._screen.services
        if model is None or model.schema is None or services is None:
            return
        ref = model.at_replicate or await self._asked_name(model, services)
        if not ref:
            return
        try:
            # Asked for anew: it may have been pushed just now, and Models shows that version then too.
            found = await services.catalogue.model(ref, fresh=True)
        except ApiError as error:
            model.at_replicate = ""
            self._screen.console.say(f"{ref} cannot be compared with: {error}", severity="error")
            return
        model.at_replicate = ref
        self._screen.host.push_screen(LocalCompare(model.name, model.schema, ref, found.latest_version))

    async def _asked_name(self, model: LocalModel, services: Services) -> str:
        """The model's name at Replicate as a person gives it; empty for none."""
        from tui.screens.dialogs.prompt import Prompt

        guess = f"{services.username}/{model.name}" if services.username and not model.address else ""
        given = await self._screen.host.push_screen_wait(Prompt("Compare with Replicate", _COMPARE, guess))
        if not given:
            return ""
        try:
            return Target.parse(given).ref
        except ValueError as error:
            self._screen.console.say(str(error), severity="error")
            return ""

    def why_not_copy_id(self) -> str | None:
        """Only of a model."""
        return None if self._model() is not None else NONE

    def do_copy_id(self) -> None:
        """Copy the folder or the address."""
        if (model := self._model()) is not None:
            self._screen.console.copy_text(model.place, "its address" if model.address else "its folder")
