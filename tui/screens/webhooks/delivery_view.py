"""One webhook that was delivered: its answer, its body, what is new in it, the request, and code that verifies it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui import wording
from tui.screens.webhooks.delivery_columns import state_words, took
from tui.services.webhooks.receiver_code import LANGUAGES, receiver_code
from tui.store.deliveries import Delivery
from tui.toolkit.static import FixedSizeStatic
from tui.widgets.bars import TabStrip
from tui.widgets.text.code_view import CodeView
from tui.widgets.text.json_view import JsonView

TABS = (("body", "Body"), ("new", "New in it"), ("request", "Request"), ("verify", "Verify"))
_REQUEST = (("http", "As sent"), ("curl", "cURL"))
_NOTHING_NEW = "It says the same as the webhook before it."


class DeliveryView(Vertical):
    """Shows one delivery; what the tabs show is set by the screen."""

    HELP = "A webhook. ] and [ walk through its body, what is new in it, the request, and code that verifies it."

    def compose(self) -> ComposeResult:
        yield FixedSizeStatic(id="delivery-title")
        yield FixedSizeStatic(id="delivery-answer")
        yield Static(id="delivery-problem")
        yield TabStrip(TABS, id="delivery-tabs")
        with Container(id="delivery-parts"):
            yield JsonView(empty="No webhook is chosen.", id="delivery-body")
            with VerticalScroll(can_focus=True, id="delivery-new"):
                yield Static(id="delivery-changes")
            yield CodeView(_REQUEST, empty="The request is not known.", id="delivery-request")
            yield CodeView(LANGUAGES, id="delivery-verify")

    def on_mount(self) -> None:
        self.query_one("#delivery-verify", CodeView).set_source(receiver_code)
        self._show_tab()

    @property
    def tab(self) -> str:
        """The name of the open tab."""
        return self.query_one(TabStrip).current

    @property
    def body_view(self) -> JsonView:
        """The body."""
        return self.query_one("#delivery-body", JsonView)

    def step_tab(self, by: int) -> None:
        """The next tab or the one before."""
        self.query_one("#delivery-tabs", TabStrip).step(by)

    def focus_part(self) -> None:
        """Give the focus to the open tab."""
        part = self.query_one(f"#delivery-{self.tab}")
        target = part if part.can_focus else part.query_one(VerticalScroll)
        target.focus()

    def copyable(self) -> tuple[str, str]:
        """What the open tab has to copy, and what that is called."""
        if self.tab == "body":
            return self.body_view.copyable(), f"{self.body_view.path_at_cursor} of the body"
        if self.tab == "new":
            return str(self.query_one("#delivery-changes", Static).visual), "what is new"
        what = "the request" if self.tab == "request" else "the code"
        return self.query_one(f"#delivery-{self.tab}", CodeView).text, what

    @on(TabStrip.Changed, "#delivery-tabs")
    def _tab_changed(self, event: TabStrip.Changed) -> None:
        event.stop()
        inside = self.query_one("#delivery-parts").has_focus_within
        self._show_tab()
        if inside:
            self.focus_part()

    def _show_tab(self) -> None:
        for child in self.query_one("#delivery-parts").children:
            child.display = child.id == f"delivery-{self.tab}"

    # ---- what the screen sets

    def show(self, one: Delivery | None) -> None:
        """The delivery that is shown; None for none."""
        title, answer, problem = Content(""), Content(""), Content("")
        if one is not None:
            title = Content.assemble(
                (one.event, "bold $accent"),
                Content.styled(f"  of {one.prediction_id}", "$text-muted"),
                f"  {_where(one)}",
            )
            words = (took(one), _tries(one), wording.exact(one.created_at), one.id)
            parts = [state_words(one), *map(Content, words)]
            answer = Content(" · ").join(part for part in parts if part.plain)
            problem = Content.styled(one.problem, "$error" if one.state == "refused" else "$warning")
        self.query_one("#delivery-title", FixedSizeStatic).update(title)
        self.query_one("#delivery-answer", FixedSizeStatic).update(answer)
        said = self.query_one("#delivery-problem", Static)
        said.update(problem)
        said.display = bool(problem.plain)

    def show_parts(
        self, value: object, new: Sequence[tuple[str, str]], request: Callable[[str], str] | None, why_none: str
    ) -> None:
        """What the tabs show of it. `request` writes it in a language; None where it is not known, for that reason."""
        self.body_view.set_value(value)
        lines = [Content.assemble((f"{name}  ", "bold"), how) for name, how in new]
        self.query_one("#delivery-changes", Static).update(
            Content("\n").join(lines) if lines else Content.styled(_NOTHING_NEW, "$text-muted")
        )
        self.query_one("#delivery-request", CodeView).set_source(request, empty=why_none)


def _where(one: Delivery) -> str:
    if one.way != "received":
        return f"to {one.url}"
    return f"received, handed on to {one.url}" if one.url else "received"


def _tries(one: Delivery) -> str:
    again = " so far" if one.state == "waiting" else ""
    return "" if one.attempts < 2 else f"{one.attempts:,} tries{again}"
