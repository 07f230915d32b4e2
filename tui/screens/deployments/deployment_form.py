"""The form of a deployment: made new or changed, with what that changes and may cost beside it as one chooses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from tui import commands as cmd
from tui import wording
from tui.screens.deployments.setup_fields import (
    FIELDS,
    SetupFields,
    hardware_rows,
    release_words,
    setup_form,
    setup_of,
    texts_of,
    version_rows,
)
from tui.screens.deployments.setup_summary import SetupSummary
from tui.screens.dialogs.question import Ask, Option
from tui.screens.form_screen import FormScreen
from tui.services.deployments.setup_words import Setup, changes, costs, effects
from tui.toolkit.workers import work
from tui.widgets.picker import Row

if TYPE_CHECKING:
    from tui.api.types import Deployment, Release, Version
    from tui.services.bus import Event
    from tui.services.services import Services

LOOK_AGAIN = 10.0
"""Seconds between two looks at whether somebody else changed it."""
BASE = "@release"
"""The key in a draft that names the release that it was made from."""


class DeploymentForm(FormScreen):
    """Gives the deployment that was made or changed, or None."""

    HELP = "A deployment's setup. left and right or + and − step the instances; ctrl+r sends it after asking."
    SENDS = cmd.ApplyChanges
    BINDINGS = cmd.bindings(cmd.ApplyChanges, cmd.CompareVersions, cmd.ResetForm, cmd.Back)

    def __init__(
        self, deployment: Deployment | None = None, *, change: Mapping[str, str] | None = None, focus: str = ""
    ) -> None:
        """`deployment`: the one to change, None for a new one. `change`: texts put in at the start, as a roll back
        does. `focus`: the field to begin at."""
        super().__init__()
        self.deployment = deployment
        self._change = dict(change or {})
        self._focus_on = focus or ("version" if deployment is not None else "name")
        self._base: Release | None = deployment.current_release if deployment is not None else None
        self._moved = ""
        self._refused: dict[str, str] = {}
        """What was refused, by field; "" for what no field caused."""
        self._versions: tuple[Version, ...] = ()
        self._versions_of = ""
        self._sending = False

    @property
    def draft_key(self) -> str:
        """A new deployment's, or that of the one that is changed."""
        return f"deployment:{self.deployment.ref}" if self.deployment is not None else "deployment:new"

    @property
    def _before(self) -> Setup | None:
        return Setup.of(self._base) if self.deployment is not None else None

    def compose_body(self) -> ComposeResult:
        with Container(id="setup"):
            new = self.deployment is None
            fields = SetupFields(setup_form(new=new), self._search_models, id="setup-fields")
            yield from self.form_column("setup", self._title(), fields, "Create  ^r" if new else "Update  ^r")
            yield SetupSummary(id="setup-summary")

    def on_mount(self) -> None:
        start: dict[str, str] = {"min_instances": "0", "max_instances": "1"}
        if self._before is not None:
            start = {name: text for name, text in texts_of(self._before).items() if name != "model"}
        self._fields.set_values({**start, **self._change})
        self._draw()
        self.call_after_refresh(self._fields.focus_field, self._focus_on)
        if self.deployment is not None:
            self.set_interval(LOOK_AGAIN, self._look)

    def _title(self) -> Content:
        title = "A new deployment" if self.deployment is None else self.deployment.ref
        base = release_words(self._base) if self._base is not None else ""
        return Content.assemble(Content.styled(title, "bold $accent"), Content.styled(f"  {base}", "$foreground 60%"))

    @property
    def _fields(self) -> SetupFields:
        return self.query_one(SetupFields)

    @property
    def setup(self) -> Setup:
        """What the form means now."""
        return setup_of(self._fields.values, self._before or Setup("", "", "", 0, 1))

    # ---- what can be chosen

    def services_ready(self, services: Services) -> None:
        """Load the draft and the lists."""
        work(self, "Draft", "draft-read", self._load_draft, services)
        work(self, "Hardware", "hardware", self._load_hardware, services)
        if self.deployment is not None:
            self._load_versions_of(self.setup.model)
            self._look()

    async def _load_draft(self, services: Services) -> None:
        draft = await services.store.draft(services.account, self.draft_key)
        texts = dict(draft.values) if draft is not None else {}
        made_from = texts.pop(BASE, "")
        if not texts or draft is None or self._change:
            return
        texts = {name: text for name, text in texts.items() if name in FIELDS}
        self._fields.set_values(texts)
        self.note("your draft of " + wording.age(draft.updated_at) + " ago; ^n empties it")
        number = str(self._base.number) if self._base is not None else ""
        if made_from and made_from != number:
            self._moved = f"Your draft was made from release {made_from}; it is release {number} by now."
        self._load_versions_of(self.setup.model)
        self._draw()

    async def _load_hardware(self, services: Services) -> None:
        self._fields.set_rows("hardware", (), "asking for the hardware…")
        found = await services.deployments.hardware()
        self._fields.set_rows("hardware", hardware_rows(found, services.prices))

    def _load_versions_of(self, model: str) -> None:
        if self.services is not None and model and model != self._versions_of:
            self._versions_of = model
            work(self, f"Versions of {model}", "versions", self._load_versions, self.services, model)

    async def _load_versions(self, services: Services, model: str) -> None:
        from tui.api.errors import ApiError

        self._fields.set_rows("version", (), "asking for the versions…")
        try:
            found = (await services.catalogue.versions(model, refresh=True)).value
            if not found:
                latest = (await services.catalogue.model(model)).latest_version
                found = (latest,) if latest is not None and latest.id else ()
        except ApiError as error:
            self._versions_of = ""
            self._fields.set_rows("version", (), str(error))
            return
        if model != self.setup.model:
            return
        self._versions = found
        self._fields.set_rows("version", version_rows(found), "it has no versions that could be deployed")
        if found and not self._fields.values.get("version"):
            self._fields.set_values({"version": found[0].id})
        self._draw()

    def _search_models(self, typed: str) -> None:
        from tui.screens.models.model_picker import ModelPicker

        services = self.services
        if services is None:
            self.console.say("The console is not connected yet.", severity="warning")
            return

        def picked(row: Row | None) -> None:
            if row is None or row.value is None or row.value == self._fields.values.get("model"):
                return
            self._fields.clear_field("version")
            self._fields.choose("model", row.value)

        self.host.push_screen(ModelPicker("Model", services, here=self.setup.model, typed=typed), picked)

    # ---- as one chooses

    def typed(self, name: str | None) -> None:
        """The instances stay in order; the versions, and what it changes and may cost, follow."""
        fields, setup = self._fields, self.setup
        if name == "min_instances" and setup.min_instances > setup.max_instances:
            fields.set_values({"max_instances": str(setup.min_instances)})
        elif name == "max_instances" and setup.max_instances < setup.min_instances:
            fields.set_values({"min_instances": str(setup.max_instances)})
        elif name == "model":
            self._load_versions_of(setup.model)
        self._settle()
        self._draw()

    def _settle(self) -> None:
        """What the user has changed since is not wrong any more; a key from before it was refused changes nothing."""
        wrong = self._fields.problems
        self._refused = {name: words for name, words in self._refused.items() if not name or name in wrong}

    def _draw(self) -> None:
        setup, before = self.setup, self._before
        name = self._fields.values.get("name", "").strip()
        warnings = [f"⚠ {self._moved}"] if self._moved else []
        self.query_one(SetupSummary).show(self.services, before, setup, name, warnings, list(self._refused.values()))
        self.refresh_bindings()

    def draft_texts(self) -> dict[str, str]:
        """What differs from what is deployed, and the release that it was made from."""
        base = texts_of(self._before) if self._before is not None else {}
        texts = {name: text for name, text in self._fields.values.items() if base.get(name) != text}
        number = self._base.number if self._base is not None else None
        return {**texts, BASE: str(number)} if texts and number is not None else texts

    # ---- somebody else

    def _look(self) -> None:
        if self.services is not None and self.deployment is not None and self.is_current and not self._sending:
            work(self, "Looking", "look", self._look_now, self.services)

    async def _look_now(self, services: Services) -> None:
        from tui.api.errors import ApiError, NotFound

        assert self.deployment is not None
        try:
            self._see(await services.deployments.get(self.deployment.ref))
        except NotFound:
            self._moved = "This deployment does not exist any more: somebody deleted it."
            self._draw()
        except ApiError:
            # Whether it moved is asked again before anything is sent; the status line tells that nothing answers.
            return

    def _see(self, current: Deployment) -> None:
        from tui.services.deployments.deployments import Moved

        if self.deployment is None or current.ref != self.deployment.ref or self._base is None:
            return
        release = current.current_release
        if release is not None and release.number != self._base.number:
            self._moved = f"{Moved(current, Setup.of(self._base))} ^r asks what becomes of your change."
            self._draw()

    def bus_event(self, event: Event) -> None:
        """A release of another console shows at once."""
        from tui.services import bus

        if isinstance(event, bus.DeploymentsChanged) and self.deployment is not None and not self._sending:
            for deployment in event.deployments:
                self._see(deployment)

    def _rebase(self, current: Deployment, *, keep: bool) -> None:
        """Go on from the release that is there now, with one's own changes over it or without them."""
        before, texts = self._before, dict(self._fields.values)
        mine = {name: text for name, text in texts.items() if before and texts_of(before).get(name) != text}
        self.deployment, self._base, self._moved = current, current.current_release, ""
        there = {name: text for name, text in texts_of(Setup.of(self._base)).items() if name != "model"}
        self._fields.set_values({**there, **(mine if keep else {})})
        self.query_one("#setup-title", Static).update(self._title())
        self.changed()

    # ---- sending

    def why_not_apply_changes(self) -> str | None:
        """Nothing to send, or it is being sent."""
        if self.services is None:
            return "The console is not connected yet."
        if self._before is not None and not changes(self._before, self.setup):
            return "Nothing changes: this is what is deployed already."
        return None

    async def do_apply_changes(self) -> None:
        """Check, say what it means, and send it when the user agrees."""
        services = self.services
        if services is None or not self._complete():
            return
        from tui.screens.deployments.deployment_submission import Sending

        before, setup = self._before, self.setup
        name = self._fields.values.get("name", "").strip()
        what = f"Update {self.deployment.ref}?" if self.deployment is not None else f"Create {name}?"
        lines = [*changes(before, setup), "", *effects(before, setup), "", *costs(before, setup, services.prices)]
        answer = await self.host.push_screen_wait(
            Ask(
                what,
                "\n".join(lines),
                [Option("send", "s", "Send it"), Option("stay", "b", "Back to the form")],
            )
        )
        if answer != "send":
            return
        self._sending = True
        self.note("sending…")
        try:
            done = await Sending(self, services).send(name, self.deployment, self._base, setup)
        finally:
            self._sending = False
        if done is None:
            return
        await self.forget_draft(services)
        self.dismiss(done)

    def _complete(self) -> bool:
        from tui.forms import Problem

        texts = self._fields.values
        names = FIELDS if self.deployment is None else ()
        missing = [Problem(name, None, "is required") for name in names if not texts.get(name, "").strip()]
        self._fields.set_problems(missing)
        self._refused = {problem.field: str(problem) for problem in missing}
        self._draw()
        if missing:
            self.note("✗ not sent: something is missing", "$error")
            self._fields.focus_first_problem()
        return not missing

    def refused(self, fields: Mapping[str, str], rest: str) -> None:
        """What the API found wrong, at the fields that caused it; nothing typed is lost."""
        from tui.forms import Problem

        self._fields.set_problems([Problem(name, None, words) for name, words in fields.items()])
        self._refused = {name: f"{name}: {words}" for name, words in fields.items()} | ({"": rest} if rest else {})
        self.note("✗ refused; nothing was changed", "$error")
        self._fields.focus_first_problem()
        self._draw()

    def moved(self, current: Deployment, *, keep: bool) -> None:
        """The user decided what becomes of the change now that another release is there."""
        self._rebase(current, keep=keep)
        self.note("the release that is there now; ^r sends your change to it" if keep else "your change was dropped")

    # ---- commands

    def why_not_compare_versions(self) -> str | None:
        """Two versions are needed."""
        return None if len(self._versions) > 1 else "This model has only one version."

    def do_compare_versions(self) -> None:
        """Compare any two versions of the model."""
        from tui.screens.models.version_compare import VersionCompare

        before = self._before
        self.host.push_screen(
            VersionCompare(
                self.setup.model, self._versions, old=before.version if before else "", new=self.setup.version
            )
        )

    def do_reset_form(self) -> None:
        """Back to what is deployed, or to an empty form."""
        if self._before is not None:
            self._fields.set_values({n: t for n, t in texts_of(self._before).items() if n != "model"})
        else:
            self._fields.clear()
            self._fields.set_values({"min_instances": "0", "max_instances": "1"})
        self._fields.set_problems([])
        self.note("")
        self.changed()

    def do_back(self) -> None:
        """To where one came from; the draft stays."""
        self.dismiss(None)
