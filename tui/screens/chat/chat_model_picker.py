"""Chooses the model of a conversation: those that can be chatted with first, the others with the reason why not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from tui.toolkit.workers import work
from tui.widgets.picker import MOST_ROWS, Picker, Row

if TYPE_CHECKING:
    from tui.api.types import Model
    from tui.services.services import Services

SEARCH_PAUSE = 0.3
"""Seconds of quiet after a key before Replicate is asked as well."""
MOST = 200
"""Models that a text finds here at most."""
FIRST_WAIT = 1.0
"""Seconds for which the first list waits for its models, and for their schemas."""
LANGUAGE = "language-models"
"""The collection whose models are shown before anything is typed (docs/replicate.md, Pages and filters)."""


class ChatModelPicker(Picker):
    """Gives the row of a model that can be chatted with; its value is "owner/name"."""

    KEYS = "enter chats with it · ^r asks Replicate · esc goes back"
    BINDINGS = [Binding("ctrl+r", "search", "Search", show=False)]

    def __init__(self, services: Services, *, here: str | None, typed: str = "") -> None:
        super().__init__("Which model?", (), here=here, typed=typed)
        self._services = services
        self._why: dict[str, str] = {}
        self._models: dict[str, Model] = {}
        self._found: dict[str, list[str]] = {}
        """What Replicate found for each text that it was asked for, best first."""
        self._search_timer: Timer | None = None

    def on_mount(self) -> None:
        work(self, "Models", "known", self._load)

    async def _load(self) -> None:
        known = {model.ref: model for model in await self._services.catalogue.cached()}
        if not known:
            self._tell("asking for the models…")
        # Of what is known here most cannot be chatted with: that is offered where nobody tells what can.
        for model in await self._language_models() or known.values():
            self._models[model.ref] = model
        if self._here is not None and self._here in known:
            self._models.setdefault(self._here, known[self._here])
        await self._judge_first()
        self._show()

    async def _language_models(self) -> Sequence[Model]:
        try:
            found = await asyncio.wait_for(self._services.catalogue.collection(LANGUAGE), FIRST_WAIT)
        except Exception:  # noqa: BLE001 - a list of suggestions; what is known here does without
            return ()
        return found.value.models

    async def _judge_first(self) -> None:
        """What is seen at once is judged before it is shown, so that it does not change places; but not for long."""
        refs = sorted(self._models, key=lambda ref: (ref != self._here, -(self._models[ref].run_count or 0)))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._judge(refs[:MOST_ROWS]), FIRST_WAIT)

    async def _judge(self, refs: Sequence[str]) -> None:
        """Ask for schemas: only a schema tells whether a model can be chatted with."""
        for ref in refs:
            try:
                model = await self._services.catalogue.model(ref)
            except Exception:  # noqa: BLE001, S112 - picking it asks again, and says what is wrong
                continue
            fit = self._services.chats.fitness(model)
            self._models[ref], self._why[ref] = model, "" if fit.can else fit.why

    async def _judge_shown(self, refs: Sequence[str]) -> None:
        await self._judge(refs)
        # In their places: what the eye or the mouse is on does not move.
        rows = [self._row(row.value) if row.value in self._models else row for row in self.list.rows]
        self.list.set_rows(rows, self.list.index)

    def _row(self, ref: str) -> Row:
        why = self._why.get(ref)
        words = (self._models[ref].description or "") if not why else f"✗ {why.removeprefix(ref).strip()}"
        return Row(ref, ref, words)

    def _show(self) -> None:
        if not self.is_attached:
            return

        def order(ref: str) -> tuple[bool, bool, int]:
            return bool(self._why.get(ref)), ref != self._here, -(self._models[ref].run_count or 0)

        self._rows = [self._row(ref) for ref in sorted(self._models, key=order)]
        self.on_resize()
        self.filter(self.query_one(Input).value)

    def _tell(self, words: str, style: str = "") -> None:
        self.query_one("#picker-count", Static).update(Content.styled(words, style))

    def filter(self, text: str) -> None:
        """Show what is known here, ranked as models are everywhere, and ask Replicate once the typing pauses."""
        typed = text.strip()
        if typed:
            self.wait_for_rows()
            work(self, "Models", "ranked", self._show_ranked, typed)
        else:
            self._show_matches(typed, self._rows)
        self._search_soon(typed)

    async def _show_ranked(self, typed: str) -> None:
        models = await self._services.catalogue.cached(typed, limit=MOST)
        if typed != self.query_one(Input).value.strip():
            return
        for model in models:
            self._models.setdefault(model.ref, model)
        self._show_matches(typed, [self._row(model.ref) for model in models])

    def _show_matches(self, typed: str, matches: Sequence[Row]) -> None:
        shown = {row.value for row in matches}
        # Replicate finds a model by more than its name.
        rows = [*matches, *(self._row(ref) for ref in self._found.get(typed, ()) if ref not in shown)]
        rows.sort(key=lambda row: row.note.startswith("✗ "))
        if typed.count("/") == 1 and all(typed.split("/")) and not any(row.value == typed for row in rows):
            rows.append(Row(typed, typed, "a model that is not known here: enter asks for it"))
        index = next((i for i, row in enumerate(rows) if row.value == self._here), 0) if not typed else 0
        if rows:
            self.show_count(len(rows), max(len(rows), len(self._rows)))
        elif typed in self._found:
            self._tell(f"Replicate finds nothing for “{typed}”.")
        else:
            self._tell("Nothing here matches; ^r asks Replicate." if typed else "No models are known yet.")
        self.show_rows(rows, index)
        unknown = [row.value for row in rows[:MOST_ROWS] if row.value in self._models and row.value not in self._why]
        if unknown:
            work(self, "Schemas", "judge", self._judge_shown, unknown)

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
        self._show()

    def pick(self, row: Row) -> None:
        """A model that cannot be chatted with says why, and the list stays."""
        ref = row.value or ""
        if row.note.startswith("✗ "):
            self._tell(f"✗ {ref} {row.note[2:]}", "$error")
            return
        self._tell("asking for its schema…")
        work(self, ref, "schema", self._check, row)

    async def _check(self, row: Row) -> None:
        """Its schema decides, which a list does not always bring along."""
        ref = row.value or ""
        try:
            model = await self._services.catalogue.model(ref)
        except Exception as error:  # noqa: BLE001 - said where it was asked for
            self._tell(f"✗ {ref}: {error}", "$error")
            return
        fit = self._services.chats.fitness(model)
        if not fit.can:
            self._models[ref], self._why[ref] = model, fit.why
            self._show()
            self._tell(f"✗ {fit.why}", "$error")
            return
        self.dismiss(row)
