"""What one does with models of one's own, and with the versions of any: make, edit, delete, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.base import ConsoleScreen

if TYPE_CHECKING:
    from tui.api.types import Model, Version
    from tui.services.services import Services


class OwnModelActs(ConsoleScreen):
    """The commands about the model that a screen has under its cursor."""

    def selected_model(self) -> Model | None:
        """The model that the commands are about."""
        raise NotImplementedError

    def selected_version(self) -> Version | None:
        """The version under the cursor, where the versions are open."""
        raise NotImplementedError

    def model_changed(self, model: Model) -> None:
        """A model was made or changed: show it."""
        raise NotImplementedError

    def model_deleted(self, ref: str) -> None:
        """A model is gone."""
        raise NotImplementedError

    def versions_changed(self, model: Model, version_id: str) -> None:
        """A version is being deleted."""
        raise NotImplementedError

    def _mine(self, model: Model | None) -> bool:
        return model is not None and self.services is not None and self.services.own_models.is_mine(model)

    def _why_not_mine(self) -> str | None:
        model = self.selected_model()
        if model is None:
            return "There is no model under the cursor."
        if self.services is None:
            return "The console is not connected yet."
        return None if self._mine(model) else f"{model.ref} is not yours: only its owner can change it."

    # ---- make and edit

    def do_new_model(self) -> None:
        """The empty form."""
        self._open_form(None)

    why_not_edit_model = why_not_edit_readme = _why_not_mine

    async def do_edit_model(self) -> None:
        """The form, filled with what the model has now."""
        model, services = self.selected_model(), self.services
        if model is not None and services is not None:
            self._open_form(await services.catalogue.model(model.ref, fresh=True))

    def _open_form(self, model: Model | None) -> None:
        from tui.screens.models.model_form import ModelForm

        def done(found: Model | None) -> None:
            if found is not None:
                self.console.say(f"{found.ref} was {'changed' if model is not None else 'made'}.")
                self.model_changed(found)

        self.host.push_screen(ModelForm(model), done)

    async def do_edit_readme(self) -> None:
        """The README in $EDITOR, sent once the user agrees; what was written and not sent is there the next time."""
        from tui.screens.dialogs.question import Ask, Option
        from tui.terminal.editor import edit_text

        model, services = self.selected_model(), self.services
        if model is None or services is None:
            return
        key = f"readme:{model.ref}"
        there = (await services.catalogue.readme(model.ref, refresh=True)).value or ""
        draft = await services.store.draft(services.account, key)
        before = draft.values.get("readme", there) if draft is not None else there
        edited = await edit_text(self.host, before, f"{model.name}-README", ".md")
        text = before if edited is None else edited
        if text == there:
            if draft is not None:
                await services.store.delete_draft(services.account, key)
            self.console.say("The README is as it was; nothing was sent.")
            return
        await services.store.save_draft(services.account, key, {"readme": text})
        answer = await self.host.push_screen_wait(
            Ask(
                f"Send the README of {model.ref}?",
                f"{_lines(there)} there now, {_lines(text)} as you wrote it.",
                [
                    Option("send", "s", "Send it"),
                    Option("drop", "d", "Drop what I wrote"),
                    Option("stay", "b", "Not now: keep it as a draft"),
                ],
            )
        )
        if answer == "drop":
            await services.store.delete_draft(services.account, key)
        elif answer == "send":
            found = await services.own_models.update(model, {"readme": text})
            await services.store.delete_draft(services.account, key)
            self.console.say(f"The README of {model.ref} is changed.")
            self.model_changed(found)

    # ---- delete

    def why_not_delete_model(self) -> str | None:
        """What is surely against it; the rest is the API's to say."""
        from tui.services.models.own_models import why_not_delete

        model = self.selected_model()
        if model is None or self.services is None:
            return self._why_not_mine()
        return why_not_delete(model, self._mine(model))

    async def do_delete_model(self) -> None:
        """Ask, delete, and explain a refusal."""
        from tui.screens.dialogs.question import Ask, Option
        from tui.services.models.own_models import MODEL_RULE

        model, services = self.selected_model(), self.services
        if model is None or services is None:
            return
        options = [Option("delete", "d", "Delete it"), Option("keep", "k", "Keep it")]
        words = "Its name, description and README are gone then. It cannot be undone."
        if await self.host.push_screen_wait(Ask(f"Delete the model {model.ref}?", words, options)) != "delete":
            return
        if await self._deleted(services, model, None, MODEL_RULE):
            self.console.say(f"{model.ref} is deleted.")
            self.model_deleted(model.ref)

    def why_not_delete_version(self) -> str | None:
        """What is surely against it; the rest is the API's to say."""
        from tui.services.models.own_models import why_not_delete_version

        model = self.selected_model()
        if model is None or self.services is None:
            return self._why_not_mine()
        return why_not_delete_version(model, self.selected_version(), self._mine(model))

    async def do_delete_version(self) -> None:
        """Ask, have it deleted, and explain a refusal."""
        from tui.screens.dialogs.question import Ask, Option
        from tui.services.models.own_models import VERSION_RULE

        model, version, services = self.selected_model(), self.selected_version(), self.services
        if model is None or version is None or services is None:
            return
        answer = await self.host.push_screen_wait(
            Ask(
                f"Delete version {version.id[:12]} of {model.ref}?",
                "Its predictions and their output files are deleted with it. It cannot be undone.",
                [Option("delete", "d", "Delete it"), Option("keep", "k", "Keep it")],
            )
        )
        if answer == "delete" and await self._deleted(services, model, version, VERSION_RULE):
            self.console.say(
                f"Replicate deletes version {version.id[:12]}; that takes some minutes. R asks whether it is gone."
            )
            self.versions_changed(model, version.id)

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
            await self.host.push_screen_wait(Ask(what, refused(error, rule), [Option("well", "b", "Back")]))
            return False
        return True

    # ---- versions and hardware

    def why_not_compare_versions(self) -> str | None:
        """Of the model under the cursor."""
        return None if self.selected_model() is not None else "There is no model under the cursor."

    async def do_compare_versions(self) -> None:
        """The version under the cursor against the newest, or the newest two."""
        from tui.screens.models.version_compare import VersionCompare

        model, services = self.selected_model(), self.services
        if model is None or services is None:
            return
        versions = (await services.catalogue.versions(model.ref)).value
        if len(versions) < 2:
            self.console.say(f"{model.ref} lists no two versions to compare.", severity="warning")
            return
        at = self.selected_version()
        self.host.push_screen(VersionCompare(model.ref, versions, old=at.id if at is not None else ""))

    def do_show_hardware(self) -> None:
        """What can be run on, with prices."""
        from tui.screens.models.hardware import HardwareView

        self.host.push_screen(HardwareView())


def _lines(text: str) -> str:
    count = len(text.splitlines())
    return "1 line" if count == 1 else f"{count} lines"
