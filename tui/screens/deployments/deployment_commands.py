"""What one does with a deployment: make, change, scale, switch off and on, roll back, delete, run through it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tui.navigation import SECTIONS, Place
from tui.screens.base import ConsoleScreen
from tui.screens.dialogs.lost_answer import carry_out
from tui.screens.dialogs.question import Ask, Option
from tui.services.deployments.change_outcome import Moved, said
from tui.services.deployments.monthly_cost import costs
from tui.services.deployments.setup import Setup
from tui.services.deployments.setup_changes import changes, effects
from tui.services.outcome import Applied

if TYPE_CHECKING:
    from tui.api.types import Deployment, Release
    from tui.screens.deployments.deployment_view import DeploymentView
    from tui.services.deployments.change_outcome import Outcome
    from tui.services.services import Services


class DeploymentCommands:
    """The commands about the deployment under a screen's cursor."""

    def __init__(
        self,
        screen: ConsoleScreen,
        selected: Callable[[], Deployment | None],
        view: Callable[[], DeploymentView],
        show: Callable[[str], None],
    ) -> None:
        """`selected`: the one under the cursor; `view`: where it is shown; `show` puts the cursor on another."""
        self._screen = screen
        self._selected = selected
        self._view = view
        self._show = show

    def _need_one(self) -> str | None:
        return None if self._selected() is not None else "There is no deployment under the cursor."

    def selected_facts(self) -> dict[str, str]:
        """What the user's own commands are told of the deployment."""
        if (one := self._selected()) is None:
            return {}
        release = one.current_release
        return {
            "kind": "deployment",
            "id": one.ref,
            "deployment": one.ref,
            "model": release.model if release is not None else "",
            "version": release.version if release is not None else "",
        }

    # ---- make and change

    def do_new_deployment(self) -> None:
        """The empty form."""
        self._open_form(None)

    why_not_change_deployment = why_not_scale_deployment = why_not_roll_back = why_not_copy_id = _need_one

    def do_change_deployment(self) -> None:
        """The form, filled with what is deployed."""
        self._open_form(self._selected())

    def do_scale_deployment(self) -> None:
        """The form, at its instances."""
        self._open_form(self._selected(), focus="min_instances")

    def _open_form(
        self, deployment: Deployment | None, *, change: dict[str, str] | None = None, focus: str = ""
    ) -> None:
        from tui.screens.deployments.deployment_form import DeploymentForm

        def done(outcome: Applied[Deployment] | None) -> None:
            if outcome is not None:
                self._tell(outcome)
                self._show(outcome.what.ref)

        self._screen.host.push_screen(DeploymentForm(deployment, change=change, focus=focus), done)

    # ---- roll back

    def do_roll_back(self) -> None:
        """The releases, to choose one; the one under their cursor where they are open."""
        view = self._view()
        if view.tab == "releases" and view.releases.has_focus and view.releases.row is not None:
            self.roll_back_to(view.releases.row.release)
            return
        while view.tab != "releases":
            view.step_tab(1)
        self._screen.add_class("-detail")
        self._screen.call_after_refresh(view.releases.focus)
        self._screen.console.say("Choose the release to go back to, and press enter.")

    def roll_back_to(self, release: Release) -> None:
        """The form with that release's setup put in: what it changes is seen before it is sent."""
        from tui.screens.deployments.setup_fields import texts_of

        deployment = self._selected()
        if deployment is None:
            return
        current, wanted = Setup.of(deployment.current_release), Setup.of(release)
        if not changes(current, wanted):
            self._screen.console.say(f"Release {release.number} is what is deployed now.", severity="warning")
            return
        texts = {name: text for name, text in texts_of(wanted).items() if name != "model"}
        self._open_form(deployment, change=texts)

    # ---- off and on

    def why_not_disable_deployment(self) -> str | None:
        """Only what is on."""
        deployment = self._selected()
        if deployment is None:
            return self._need_one()
        return f"{deployment.ref} is off already." if Setup.of(deployment.current_release).off else None

    async def do_disable_deployment(self) -> None:
        """No instance any more; what runs is canceled, so it is asked first."""
        deployment, services = self._selected(), self._screen.services
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
        deployment = self._selected()
        if deployment is None:
            return self._need_one()
        return None if Setup.of(deployment.current_release).off else f"{deployment.ref} is on already."

    async def do_enable_deployment(self) -> None:
        """As it was before it was switched off, as far as that was seen here."""
        deployment, services = self._selected(), self._screen.services
        if deployment is None or services is None:
            return
        last = await services.deployments.last_enabled(deployment.ref)
        if last is None:
            self._screen.console.say("How it ran before was not seen here: choose its instances.")
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
        before, service = Setup.of(deployment.current_release), services.deployments
        lines = [*changes(before, wanted), "", *effects(before, wanted), "", *costs(before, wanted, services.prices)]
        lines += await services.budget.passed_by_standing(services.prices, before.configuration, wanted.configuration)
        text = "\n".join(lines) + after
        options = [option, Option("stay", "b", "Leave it")]
        if await self._screen.host.push_screen_wait(Ask(title, text, options)) != "do":
            return
        send = partial(service.update, deployment.ref, deployment.current_release, wanted)
        self._tell(await carry_out(self._screen.host, send, partial(service.look, deployment.ref, wanted)))

    def _tell(self, outcome: Outcome) -> None:
        """Say what became of a change."""
        again = " Look at it and press the key again." if isinstance(outcome, Moved) else ""
        plain = isinstance(outcome, Applied) and not outcome.warning
        self._screen.console.say(said(outcome) + again, severity="information" if plain else "warning")

    # ---- delete

    def why_not_delete_deployment(self) -> str | None:
        """The rule is the API's; what is surely against it is said at once."""
        deployment = self._selected()
        if deployment is None:
            return self._need_one()
        if Setup.of(deployment.current_release).off:
            return None
        return (
            f"{deployment.ref} is on. A deployment can be deleted once it has been offline and unused for 15 minutes: "
            "Z disables it."
        )

    async def do_delete_deployment(self) -> None:
        """Ask, delete, and explain a refusal."""
        deployment, services = self._selected(), self._screen.services
        if deployment is None or services is None:
            return
        words = "Programs that run it by its address fail from then on. Its predictions stay. It cannot be undone."
        options = [Option("delete", "d", "Delete it"), Option("keep", "k", "Keep it")]
        if await self._screen.host.push_screen_wait(Ask(f"Delete {deployment.ref}?", words, options)) != "delete":
            return
        refused = await services.deployments.delete(deployment)
        if refused is not None:
            back = [Option("well", "b", "Back")]
            await self._screen.host.push_screen_wait(Ask(f"{deployment.ref} was not deleted", refused.rest, back))
            return
        self._screen.console.say(f"{deployment.ref} is deleted.")

    # ---- use

    def why_not_run_model(self) -> str | None:
        """Only what is on."""
        deployment = self._selected()
        if deployment is None:
            return self._need_one()
        if Setup.of(deployment.current_release).off:
            return f"{deployment.ref} is off: U enables it."
        release = deployment.current_release
        return None if release and release.model else "The API does not tell which model it runs."

    def do_run_model(self) -> None:
        """The form of its version; the prediction is created on the deployment."""
        from tui.screens.run.run_screen import RunScreen

        deployment = self._selected()
        release = deployment.current_release if deployment is not None else None
        if deployment is not None and release is not None:
            self._screen.host.push_screen(RunScreen(release.model, version=release.version, deployment=deployment.ref))

    def why_not_chat_through(self) -> str | None:
        """Only what is on, and where there are chats."""
        if all(section.name != "chat" for section in SECTIONS):
            return "This console has no chats."
        return self.why_not_run_model()

    async def do_chat_through(self) -> None:
        """A new conversation, where the deployed version can be chatted with."""
        deployment, services = self._selected(), self._screen.services
        release = deployment.current_release if deployment is not None else None
        if deployment is None or services is None or release is None:
            return
        model = await services.catalogue.model(release.model)
        version = await services.catalogue.version(release.model, release.version)
        fit = services.chats.fitness(model, version)
        if not fit.can:
            self._screen.console.say(fit.why or f"{release.model} cannot be chatted with.", severity="warning")
            return
        made = await services.chats.create(release.model, release.version, deployment=deployment.ref)
        self._screen.console.visit(Place("chat", made.id))

    def why_not_compare_versions(self) -> str | None:
        """Of the model that it runs."""
        deployment = self._selected()
        if deployment is None:
            return self._need_one()
        release = deployment.current_release
        return None if release and release.model else "The API does not tell which model it runs."

    async def do_compare_versions(self) -> None:
        """The deployed version against the newest."""
        from tui.screens.models.version_compare import VersionCompare

        deployment, services = self._selected(), self._screen.services
        release = deployment.current_release if deployment is not None else None
        if services is None or release is None:
            return
        versions = (await services.catalogue.versions(release.model)).value
        if len(versions) < 2:
            self._screen.console.say(f"{release.model} has no two versions to compare.", severity="warning")
            return
        self._screen.host.push_screen(VersionCompare(release.model, versions, old=release.version))

    def do_show_hardware(self) -> None:
        """What can be run on, with prices."""
        from tui.screens.models.hardware import HardwareView

        self._screen.host.push_screen(HardwareView())

    # ---- look, copy and open

    def do_next_tab(self) -> None:
        """The next tab."""
        self._view().step_tab(1)

    def do_previous_tab(self) -> None:
        """The tab before."""
        self._view().step_tab(-1)

    def why_not_copy(self) -> str | None:
        """The open tab's text, else the name."""
        return self._need_one()

    def do_copy(self) -> None:
        """What the open tab has, or the name."""
        deployment = self._selected()
        found: Any = self._view().copyable() if self._view().has_focus_within else None
        if found is None and deployment is not None:
            found = (deployment.ref, "Name")
        if found is not None:
            self._screen.console.copy_text(*found)

    def do_copy_id(self) -> None:
        """The name."""
        if deployment := self._selected():
            self._screen.console.copy_text(deployment.ref, "Name")

    def why_not_open_in_browser(self) -> str | None:
        """Only where there is a web."""
        if self._screen.console.settings.sandbox:
            return "The sandbox has no pages on the web."
        return self._need_one()

    async def do_open_in_browser(self) -> None:
        """Its page on the web."""
        if (deployment := self._selected()) is None:
            return
        address = f"https://replicate.com/deployments/{deployment.ref}"
        await self._screen.console.open_page(address)
