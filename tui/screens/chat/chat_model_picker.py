"""Chooses the model of a conversation: only those that can be chatted with are offered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from tui.api.errors import ApiError
from tui.toolkit.workers import work
from tui.widgets.picker import MOST_ROWS, Picker, Row

if TYPE_CHECKING:
    from tui.api.types import Model
    from tui.services.services import Services

SEARCH_PAUSE = 0.3
"""Seconds of quiet after a key before Replicate is asked as well."""
JUDGED = 400
"""Of so many known models, the most run first, the schemas that are kept here are read."""


class ChatModelPicker(Picker):
    """Gives the row of a model that can be chatted with; its value is "owner/name".

    A model is offered once its schema said that it can: the list grows at its end, and nothing in it moves.
    """

    KEYS = "enter chats with it · ^r asks Replicate · esc goes back"
    BINDINGS = [Binding("ctrl+r", "search", "Search", show=False)]

    def __init__(self, services: Services, *, here: str | None, typed: str = "") -> None:
        super().__init__("Which model?", (), here=here, typed=typed)
        self._services = services
        self._models: dict[str, Model] = {}
        """All that are known, by "owner/name"."""
        self._why: dict[str, str] = {}
        """Why a model cannot be chatted with; "" where it can. What was not judged yet is not in it."""
        self._offered: dict[str, Row] = {}
        self._found: dict[str, list[str]] = {}
        """What Replicate found for each text that it was asked for, best first."""
        self._judged: set[str] = set()
        """The texts for which models were judged already."""
        self._search_timer: Timer | None = None
        self._loading = True

    def on_mount(self) -> None:
        work(self, "Models", "known", self._load)

    async def _load(self) -> None:
        self._tell("looking for models to chat with…")
        if self._here:
            await self._judge([self._here], ask=True)
        known = await self._services.catalogue.cached()
        for model in known:
            self._models.setdefault(model.ref, model)
        most_run = sorted(known, key=lambda model: -(model.run_count or 0))
        await self._judge([model.ref for model in most_run[:JUDGED]], ask=False)
        collected = await self._services.chat_models.collected()
        for model in collected:
            self._models.setdefault(model.ref, model)
        await self._judge([model.ref for model in collected[:MOST_ROWS]], ask=True)
        self._loading = False
        self._show()

    async def _judge(self, refs: Iterable[str], *, ask: bool) -> None:
        """Offer those of the models that can be chatted with. `ask` gets the schemas that are not kept here."""
        models = self._services.chat_models
        for ref in refs:
            if ref in self._why:
                continue
            try:
                known = await (models.asked(ref) if ask else models.kept(ref))
            except ApiError as error:
                # It is not asked for again by itself.
                self._why[ref] = f"{ref}: {error}"
                continue
            if known is None:
                continue
            model, fit = known
            self._models[ref], self._why[ref] = model, "" if fit.can else fit.why
            if fit.can:
                self._offered[ref] = Row(ref, ref, model.description or "")
                self._show()

    def _show(self) -> None:
        if not self.is_attached:
            return
        self._rows = list(self._offered.values())
        self.on_resize()
        self.filter(self.query_one(Input).value)

    def _tell(self, words: str, style: str = "") -> None:
        self.query_one("#picker-count", Static).update(Content.styled(words, style))

    def filter(self, text: str) -> None:
        """Show what is known here, and ask Replicate once the typing pauses."""
        current = self.list.rows[self.list.index].value if self.list.rows else None
        super().filter(text)
        rows, typed = list(self.list.rows), text.strip()
        shown = {row.value for row in rows}
        # Replicate finds a model by more than its name.
        rows += [self._offered[ref] for ref in self._found.get(typed, ()) if ref in self._offered and ref not in shown]
        by_name = typed.count("/") == 1 and all(typed.split("/")) and typed not in self._why
        if by_name and typed not in self._models:
            rows.append(Row(typed, typed, "a model that is not known here: enter asks for it"))
        wanted = self._here if not typed else None
        index = next((i for i, row in enumerate(rows) if row.value in (current, wanted) and not typed), 0)
        self.list.set_rows(rows, index)
        asks = bool(typed) and typed not in self._judged
        if asks:
            self._judged.add(typed)
            work(self, "Schemas", "judge", self._judge_named, typed)
        self._tell_of(rows, typed, waits=asks)
        self._search_soon(typed)

    async def _judge_named(self, typed: str) -> None:
        """Ask for the schemas of the models that are best named so, ranked as models are everywhere."""
        models = await self._services.catalogue.cached(typed, limit=MOST_ROWS)
        for model in models:
            self._models.setdefault(model.ref, model)
        await self._judge([model.ref for model in models], ask=True)
        self._show()

    def _tell_of(self, rows: Sequence[Row], typed: str, *, waits: bool) -> None:
        """The line below the list."""
        refused = [ref for ref, why in self._why.items() if why and (_holds(ref, typed) or ref == typed)]
        if rows:
            self.show_count(len(rows), max(len(rows), len(self._rows)))
        elif refused and typed:
            self._tell(f"✗ {self._why[refused[0]]}", "$error")
        elif waits or self._loading:
            self._tell("looking for models to chat with…")
        elif typed in self._found:
            self._tell(f"Replicate finds nothing to chat with for “{typed}”.")
        else:
            self._tell("Nothing here matches; ^r asks Replicate." if typed else "No models are known yet.")

    def _search_soon(self, typed: str) -> None:
        if self._search_timer is not None:
            self._search_timer.stop()
        if len(typed) >= 2 and typed not in self._found:
            self._search_timer = self.set_timer(SEARCH_PAUSE, self.action_search)

    def show_count(self, count: int, total: int) -> None:
        words = f"{count:,} of {total:,}" if count < total else f"{count:,}"
        self._tell(f"{words} · {self.KEYS}")

    def action_search(self) -> None:
        """Ask Replicate for what is typed."""
        work(self, "Search", "search", self._search, self.query_one(Input).value)

    async def _search(self, text: str) -> None:
        typed = text.strip()
        if not typed:
            return
        self._tell("asking Replicate…")
        try:
            models = await self._services.catalogue.search(typed)
        except Exception as error:  # noqa: BLE001 - said where it was asked for; what is known here stays
            self._tell(f"✗ Replicate could not be asked: {error}", "$error")
            return
        for model in models:
            self._models.setdefault(model.ref, model)
        self._found[typed] = [model.ref for model in models]
        await self._judge(self._found[typed][:MOST_ROWS], ask=True)
        self._show()

    def pick(self, row: Row) -> None:
        """Its schema decides, which a name that was typed does not bring along."""
        if row.value in self._offered:
            self.dismiss(row)
            return
        self._tell("asking for its schema…")
        work(self, row.value or "", "schema", self._check, row)

    async def _check(self, row: Row) -> None:
        ref = row.value or ""
        try:
            model, fit = await self._services.chat_models.asked(ref)
        except Exception as error:  # noqa: BLE001 - said where it was asked for
            self._tell(f"✗ {ref}: {error}", "$error")
            return
        if fit.can:
            self.dismiss(row)
            return
        self._models[ref], self._why[ref] = model, fit.why
        self._show()
        self._tell(f"✗ {fit.why}", "$error")


def _holds(ref: str, typed: str) -> bool:
    return all(word in ref.casefold() for word in typed.casefold().split())
