"""Asks over what a form is run: the rows of a file, ranges of values, more models; shows what that would send."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.forms import delivery
from tui.screens.batches.batch_words import short_names, values_of
from tui.toolkit.screen import DialogScreen
from tui.toolkit.static import FixedWidthInput
from tui.toolkit.workers import work
from tui.widgets.cost import MONEY
from tui.widgets.form.form_part import DELIVERY
from tui.widgets.form.form_view import FormView
from tui.wording import money

if TYPE_CHECKING:
    from tui.api.types import Target
    from tui.forms import Form
    from tui.services.batches.drafts import Draft, Outlook
    from tui.services.services import Services

_PAUSE = 0.3
"""Seconds without a key after which is counted."""
LOW = 30
"""Rows of a terminal below which the fields stand close together."""
_FIELDS = (
    ("file", "Rows of a file: CSV, TSV, JSONL, a JSON array, or a prompt a line", "prompts.csv"),
    ("ranges", "Ranges; several make a grid", "seed=1..8 guidance=3,5,7"),
    ("models", "The same on other models", "owner/name owner/other"),
    ("save", "Save the outputs into a folder", "out"),
)


class NewBatch(DialogScreen["Draft | None"]):
    """The result is what was asked for, which can be sent; None after escape."""

    BINDINGS = [("escape", "give_up", "Back"), ("ctrl+r", "start", "Start")]

    def __init__(self, services: Services, target: Target, form: Form, texts: Mapping[str, str]) -> None:
        super().__init__()
        self._services = services
        self._first = (target, form)
        self._texts = delivery.without(texts)
        self._delivery = delivery.only(texts)
        self._known: dict[str, tuple[Target, Form]] = {}
        self._ready: Draft | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            title = f"Run {self._first[0].ref or self._first[0]} many times"
            yield Static(Content.styled(title, "bold"), id="dialog-title")
            for name, words, example in _FIELDS:
                yield Static(Content(words), classes="new-batch-name")
                field = FixedWidthInput(placeholder=example, id=f"new-batch-{name}", compact=True)
                field.cursor_blink = False
                yield field
            yield FormView(part=DELIVERY, id="new-batch-delivery")
            yield Static(id="new-batch-says")
            yield Static(
                Content.styled("tab next field · ctrl+r starts it · esc goes back", "$text-muted"), id="dialog-keys"
            )

    def on_mount(self) -> None:
        self.on_resize()
        view = self.query_one(FormView)
        view.set_form(None)
        view.set_values(self._delivery)
        self.query_one("#new-batch-file", Input).focus()
        self._count()

    def on_resize(self) -> None:
        """A low terminal has no rows to spare for air."""
        self.set_class(self.size.height < LOW, "-low")

    def _text(self, name: str) -> str:
        return self.query_one(f"#new-batch-{name}", Input).value.strip()

    @on(Input.Changed)
    @on(FormView.Changed)
    def _changed(self) -> None:
        self._ready = None
        self._count()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.screen.focus_next()

    def _count(self) -> None:
        work(self, "Batch", "count", self._look)

    def _say(self, *lines: Content) -> None:
        self.query_one("#new-batch-says", Static).update(Content("\n").join(lines))

    async def _look(self) -> None:
        """Say what would be sent as it is."""
        from tui.api.errors import ApiError
        from tui.services.batches.drafts import BadGrid, BadRows, Draft, outlook

        await asyncio.sleep(_PAUSE)
        chosen, wrong = delivery.read(self.query_one(FormView).values)
        if wrong:
            self._say(*(Content.styled(str(problem), "$error") for problem in wrong))
            return
        if not self._text("file") and not self._text("ranges") and not self._text("models"):
            self._say(Content.styled("Name a file, a range or another model.", "$text-muted"))
            return
        try:
            models = [self._first, *await self._others(self._text("models").split())]
            file, ranges, save = (self._text(name) for name in ("file", "ranges", "save"))
            draft = Draft(models, self._texts, file, ranges, save, chosen)
            found = await asyncio.to_thread(outlook, draft)
        except (ApiError, BadGrid, BadRows, ValueError) as error:
            self._say(Content.styled(str(error), "$error"))
            return
        except OSError as error:
            words = f"{self._text('file')} cannot be read: {error.strerror or error}."
            self._say(Content.styled(words, "$error"))
            return
        self._say(*_words(found, await self._services.costs.of_batch(found.parts)))
        self._ready = draft if found.count and not found.refused else None

    async def _others(self, words: Sequence[str]) -> list[tuple[Target, Form]]:
        """The other models with their forms. Raises ApiError, ValueError."""
        from tui.api.types import Target
        from tui.forms import Form
        from tui.services.models.endpoint import endpoint

        for word in words:
            if word not in self._known:
                target = Target.parse(word)
                found, version = await endpoint(self._services.client, self._services.catalogue, target)
                self._known[word] = (found, Form.parse(version.openapi_schema if version else None))
        return [self._known[word] for word in words]

    def action_start(self) -> None:
        """Go on with what can be sent."""
        if self._ready is not None:
            self.dismiss(self._ready)

    def action_give_up(self) -> None:
        """Leave."""
        self.dismiss(None)


def _words(found: Outlook, dollars: float | None) -> list[Content]:
    """What would be sent; `dollars` is what the runs that were counted may cost."""
    count = f"More than {found.count:,} runs" if found.more else f"{found.count:,} runs"
    if not found.count:
        return [Content.styled("That holds no row.", "$error")]
    count = count if not found.refused else f"{count}, of which {found.refused:,} are refused"
    cost = f"   ≈ {money(dollars)}{' for these' if found.more else ''}" if dollars is not None else ""
    lines = [Content.assemble((count, "bold"), (cost, MONEY))]
    lines += [Content.styled(f"  {wrong}", "$error") for wrong in found.wrong]
    names = short_names(found.models) if len(found.models) > 1 else [""] * len(found.models)
    lines += [
        Content("  ".join(part for part in (f"  {place}", names[one.target], values_of(one.columns)) if part))
        if one.columns or names[one.target]
        else Content(f"  {place}  the form as it is")
        for place, one in enumerate(found.first, 1)
        if not found.refused
    ]
    lines += [Content.styled(f"  The column {name[:60]!r} fills no input.", "$warning") for name in found.unknown[:3]]
    return lines
