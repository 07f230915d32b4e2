"""Code to copy, in a language of choice: the request of a prediction, a webhook as it was sent, and the like."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.widgets.bars import TabStrip

LANGUAGES = (("python", "Python"), ("node", "Node"), ("curl", "cURL"), ("cli", "replicate-tui"))
LEXERS = {"python": "python", "node": "javascript", "curl": "bash", "cli": "bash", "http": "http"}


class CodeView(Vertical):
    """Shows what `source(language)` gives; the language stays as chosen."""

    DEFAULT_CSS = """
    CodeView VerticalScroll { margin-top: 1; }
    """

    def __init__(
        self,
        languages: Sequence[tuple[str, str]] = LANGUAGES,
        *,
        empty: str = "Fill the form to see its request.",
        id: str | None = None,
    ) -> None:
        """`languages`: the name in code of each, and what people call it; `empty` is said where there is no code."""
        super().__init__(id=id)
        self._languages = tuple(languages)
        self._empty = empty
        self._source: Callable[[str], str] | None = None
        self._composed = False
        self.text = ""

    def compose(self) -> ComposeResult:
        yield TabStrip(self._languages, id="code-languages")
        with VerticalScroll(can_focus=True):
            yield Static(id="code-text")

    def on_mount(self) -> None:
        self._composed = True
        self._draw()

    def set_source(self, source: Callable[[str], str] | None, *, empty: str | None = None) -> None:
        """Show the code that `source` writes; where it writes none, `empty`, if that is given."""
        self._source = source
        self._empty = self._empty if empty is None else empty
        if self._composed:
            self._draw()

    def on_tab_strip_changed(self, event: TabStrip.Changed) -> None:
        """Another language."""
        event.stop()
        self._draw()

    def _draw(self) -> None:
        language = self.query_one("#code-languages", TabStrip).current
        self.text = self._source(language) if self._source else ""
        if not self.text:
            self.query_one("#code-text", Static).update(Content.styled(self._empty, "$text-muted"))
            return
        from textual.highlight import highlight

        self.query_one("#code-text", Static).update(highlight(self.text, language=LEXERS[language]))
