"""What one does with a deployment: make, change, scale, switch off and on, roll back, delete, run through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.navigation import SECTIONS, Place
from tui.screens.base import ConsoleScreen
from tui.screens.dialogs.question import Ask, Option
from tui.services.deployments.setup_words import Setup, changes, costs, effects

if TYPE_CHECKING:
    from tui.api.types import Deployment, Release
    from tui.screens.deployments.deployment_view import DeploymentView
    from tui.services.services import Services


class DeploymentActs(ConsoleScreen):
    """The commands about the deployment that a screen has under its cursor."""

    @property
    def view(self) -> DeploymentView:
        """Where it is shown."""
        raise NotImplementedError

    def selected(self) -> Deployment | None:
        """The deployment that the commands are about."""
        raise NotImplementedError

    def show_when_there(self, ref: str) -> None:
        """Put the cursor on a deployment once it is listed."""
        raise NotImplementedError

    def _need_one(self) -> str | None:
        return None if self.selected() is not None else "There is no deployment under the cursor."

    # ---- make and change

    def do_new_deployment(self) -> None:
        """The empty form."""
        self._open_form(None)

    why_not_change_deployment = why_not_scale_deployment = why_not_roll_back = why_not_copy_id = _need_one

    def do_change_deployment(self) -> None:
        """The form, filled with what is deployed."""
        self._open_form(self.selected())

    def do_scale_deployment(self) -> None:
        """The form, at its instances."""
        self._open_form(self.selected(), focus="min_instances")

    def _open_form(
        self, deployment: Deployment | None, *, change: dict[str, str] | None = None, focus: str = ""
    ) -> None:
        from tui.screens.deployments.deployment_form import DeploymentForm

        def done(found: Deployment | None) -> None:
            if found is not None:
                number = found.current_release.number if found.current_release else None
                self.console.say(f"{found.ref} is at release {number}." if number else f"{found.ref} was changed.")
                self.show_when_there(found.ref)

        self.host.push_screen(DeploymentForm(deployment, change=change, focus=focus), done)

    # ---- roll back

    def do_roll_back(self) -> None:
        """The releases, to choose one; the one under their cursor where they are open."""
        view = self.view
        if view.tab == "releases" and view.releases.has_focus and view.releases.row is not None:
            self.roll_back_to(view.releases.row.release)
            return
        while view.tab != "releases":
            view.step_tab(1)
        self.add_class("-detail")
        self.call_after_refresh(view.releases.focus)
        self.console.say("Choose the release to go back to, and press enter.")

    def roll_back_to(self, release: Release) -> None:
        """The form with that release's setup put in: what it changes is seen before it is sent."""
        from tui.screens.deployments.setup_fields import texts_of

        deployment = self.selected()
        if deployment is None:
            return
        current, wanted = Setup.of(deployment.current_release), Setup.of(release)
        if not changes(current, wanted):
            self.console.say(f"Release {release.number} is what is deployed now.", severity="warning")
            return
        texts = {name: text for name, text in texts_of(wanted).items() if name != "model"}
        self._open_form(deployment, change=texts)

    # ---- off and on

    def why_not_disable_deployment(self) -> str | None:
        """Only what is on."""
        deployment = self.selected()
        if deployment is None:
            return self._need_one()
        return f"{deployment.ref} is off already." if Setup.of(deployment.current_release).off else None

    async def do_disable_deployment(self) -> None:
        """No instance any more; what runs is canceled, so it is asked first."""
        deployment, services = self.selected(), self.services
        if deployment is None or services is None:
            return
        setup = Setup.of(deployment.current_release)
        await self._change(
            services,
            deployment,
            replace(setup, min_instances=0, max_instances=0),
            f"Disable {deployment.ref}?",
            Option("do", "d", "Disable it"),
            after=f"\n\nu enables it again as it is now ({setup.instances} instances on {setup.hardware}).",
        )

    def why_not_enable_deployment(self) -> str | None:
        """Only what is off."""
        deployment = self.selected()
        if deployment is None:
            return self._need_one()
        return None if Setup.of(deployment.current_release).off else f"{deployment.ref} is on already."

    async def do_enable_deployment(self) -> None:
        """As it was before it was switched off, as far as that was seen here."""
        deployment, services = self.selected(), self.services
        if deployment is None or services is None:
            return
        last = await services.deployments.last_enabled(deployment.ref)
        if last is None:
            self.console.say("How it ran before was not seen here: choose its instances.")
            self._open_form(deployment, focus="max_instances")
            return
        now = Setup.of(deployment.current_release)
        wanted = replace(now, min_instances=last.min_instances, max_instances=last.max_instances)
        await self._change(
            services, deployment, wanted, f"Enable {deployment.ref} as before?", Option("do", "e", "Enable it")
        )

    async def _change(
        self, services: Services, deployment: Deployment, wanted: Setup, title: str, option: Option, after: str = ""
    ) -> None:
        from tui.services.deployments.deployments import Moved, Unsure

        before = Setup.of(deployment.current_release)
        lines = [*changes(before, wanted), "", *effects(before, wanted), "", *costs(before, wanted, services.prices)]
        text = "\n".join(lines) + after
        if await self.host.push_screen_wait(Ask(title, text, [option, Option("stay", "b", "Leave it")])) != "do":
            return
        try:
            changed = await services.deployments.update(deployment.ref, deployment.current_release, wanted)
        except Moved as moved:
            self.console.say(f"{moved} Nothing was sent; look at it and press the key again.", severity="warning")
            return
        except Unsure as unsure:
            self.console.say(f"{unsure} R asks again.", severity="warning", title="The answer was lost")
            return
        release = changed.deployment.current_release
        state = "off" if Setup.of(release).off else f"on with {Setup.of(release).instances} instances"
        self.console.say(f"{deployment.ref} is {state} (release {release.number if release else '?'}).")

    # ---- delete

    def why_not_delete_deployment(self) -> str | None:
        """The rule is the API's; what is surely against it is said at once."""
        deployment = self.selected()
        if deployment is None:
            return self._need_one()
        if Setup.of(deployment.current_release).off:
            return None
        return (
            f"{deployment.ref} is on. A deployment can be deleted once it has been offline and unused for 15 minutes: "
            "d disables it."
        )

    async def do_delete_deployment(self) -> None:
        """Ask, delete, and explain a refusal."""
        from tui.api.errors import ApiError
        from tui.services.deployments.deployments import why_not_deleted

        deployment, services = self.selected(), self.services
        if deployment is None or services is None:
            return
        words = "Programs that run it by its address fail from then on. Its predictions stay. It cannot be undone."
        options = [Option("delete", "d", "Delete it"), Option("keep", "k", "Keep it")]
        if await self.host.push_screen_wait(Ask(f"Delete {deployment.ref}?", words, options)) != "delete":
            return
        try:
            await services.deployments.delete(deployment.ref)
        except ApiError as error:
            if error.status not in (400, 403, 409, 422):
                raise
            free = await services.deployments.free_at(deployment)
            reason = why_not_deleted(error, deployment, free, services.now())
            await self.host.push_screen_wait(
                Ask(f"{deployment.ref} was not deleted", reason, [Option("well", "b", "Back")])
            )
            return
        self.console.say(f"{deployment.ref} is deleted.")

    # ---- use

    def why_not_run_model(self) -> str | None:
        """Only what is on."""
        deployment = self.selected()
        if deployment is None:
            return self._need_one()
        if Setup.of(deployment.current_release).off:
            return f"{deployment.ref} is off: u enables it."
        release = deployment.current_release
        return None if release and release.model else "The API does not tell which model it runs."

    def do_run_model(self) -> None:
        """The form of its version; the prediction is created on the deployment."""
        from tui.screens.run.run_screen import RunScreen

        deployment = self.selected()
        release = deployment.current_release if deployment is not None else None
        if deployment is not None and release is not None:
            self.host.push_screen(RunScreen(release.model, version=release.version, deployment=deployment.ref))

    def why_not_chat_through(self) -> str | None:
        """Only what is on, and where there are chats."""
        if all(section.name != "chat" for section in SECTIONS):
            return "This console has no chats."
        return self.why_not_run_model()

    async def do_chat_through(self) -> None:
        """A new conversation, where the deployed version can be chatted with."""
        deployment, services = self.selected(), self.services
        release = deployment.current_release if deployment is not None else None
        if deployment is None or services is None or release is None:
            return
        model = await services.catalogue.model(release.model)
        version = await services.catalogue.version(release.model, release.version)
        fit = services.chats.fitness(model, version)
        if not fit.can:
            self.console.say(fit.why or f"{release.model} cannot be chatted with.", severity="warning")
            return
        made = await services.chats.create(release.model, release.version, deployment=deployment.ref)
        self.console.visit(Place("chat", made.id))

    async def code_of(self, services: Services, deployment: Deployment) -> Callable[[str], str] | None:
        """The request on the deployment in each language, with an example's input where the model has one."""
        from tui.api.client import Target
        from tui.api.errors import ApiError
        from tui.services.runs import code_samples as code

        release = deployment.current_release
        values: dict[str, object] = {}
        if release is not None and release.model:
            try:
                example = (await services.catalogue.model(release.model)).default_example
                values = dict(example.input) if example is not None else {}
            except ApiError:
                values = {}
        target = Target(owner=deployment.owner, name=deployment.name, deployment=True)

        def write(language: str) -> str:
            return str(getattr(code, f"as_{language}")(target, values))

        return write

    def why_not_compare_versions(self) -> str | None:
        """Of the model that it runs."""
        deployment = self.selected()
        if deployment is None:
            return self._need_one()
        release = deployment.current_release
        return None if release and release.model else "The API does not tell which model it runs."

    async def do_compare_versions(self) -> None:
        """The deployed version against the newest."""
        from tui.screens.models.version_compare import VersionCompare

        deployment, services = self.selected(), self.services
        release = deployment.current_release if deployment is not None else None
        if services is None or release is None:
            return
        versions = (await services.catalogue.versions(release.model)).value
        if len(versions) < 2:
            self.console.say(f"{release.model} has no two versions to compare.", severity="warning")
            return
        self.host.push_screen(VersionCompare(release.model, versions, old=release.version))

    def do_show_hardware(self) -> None:
        """What can be run on, with prices."""
        from tui.screens.models.hardware import HardwareView

        self.host.push_screen(HardwareView())

    # ---- copy and open

    def why_not_copy(self) -> str | None:
        """The open tab's text, else the name."""
        return self._need_one()

    def do_copy(self) -> None:
        """What the open tab has, or the name."""
        deployment = self.selected()
        found: Any = self.view.copyable() if self.view.has_focus_within else None
        if found is None and deployment is not None:
            found = (deployment.ref, "Name")
        if found is not None:
            self.console.copy_text(*found)

    def do_copy_id(self) -> None:
        """The name."""
        if deployment := self.selected():
            self.console.copy_text(deployment.ref, "Name")

    why_not_open_in_browser = _need_one

    async def do_open_in_browser(self) -> None:
        """Its page on the web."""
        deployment = self.selected()
        if deployment is None:
            return
        if self.console.settings.sandbox:
            self.console.say("The sandbox has no pages on the web.", severity="warning")
            return
        address = f"https://replicate.com/deployments/{deployment.ref}"
        await self.console.open_page(address)
