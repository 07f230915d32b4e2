"""What one sees of a model first: its name, its cover, one line of facts, and its description."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Static

from tui import wording
from tui.screens.models.model_columns import ref_content
from tui.toolkit.static import FixedSizeStatic

if TYPE_CHECKING:
    from pathlib import Path

    from tui.api.types import Model
    from tui.services.services import Services

LINES = 2
"""Lines of a description that are shown."""


class ModelHead(Vertical):
    """A place of its own for each part: what comes later, as the cover does, moves nothing.

    A cover that could not be had gets no place: nobody asked for it, and the words have more to say.
    """

    def __init__(self) -> None:
        super().__init__(id="model-head")
        self._model: Model | None = None
        self._missing: set[str] = set()
        """The addresses of covers that could not be had."""

    def compose(self) -> ComposeResult:
        yield FixedSizeStatic(id="model-title")
        yield Container(id="model-cover")
        yield FixedSizeStatic(id="model-facts")
        yield FixedSizeStatic(id="model-about")

    def show(self, model: Model | None) -> None:
        """Show a model's words, and keep the room for its cover."""
        other = self._model is None or model is None or self._model.cover_image_url != model.cover_image_url
        self._model = model
        if other:
            self._show_cover(None)
        self.draw()

    def draw(self) -> None:
        """Fit the words into the room that there is."""
        model, width = self._model, max(20, self.content_size.width)
        self._write("#model-title", ref_content(model, width, "bold $accent") if model else Content(""))
        self._write("#model-facts", Content.styled(facts(model, width), "$text-muted") if model else Content(""))
        lines = _lines(model.description or "", width) if model else []
        about = self.query_one("#model-about", Static)
        about.display = bool(lines)
        about.styles.height = len(lines)
        self._write("#model-about", Content("\n").join(lines))
        self._place_cover()

    def _place_cover(self) -> None:
        cover = self._model.cover_image_url if self._model else None
        self.query_one("#model-cover").display = bool(cover) and cover not in self._missing

    def _write(self, place: str, content: Content) -> None:
        self.query_one(place, Static).update(content, layout=False)

    async def load_cover(self, model: Model, services: Services) -> None:
        """Fetch the cover and show it, or give its place to the words."""
        if not model.cover_image_url:
            return
        from tui.services.files.previews import NoPreview

        path = None
        try:
            path = await services.previews.fetch(model.cover_image_url)
        except NoPreview:
            self._missing.add(model.cover_image_url)
        else:
            self._missing.discard(model.cover_image_url)
        if self._model is not None and self._model.ref == model.ref:
            self._place_cover()
            self._show_cover(path)

    def _show_cover(self, path: Path | None) -> None:
        place = self.query_one("#model-cover")
        pictures = place.query_children("#model-picture")
        if path is None and not pictures:
            return
        # Made when there is something to show: nothing that decodes pictures is waited for before.
        from tui.widgets.media.picture import Picture

        picture = pictures.first(Picture) if pictures else Picture(id="model-picture")
        if not pictures:
            place.mount(picture)
        picture.display = path is not None
        picture.show(path)


def facts(model: Model, width: int) -> str:
    """What is known of a model on one line: as much as fits, the run count in any case."""
    official = "official" if model.is_official else ""
    runs = f"{wording.count(model.run_count)} runs" if model.run_count is not None else ""
    hidden = model.visibility if model.visibility != "public" else ""
    updated = _updated(model)
    found = [official, runs, hidden, updated]
    for least in (updated, hidden, official):
        line = " · ".join(part for part in found if part)
        if cell_len(line) <= width:
            break
        found[found.index(least)] = ""
    return " · ".join(part for part in found if part)


def _updated(model: Model) -> str:
    age = wording.age(model.latest_version.created_at) if model.latest_version is not None else ""
    return "" if not age else f"updated {age} ago" if age[-1].isalpha() and age != "now" else f"updated {age}"


def _lines(text: str, width: int) -> list[Content]:
    """The first lines of a text; what is left out is marked."""
    words = wording.one_line(text, width * LINES)
    lines = Content(words).wrap(width) if words else []
    if len(lines) > LINES:
        last = Content(" ".join(line.plain for line in lines[LINES - 1 :])).truncate(width, ellipsis=True)
        lines = [*lines[: LINES - 1], last]
    return [line.rstrip() for line in lines]
