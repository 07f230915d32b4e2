"""What one does with models of one's own, and with the versions of any: make, edit, delete, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tui.screens.base import ConsoleScreen
from tui.screens.command_host import NOT_CONNECTED

if TYPE_CHECKING:
    from tui.api.types import Model, Version
    from tui.services.outcome import Applied
    from tui.services.services import Services


class ShowsModels(Protocol):
    """What a screen of models is asked and told."""

    def selected_model(self) -> Model | None:
        """The model that the commands are about."""
        ...

    def selected_version(self) -> Version | None:
        """The version under the cursor, where the versions are open."""
        ...

    def model_changed(self, model: Model) -> None:
        """A model was made or changed, or a version of it is being deleted: show it anew."""
        ...

    def model_deleted(self, ref: str) -> None:
        """A model is gone."""
        ...


class OwnModelCommands:
    """The commands about the model that a screen has under its cursor."""

    def __init__(self, screen: ConsoleScreen, models: ShowsModels) -> None:
        self._screen = screen
        self._models = models

    def _mine(self, model: Model | None) -> bool:
        return (
            model is not None and self._screen.services is not None and self._screen.services.own_models.is_mine(model)
        )

    def _why_not_mine(self) -> str | None:
        model = self._models.selected_model()
        if model is None:
            return "There is no model under the cursor."
        if self._screen.services is None:
            return NOT_CONNECTED
        return None if self._mine(model) else f"{model.ref} is not yours: only its owner can change it."

    # ---- make and edit

    def do_new_model(self) -> None:
        """The empty form."""
        self._open_form(None)

    why_not_edit_model = why_not_edit_readme = _why_not_mine

    async def do_edit_model(self) -> None:
        """The form, filled with what the model has now."""
        model, services = self._models.selected_model(), self._screen.services
        if model is not None and services is not None:
            self._open_form(await services.catalogue.model(model.ref, fresh=True))

    def _open_form(self, model: Model | None) -> None:
        from tui.screens.models.model_form import ModelForm

        def done(outcome: Applied[Model] | None) -> None:
            if outcome is not None:
                self._screen.console.say(f"{outcome.what.ref} was {'changed' if model is not None else 'made'}.")
                self._models.model_changed(outcome.what)

        self._screen.host.push_screen(ModelForm(model), done)

    async def do_edit_readme(self) -> None:
        """The README in $EDITOR, sent once the user agrees; what was written and not sent is there the next time."""
        from tui.screens.dialogs.question import Ask, Option
        from tui.terminal.editor import edit_text

        model, services = self._models.selected_model(), self._screen.services
        if model is None or services is None:
            return
        key = f"readme:{model.ref}"
        there = (await services.catalogue.readme(model.ref, refresh=True)).value or ""
        draft = await services.store.draft(services.account, key)
        before = draft.values.get("readme", there) if draft is not None else there
        edited = await edit_text(self._screen.host, before, f"{model.name}-README", ".md")
        text = before if edited is None else edited
        if text == there:
            if draft is not None:
                await services.store.delete_draft(services.account, key)
            self._screen.console.say("The README is as it was; nothing was sent.")
            return
        # An editor that gave nothing may have failed: what was written before stays until the user has decided.
        if text.strip():
            await services.store.save_draft(services.account, key, {"readme": text})
        kept = "keep it as a draft" if text.strip() else "keep what was there before"
        options = [
            Option("send", "s", "Send it" if text.strip() else "Send it: the README becomes empty"),
            Option("drop", "d", "Drop what I wrote"),
            Option("stay", "b", f"Not now: {kept}"),
        ]
        words = f"{_lines(there)} there now, {_lines(text)} as you wrote it."
        answer = await self._screen.host.push_screen_wait(Ask(f"Send the README of {model.ref}?", words, options))
        if answer == "drop":
            await services.store.delete_draft(services.account, key)
        elif answer == "send":
            await self._send_readme(services, model, text, key)

    async def _send_readme(self, services: Services, model: Model, text: str, key: str) -> None:
        from tui.services.outcome import Applied

        outcome = await services.own_models.update(model, {"readme": text})
        if isinstance(outcome, Applied):
            await services.store.delete_draft(services.account, key)
            self._screen.console.say(f"The README of {model.ref} is changed.")
            self._models.model_changed(outcome.what)
        else:
            self._screen.console.say(
                f"The README was not changed, and what you wrote is kept: {outcome.words}", severity="error"
            )

    # ---- delete

    def why_not_delete_model(self) -> str | None:
        """What is surely against it; the rest is the API's to say."""
        from tui.services.models.own_models import why_not_delete

        model = self._models.selected_model()
        if model is None or self._screen.services is None:
            return self._why_not_mine()
        return why_not_delete(model, self._mine(model))

    async def do_delete_model(self) -> None:
        """Ask, delete, and explain a refusal."""
        from tui.screens.dialogs.question import Ask, Option
        from tui.services.models.own_models import MODEL_RULE

        model, services = self._models.selected_model(), self._screen.services
        if model is None or services is None:
            return
        options = [Option("delete", "d", "Delete it"), Option("keep", "k", "Keep it")]
        words = "Its name, description and README are gone then. It cannot be undone."
        if await self._screen.host.push_screen_wait(Ask(f"Delete the model {model.ref}?", words, options)) != "delete":
            return
        if await self._deleted(services, model, None, MODEL_RULE):
            self._screen.console.say(f"{model.ref} is deleted.")
            self._models.model_deleted(model.ref)

    def why_not_delete_version(self) -> str | None:
        """What is surely against it; the rest is the API's to say."""
        from tui.services.models.own_models import why_not_delete_version

        model = self._models.selected_model()
        if model is None or self._screen.services is None:
            return self._why_not_mine()
        return why_not_delete_version(model, self._models.selected_version(), self._mine(model))

    async def do_delete_version(self) -> None:
        """Ask, have it deleted, and explain a refusal."""
        from tui.screens.dialogs.question import Ask, Option
        from tui.services.models.own_models import VERSION_RULE

        model, version, services = self._models.selected_model(), self._models.selected_version(), self._screen.services
        if model is None or version is None or services is None:
            return
        answer = await self._screen.host.push_screen_wait(
            Ask(
                f"Delete version {version.id[:12]} of {model.ref}?",
                "Its predictions and their output files are deleted with it. It cannot be undone.",
                [Option("delete", "d", "Delete it"), Option("keep", "k", "Keep it")],
            )
        )
        if answer == "delete" and await self._deleted(services, model, version, VERSION_RULE):
            self._screen.console.say(
                f"Replicate deletes version {version.id[:12]}; that takes some minutes. R asks whether it is gone."
            )
            self._models.model_changed(model)

    async def _deleted(self, services: Services, model: Model, version: Version | None, rule: str) -> bool:
        from tui.api.errors import ApiError
        from tui.screens.dialogs.question import Ask, Option
        from tui.services.models.own_models import refused

        try:
            if version is None:
                await services.own_models.delete(model)
            else:
                await services.own_models.delete_version(model, version.id)
        except ApiError as error:
            if error.status not in (400, 403, 409, 422):
                raise
            what = f"{model.ref} was not deleted" if version is None else "The version was not deleted"
            await self._screen.host.push_screen_wait(Ask(what, refused(error, rule), [Option("well", "b", "Back")]))
            return False
        return True

    # ---- versions and hardware

    def why_not_compare_versions(self) -> str | None:
        """Of the model under the cursor."""
        return None if self._models.selected_model() is not None else "There is no model under the cursor."

    async def do_compare_versions(self) -> None:
        """The version under the cursor against the newest, or the newest two."""
        from tui.screens.models.version_compare import VersionCompare

        model, services = self._models.selected_model(), self._screen.services
        if model is None or services is None:
            return
        versions = (await services.catalogue.versions(model.ref)).value
        if len(versions) < 2:
            self._screen.console.say(f"{model.ref} lists no two versions to compare.", severity="warning")
            return
        at = self._models.selected_version()
        self._screen.host.push_screen(VersionCompare(model.ref, versions, old=at.id if at is not None else ""))

    def do_show_hardware(self) -> None:
        """What can be run on, with prices."""
        from tui.screens.models.hardware import HardwareView

        self._screen.host.push_screen(HardwareView())


def _lines(text: str) -> str:
    count = len(text.splitlines())
    return "1 line" if count == 1 else f"{count} lines"
