"""The output by its kind: text as it streams, files as pictures, an object by its parts, or why there is none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from tui.widgets.result.result_words import Shown, identity, output_kind, output_text, waiting_files
from tui.widgets.result.waiting_pane import WaitingPane

if TYPE_CHECKING:
    from tui.widgets.markdown.markdown_view import MarkdownView
    from tui.widgets.media.contact_sheet import ContactSheet

W = TypeVar("W", bound=Widget)
ORDER = ("output-waiting", "output-sheet", "output-text", "output-json")
"""From top to bottom: files before texts before the rest, whichever came first."""


class Words(Static, can_focus=True):
    """Words in the place of an output; it can be focused, so that the keys of the result work from the start."""


class OutputPane(Container):
    """Shows an output; what it needs for that is made when it is first needed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = ""
        self._prediction_id: object = None

    def show(self, shown: Shown | None, empty: str) -> None:
        """Show the output of `shown`."""
        if shown is None:
            self._only("output-waiting", WaitingPane).show(None, empty)
            return
        current = identity(shown)
        if current != self._prediction_id:
            self._prediction_id, self._text = current, ""
        kind = output_kind(shown)
        if kind == "none":
            self._only("output-waiting", WaitingPane).show(shown, empty)
        elif kind == "text":
            done = shown.text_done or (shown.prediction is not None and shown.prediction.is_terminal)
            self._show_text(self._only("output-text", _markdown_view()), output_text(shown), done)
        else:
            self._show_parts(shown)

    def _show_parts(self, shown: Shown) -> None:
        from tui.widgets.result.output_parts import deleted_at, file_items, parts_of

        files = file_items(shown)
        parts = parts_of(shown.prediction.output if shown.prediction else None, files)
        wanted: list[tuple[str, Callable[..., Any]]] = []
        if parts.files:
            wanted.append(("output-sheet", _contact_sheet()))
        if parts.texts:
            wanted.append(("output-text", _markdown_view()))
        if parts.rest is not None or not wanted:
            wanted.append(("output-json", _json_view()))
        here: dict[str, Any] = {str(child.id): child for child in self._these(wanted)}
        if (sheet := cast("ContactSheet | None", here.get("output-sheet"))) is not None:
            previews = shown.previews
            sheet.show(
                files,
                waiting_files(shown),
                fetch=previews.fetch if previews is not None else None,
                size_of=previews.size_of if previews is not None else None,
                until=deleted_at(shown, files),
            )
        if "output-text" in here:
            self._show_text(here["output-text"], parts.markdown, True)
        if "output-json" in here:
            here["output-json"].set_value(parts.rest)

    def _show_text(self, view: MarkdownView, text: str, done: bool) -> None:
        if not text.startswith(self._text) or not self._text:
            view.set_markdown(text)
        elif len(text) > len(self._text):
            view.append(text[len(self._text) :])
        self._text = text
        if done:
            view.finish()

    def _only(self, id: str, kind: type[W]) -> W:
        """The child by this id, made when it is missing; the others are hidden."""
        return cast(W, self._these([(id, kind)])[0])

    def _these(self, wanted: list[tuple[str, Callable[..., Any]]]) -> list[Widget]:
        """The children by these ids, each made when it is missing; the others are hidden."""
        had_focus = self.has_focus_within
        several = len(wanted) > 1
        ids = [id for id, _ in wanted]
        for child in self.children:
            child.display = child.id in ids
            child.set_class(several, "-part")
        found: list[Widget] = []
        for id, kind in wanted:
            known = self.query_children(f"#{id}")
            child = known.first() if known else kind(id=id)
            found.append(child)
            if not known:
                child.set_class(several, "-part")
                self.mount(child)
                self.sort_children(key=lambda one: ORDER.index(str(one.id)))
        if had_focus and not any(child.has_focus_within for child in found):
            self.screen.set_focus(found[0])
        return found


def _json_view() -> type[Any]:
    from tui.widgets.text.json_view import JsonView

    return JsonView


def _markdown_view() -> type[Any]:
    from tui.widgets.markdown.markdown_view import MarkdownView

    return MarkdownView


def _contact_sheet() -> Any:
    from tui.widgets.media.contact_sheet import ContactSheet

    return partial(ContactSheet, offers=("O opens", "s saves"))
