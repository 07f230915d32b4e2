"""The form of a deployment: made new or changed, with what that changes and may cost beside it as one chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from tui import commands as cmd
from tui.screens.command_host import NOT_CONNECTED
from tui.screens.deployments.release_watch import ReleaseWatch
from tui.screens.deployments.setup_choices import SetupChoices
from tui.screens.deployments.setup_fields import SetupFields, release_words, setup_form, setup_of, texts_of
from tui.screens.deployments.setup_summary import SetupSummary
from tui.screens.dialogs.lost_answer import carry_out
from tui.screens.dialogs.question import Ask, Option
from tui.screens.form_commands import COMMANDS
from tui.screens.form_draft import MARK
from tui.screens.form_screen import FormScreen
from tui.services.deployments.change_outcome import Moved, said
from tui.services.deployments.monthly_cost import costs
from tui.services.deployments.setup import FIELDS, Setup
from tui.services.deployments.setup_changes import changes, effects
from tui.services.outcome import Applied, Refused
from tui.services.usage.cost import standing_cost
from tui.toolkit.workers import work
from tui.widgets.cost import CostLine

if TYPE_CHECKING:
    from tui.api.types import Deployment
    from tui.services.bus import Event
    from tui.services.deployments.change_outcome import Outcome
    from tui.services.services import Services

LOOK_AGAIN = 10.0
"""Seconds between two looks at whether somebody else changed it."""
NEW = {"min_instances": "0", "max_instances": "1"}
"""What a new deployment begins with."""


class DeploymentForm(FormScreen):
    """Gives what became of it once the deployment was made or changed, or None."""

    HELP = "A deployment's setup. left and right or + and − step the instances; ctrl+r sends it after asking."
    SENDS = cmd.ApplyChanges
    BINDINGS = cmd.bindings(cmd.ApplyChanges, cmd.CompareVersions, *COMMANDS)

    def __init__(
        self, deployment: Deployment | None = None, *, change: Mapping[str, str] | None = None, focus: str = ""
    ) -> None:
        """`deployment`: the one to change, None for a new one. `change`: texts put in at the start, as a roll back
        does. `focus`: the field to begin at."""
        super().__init__(f"deployment:{deployment.ref}" if deployment is not None else "deployment:new")
        self._change = dict(change or {})
        self._focus_on = focus or ("version" if deployment is not None else "name")
        self._watch = ReleaseWatch(deployment, self._draw)
        self._choices = SetupChoices(
            self,
            lambda: self._watch.before,
            self._draw,
            lambda rows: self.query_one(SetupSummary).set_hardware(rows),
        )
        self._sending = False

    @property
    def command_objects(self) -> Sequence[object]:
        """The comparison of versions, and what every form has."""
        return (self._choices, *super().command_objects)

    def compose_body(self) -> ComposeResult:
        with Container(id="setup"):
            new = self._watch.deployment is None
            fields = SetupFields(setup_form(new=new), self._choices.search_models, id="setup-fields")
            yield from self.form_column("setup", _title(self._watch), fields, "Create  ^r" if new else "Update  ^r")
            yield SetupSummary(id="setup-summary")

    def on_mount(self) -> None:
        self._fields.set_values(self.start_texts())
        self._draw()
        self.call_after_refresh(self._fields.focus_field, self._focus_on)
        if self._watch.deployment is not None:
            self.set_interval(LOOK_AGAIN, self._look)

    @property
    def _fields(self) -> SetupFields:
        return self.query_one(SetupFields)

    @property
    def setup(self) -> Setup:
        """What the form means now."""
        return setup_of(self._fields.values, self._watch.before or Setup("", "", "", 0, 1))

    def start_texts(self) -> dict[str, str]:
        """What is deployed, as far as it can be changed."""
        before = self._watch.before
        return NEW if before is None else {n: text for n, text in texts_of(before).items() if n != "model"}

    # ---- loading

    def services_ready(self, services: Services) -> None:
        """Load the draft and the lists."""
        work(self, "Draft", "draft-read", self._load_draft, services)
        self._choices.load(services)
        self._choices.model_chosen(self.setup.model)
        self._look()

    async def _load_draft(self, services: Services) -> None:
        draft = await self.put_draft(services, self._change or None)
        if not self._change:
            self._watch.draft_made_from(draft.get(MARK, ""))
        self._choices.model_chosen(self.setup.model)
        self._draw()

    def _look(self) -> None:
        if self.services is not None and self.is_current and not self._sending:
            work(self, "Looking", "look", self._watch.look, self.services)

    def bus_event(self, event: Event) -> None:
        """A release of another console shows at once."""
        from tui.services import bus

        if isinstance(event, bus.DeploymentsChanged) and not self._sending:
            for deployment in event.deployments:
                self._watch.see(deployment)

    # ---- as one chooses

    def typed(self, name: str | None) -> None:
        """The instances stay in order; the versions, and what it changes and may cost, follow."""
        fields, setup = self._fields, self.setup
        if name == "min_instances" and setup.min_instances > setup.max_instances:
            fields.set_values({"max_instances": str(setup.min_instances)})
        elif name == "max_instances" and setup.max_instances < setup.min_instances:
            fields.set_values({"min_instances": str(setup.max_instances)})
        elif name in (None, "model"):
            self._choices.model_chosen(setup.model)
        base = self._watch.base
        self.draft.mark = str(base.number) if base is not None and base.number is not None else ""
        self._draw()

    def _draw(self) -> None:
        name = self._fields.values.get("name", "").strip()
        warnings = [f"⚠ {self._watch.warning}"] if self._watch.warning else []
        self.query_one(SetupSummary).show(
            self.services, self._watch.before, self.setup, name, warnings, list(self.wrong.values())
        )
        if self.services is not None:
            before = self._watch.before
            now = before.configuration if before is not None else None
            self.query_one(CostLine).show(standing_cost(self.services.prices, self.setup.configuration, now))
        self.refresh_bindings()

    # ---- sending

    def why_not_apply_changes(self) -> str | None:
        """Nothing to send, or it is being sent."""
        if self.services is None:
            return NOT_CONNECTED
        if self._watch.before is not None and not changes(self._watch.before, self.setup):
            return "Nothing changes: this is what is deployed already."
        return None

    async def do_apply_changes(self) -> None:
        """Check, say what it means, and send it when the user agrees."""
        from tui.forms import Problem

        services, texts = self.services, self._fields.values
        before, setup, deployment = self._watch.before, self.setup, self._watch.deployment
        names = FIELDS if deployment is None else ()
        missing = [Problem(name, None, "is required") for name in names if not texts.get(name, "").strip()]
        if self.show_problems(missing, "not sent: something is missing") or services is None:
            self._draw()
            return
        name = texts.get("name", "").strip()
        what = f"Update {deployment.ref}?" if deployment is not None else f"Create {name}?"
        lines = [*changes(before, setup), "", *effects(before, setup), "", *costs(before, setup, services.prices)]
        now = before.configuration if before is not None else None
        lines += await services.budget.passed_by_standing(services.prices, now, setup.configuration)
        options = [Option("send", "s", "Send it"), Option("stay", "b", "Back to the form")]
        if await self.host.push_screen_wait(Ask(what, "\n".join(lines), options)) != "send":
            return
        service, base = services.deployments, self._watch.base
        send = (
            partial(service.create, name, setup)
            if deployment is None
            else partial(service.update, deployment.ref, base, setup)
        )
        look = partial(service.look, name if deployment is None else deployment.ref, setup)
        self._sending = True
        self.note("sending…")
        try:
            await self._answer(services, await carry_out(self.host, send, look))
        finally:
            self._sending = False

    async def _answer(self, services: Services, outcome: Outcome) -> None:
        match outcome:
            case Applied():
                await self.draft.forget(services)
                self.dismiss(outcome)
            case Moved():
                await self._ask_moved(outcome)
            case Refused():
                self.show_refused(outcome)
                self._draw()
            case _:
                self.note("the answer was lost: R in the list shows what became of it", "$warning")

    async def _ask_moved(self, moved: Moved) -> None:
        options = [
            Option("keep", "k", "Take that release, and put my change over it to look at"),
            Option("drop", "d", "Take that release, and drop my change"),
            Option("stay", "b", "Back to the form as it is"),
        ]
        answer = await self.host.push_screen_wait(Ask("Somebody else changed it", said(moved), options))
        if answer not in ("keep", "drop"):
            self.note("nothing was sent: another release came in between")
            return
        mine = self.draft_texts(self._fields.values)
        self._watch.rebase(moved.current)
        self._fields.replace({**self.start_texts(), **(mine if answer == "keep" else {})})
        self.query_one("#setup-title", Static).update(_title(self._watch))
        self.changed()
        kept = "the release that is there now; ^r sends your change to it"
        self.note(kept if answer == "keep" else "your change was dropped; ^z brings it back")


def _title(watch: ReleaseWatch) -> Content:
    title = "A new deployment" if watch.deployment is None else watch.deployment.ref
    words = f"  {release_words(watch.base)}" if watch.base is not None else ""
    return Content.assemble(Content.styled(title, "bold $accent"), Content.styled(words, "$text-muted"))
