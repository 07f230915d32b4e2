"""A JSON value as a tree that folds, of which only the visible lines are rendered."""

from __future__ import annotations

from typing import ClassVar, cast

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content

from tui.api.text import to_json
from tui.store.summaries import PROMPTS
from tui.toolkit.line_view import printable, shorten
from tui.widgets.table.row_cursor import RowCursor
from tui.widgets.table.row_sources import Column
from tui.widgets.table.table_lines import GUTTER
from tui.widgets.text.json_tree import (
    JsonTree,
    Node,
    Place,
    jq_path,
    key_text,
    place_id,
    quoted,
    same_value,
    scalar,
    summary,
)

OPEN_SIGN = "▾ "
FOLDED_SIGN = "▸ "


class JsonView(RowCursor[Node]):
    """Shows any JSON value. Folds and the cursor stay where they are, by path, when a new value comes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "select", "Fold", show=False, id="json.fold"),
        Binding("right", "unfold", "Unfold", show=False, id="json.unfold"),
        Binding("left", "fold", "Fold or go up", show=False, id="json.up"),
        Binding("plus", "all(True)", "Unfold all", show=False, id="json.unfold_all"),
        Binding("minus", "all(False)", "Fold all", show=False, id="json.fold_all"),
        Binding("J,ctrl+down", "match(1)", "Next match", show=False, id="json.next_match"),
        Binding("K,ctrl+up", "match(-1)", "Previous match", show=False, id="json.previous_match"),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "json-view--key",
        "json-view--string",
        "json-view--number",
        "json-view--word",
        "json-view--note",
        "json-view--text",
    }
    DEFAULT_CSS = """
    JsonView {
        .json-view--key { color: $text-primary; }
        .json-view--string { color: $text-success; }
        .json-view--number { color: $text-warning; }
        .json-view--word { color: $text-accent; text-style: bold; }
        .json-view--note { color: $text-muted; }
        .json-view--text { color: $foreground; }
        &:ansi .json-view--note, &:nocolor .json-view--note { text-style: dim; }
    }
    """

    def __init__(
        self,
        value: object = None,
        *,
        empty: Content | str = "No value.",
        main_texts: tuple[str, ...] | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`main_texts`: names of the text that is read first; with them an object is shown for reading, its texts
        plain and unfolded, the rest as lines."""
        self._tree = JsonTree(main_texts)
        self._found: list[Place] = []
        self._match = -1
        column: Column[Node] = Column("line", "", self._line)
        super().__init__([column], self._tree, empty=empty, header=False, name=name, id=id, classes=classes)
        if value is not None:
            self.set_value(value)

    # The value

    @property
    def value(self) -> object:
        """The value that is shown."""
        return self._tree.value

    def set_value(self, value: object) -> None:
        """Shows a value; None shows the empty state. An equal value changes nothing."""
        if same_value(value, self._tree.value) and (self._tree.rows or value is None):
            return
        self._show(self._tree.build(value))

    @property
    def value_at_cursor(self) -> object:
        """The value on the cursor's line; for a line of an unfolded string, the whole string."""
        node = self._node()
        return None if node is None else node.value

    @property
    def path_at_cursor(self) -> str:
        """Where the cursor is, as jq writes it: `.output[0]`."""
        node = self._node()
        return "." if node is None else jq_path(node.path)

    def copyable(self) -> str:
        """The value at the cursor to copy: a string as it is, anything else as JSON."""
        value = self.value_at_cursor
        return value if isinstance(value, str) else to_json(value, indent=2)

    def _node(self) -> Node | None:
        row = self.row
        return row.parent if row is not None and row.kind == "text" else row

    def _show(self, tree: JsonTree) -> None:
        self._tree = tree
        self._strips.clear()
        self.adopt(tree)

    # Lines

    def _line(self, node: Node) -> Text:
        reading = self._tree.for_reading
        depth = max(0, node.depth - reading)
        text = Text("  " * min(depth, max(0, self.view.width // 4)), no_wrap=True, end="")
        if node.kind == "text":
            text.append(f"  {node.value}", self._style("text" if reading else "string"))
            return text
        text.append(OPEN_SIGN if node.open else FOLDED_SIGN if node.foldable else "  ")
        if node.key is not None:
            key = key_text(node.key)
            text.append(key, self._style("key" if isinstance(node.key, str) else "note"))
            if node.kind == "group" or (reading and node.open and isinstance(node.value, str)):
                return text
            text.append(": ")
        self._append_value(text, node.value, reading)
        return text

    def _append_value(self, text: Text, value: object, reading: bool) -> None:
        if isinstance(value, str):
            room = self.view.width - GUTTER - text.cell_len
            if reading:
                text.append(shorten(printable(value), max(4, room)), self._style("text"))
            else:
                text.append(quoted(value, room), self._style("string"))
        elif isinstance(value, dict | list | tuple):
            text.append(summary(cast("object", value)), self._style("note"))
        elif value is None or isinstance(value, bool):
            text.append(scalar(value), self._style("word"))
        else:
            text.append(scalar(value), self._style("number"))

    def _style(self, name: str) -> Style:
        return self.ink_for(f"json-view--{name}")

    # Folding

    def action_select(self) -> None:
        row = self.row
        node = self._node()
        if row is None or node is None:
            return
        if row.kind == "text" or node.foldable:
            self._fold(node, not node.open)

    def action_unfold(self) -> None:
        node = self.row
        if node is None:
            return
        if node.foldable and not node.open:
            self._fold(node, True)
        elif node.foldable:
            self.move_to_index(self.cursor_index + 1)

    def action_fold(self) -> None:
        node = self.row
        if node is None:
            return
        if node.open:
            self._fold(node, False)
        elif node.parent is not None and node.parent in self._tree.rows:
            self.move_to_index(self._tree.rows.index(node.parent))

    def action_all(self, opened: bool) -> None:
        place = self.row.place if self.row is not None else ()
        self._show(self._tree.with_all(opened))
        if not opened:
            self.move_to(place_id(place[:1]))

    def _fold(self, node: Node, opened: bool) -> None:
        index = self._tree.rows.index(node)
        self.move_to_index(index)
        self._show(self._tree.fold(index, opened))

    def on_resize(self) -> None:
        self.measure()
        if self.view.width and self.view.width != self._tree.width:
            self._tree.width = self.view.width
            if self._tree.for_reading or any(row.kind == "text" for row in self._tree.rows):
                self._show(self._tree.build(self._tree.value))

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or event.chain != 1:
            return
        index = self.scroll_offset.y + offset.y
        if index < len(self._tree) and index != self.cursor_index:
            left = GUTTER + 2 * max(0, self._tree.rows[index].depth - self._tree.for_reading)
            if left <= offset.x < left + 2:
                # A click on a line's sign folds it at once; elsewhere it moves the cursor.
                event.stop()
                event.prevent_default()
                self.move_to_index(index)
                self.action_select()

    # Finding

    def find(self, words: str) -> int:
        """Unfolds and goes to the first key or value that holds `words`; gives how many there are (≤ 1,000)."""
        self._found = self._tree.find(words) if words else []
        self._match = -1
        self.action_match(1)
        return len(self._found)

    def action_match(self, steps: int) -> None:
        if self._found:
            self._match = (self._match + steps) % len(self._found)
            place = self._found[self._match]
            self._show(self._tree.reveal(place))
            self.move_to(place_id(place))


class InputView(JsonView):
    """An input for reading: the prompt as text, the other values as lines."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(main_texts=PROMPTS, id=id)
