"""A JSON value as the lines of a tree: what is open, what each line says, and the path to it.

A tree `for reading` has no line for the value itself, begins with its main text, and shows longer texts unfolded.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from itertools import islice
from typing import cast

from rich.cells import cell_len, chop_cells, set_cell_size

from tui.api.text import to_json
from tui.toolkit.line_view import printable

Path = tuple[str | int, ...]
"""The keys from the root to a value."""
Place = tuple[str | int | tuple[int, int], ...]
"""A path in which the groups of a large list or object count as steps of their own."""

SMALL = 20
"""Lists and objects of so many items, near the top, are open from the start."""
FIRST_LEVELS = 3
GROUP = 1_000
"""A list or object of more items shows them in groups of so many."""
ALL_ROWS = 20_000
"""No more lines than this are unfolded at once."""
SHORT_TEXT = 60
"""A longer string, or one of several lines, can be unfolded into its own lines."""
MAX_TEXT_LINES = 5_000
_INDENT = 5
"""Cells before the key of a first line: the cursor's, and the sign of what folds."""
READ_AT_ONCE = 40_000
"""Characters of a text that is unfolded from the start in a tree for reading."""
SIZED = 1_000
"""Of a string of so many characters that is cut, its size is said."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Node:
    """One line: a value with its key, a group of items, or a line of an unfolded string."""

    __slots__ = ("depth", "foldable", "key", "kind", "open", "parent", "value")

    def __init__(
        self, parent: Node | None, key: str | int | tuple[int, int] | None, value: object, kind: str = "value"
    ) -> None:
        self.parent = parent
        self.key = key
        self.value = value
        self.kind = kind
        """"value"; "group" for some items of its parent's value; "text" for a line of its parent's string."""
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.open = False
        self.foldable = kind == "group" or (kind == "value" and _foldable(value))
        """Whether there is anything to unfold."""

    @property
    def place(self) -> Place:
        """Where this line hangs in the tree."""
        keys: list[str | int | tuple[int, int]] = []
        node: Node | None = self if self.kind != "text" else self.parent
        while node is not None and node.key is not None:
            keys.append(node.key)
            node = node.parent
        return tuple(reversed(keys))

    @property
    def path(self) -> Path:
        """The keys from the root to the value on this line, or to the value that it is a part of."""
        return tuple(key for key in self.place if not isinstance(key, tuple))


class JsonTree:
    """The rows of a value. What a reader folded or unfolded is kept by path over new values."""

    def __init__(self, main_texts: tuple[str, ...] | None = None) -> None:
        """`main_texts`: the names that the text to read first may have; None for a tree that is not for reading."""
        self.main_texts = main_texts
        self.value: object = None
        self.width = 80
        self.rows: list[Node] = []
        self.version = 0
        self._choice: dict[Place, bool] = {}
        self._index: dict[str, int] | None = None

    @property
    def for_reading(self) -> bool:
        """Whether the value is an object that is read, and not looked through."""
        return self.main_texts is not None and isinstance(self.value, dict)

    # A source of rows for the cursor

    def __len__(self) -> int:
        return len(self.rows)

    def id_at(self, index: int) -> str:
        return row_id(self.rows[index])

    def row_at(self, index: int) -> Node | None:
        return self.rows[index]

    def version_at(self, index: int) -> Hashable:
        return self.version

    def index_of(self, id: str) -> int | None:
        if self._index is None:
            self._index = {row_id(node): index for index, node in enumerate(self.rows)}
        return self._index.get(id)

    # Building

    def build(self, value: object) -> JsonTree:
        """The tree of another value, with the same choices of what is open. None has no lines."""
        tree = self._next(value)
        if value is not None:
            root = Node(None, None, tree._ordered(value))
            root.open = self._choice.get((), True) and root.foldable
            tree.rows = [*([] if tree.for_reading and root.open else [root]), *tree._under(root)]
        return tree

    def _ordered(self, value: object) -> object:
        """The value, for reading with its main text first."""
        if not self.for_reading or self.main_texts is None:
            return value
        values = cast("dict[str, object]", value)
        texts = (name for name in self.main_texts if isinstance(text := values.get(name), str) and text.strip())
        first = next(texts, None)
        return values if first is None else {first: values[first], **values}

    def fold(self, index: int, opened: bool) -> JsonTree:
        """The tree with the node on one line folded or unfolded."""
        tree = self._next(self.value)
        node = self.rows[index]
        node.open = opened
        self._choice[node.place] = opened
        end = index + 1
        while end < len(self.rows) and self.rows[end].depth > node.depth:
            end += 1
        tree.rows = self.rows[: index + 1]
        if opened:
            tree.rows += tree._under(node)
        tree.rows += self.rows[end:]
        return tree

    def with_all(self, opened: bool) -> JsonTree:
        """The tree with all lists and objects unfolded (20,000 lines of them), or all but the first level folded."""
        if self.value is None:
            return self
        self._choice.clear()
        tree = self._next(self.value)
        root = Node(None, None, tree._ordered(self.value))
        root.open = root.foldable
        tree.rows = [] if tree.for_reading and root.open else [root]
        stack = [self._children(root)] if root.open else []
        while stack:
            node = next(stack[-1], None)
            if node is None:
                stack.pop()
                continue
            tree.rows.append(node)
            if node.foldable:
                node.open = opened and not isinstance(node.value, str) and len(tree.rows) < ALL_ROWS
                self._choice[node.place] = node.open
                if node.open:
                    stack.append(self._children(node))
        return tree

    def reveal(self, place: Place) -> JsonTree:
        """The tree with all above `place` unfolded."""
        for length in range(len(place)):
            self._choice[place[:length]] = True
        return self.build(self.value)

    def _next(self, value: object) -> JsonTree:
        tree = JsonTree(self.main_texts)
        tree.value, tree.width, tree._choice, tree.version = value, self.width, self._choice, self.version + 1
        return tree

    def _under(self, top: Node) -> Iterator[Node]:
        """All visible nodes below a node, in their order."""
        stack = [self._open_children(top)] if top.open else []
        while stack:
            node = next(stack[-1], None)
            if node is None:
                stack.pop()
                continue
            yield node
            if node.open:
                stack.append(self._open_children(node))

    def _open_children(self, node: Node) -> Iterator[Node]:
        if node.kind == "value" and isinstance(node.value, str):
            yield from _text_lines(node, self.width)
            return
        choice = self._choice
        by_itself = node.kind == "value" and node.depth < FIRST_LEVELS and size_of(node.value) <= 3 * SMALL
        for child in self._children(node):
            if child.foldable and (choice or by_itself):
                small = by_itself and self._opens(child)
                child.open = choice.get(child.place, small) if choice else small
            yield child

    def _children(self, node: Node) -> Iterator[Node]:
        """What is right below a node. For reading a text that its line has no room for can be unfolded."""
        for child in _children(node):
            if self.for_reading and isinstance(child.value, str) and not child.foldable:
                child.foldable = _INDENT + len(str(child.key)) + 2 + cell_len(child.value) > self.width
            yield child

    def _opens(self, node: Node) -> bool:
        """Whether it is open from the start."""
        if not isinstance(node.value, str):
            return size_of(node.value) <= SMALL and not (self.for_reading and node.depth > 1)
        return self.for_reading and len(node.value) <= READ_AT_ONCE and not node.value.startswith("data:")

    def find(self, words: str, limit: int = 1_000) -> list[Place]:
        """The places whose key or value holds `words` (case matters only if they have a capital)."""
        fold = words == words.lower()
        found: list[Place] = []
        place: list[str | int | tuple[int, int]] = []
        stack: list[Iterator[tuple[str | int | tuple[int, int], object, bool]]] = [_items(self.value)]
        while stack and len(found) < limit:
            item = next(stack[-1], None)
            if item is None:
                stack.pop()
                if place:
                    place.pop()
                continue
            key, value, group = item
            if group:
                place.append(key)
                assert isinstance(key, tuple)
                stack.append(_items(value, key))
                continue
            text = key if isinstance(key, str) else ""
            holds = isinstance(value, dict | list | tuple)
            if not holds:
                text = f"{text}\n{value if isinstance(value, str) else scalar(value)}"
            if words in (text.lower() if fold else text):
                found.append((*place, key))
            if holds:
                place.append(key)
                stack.append(_items(cast("object", value)))
        return found


def size_of(value: object) -> int:
    """The number of items in a list or an object; 0 for anything else."""
    return len(cast("list[object]", value)) if isinstance(value, dict | list | tuple) else 0


def _foldable(value: object) -> bool:
    if isinstance(value, str):
        return len(value) > SHORT_TEXT or "\n" in value
    return size_of(value) > 0


def _items(
    value: object, group: tuple[int, int] | None = None
) -> Iterator[tuple[str | int | tuple[int, int], object, bool]]:
    """Keys and values in a value, or in a group of it; of a large one the groups (marked True)."""
    size = size_of(value)
    if group is None and size > GROUP:
        for start in range(0, size, GROUP):
            yield (start, min(start + GROUP, size) - 1), value, True
        return
    start, last = group or (0, size)
    if isinstance(value, dict):
        for key, item in islice(cast("dict[object, object]", value).items(), start, last + 1):
            yield str(key), item, False
    elif isinstance(value, list | tuple):
        for index, item in enumerate(cast("list[object]", value)[start : last + 1], start):
            yield index, item, False


def _children(node: Node) -> Iterator[Node]:
    group = node.key if node.kind == "group" and isinstance(node.key, tuple) else None
    for key, item, is_group in _items(node.value, group):
        yield Node(node, key, item, "group" if is_group else "value")


def _text_lines(node: Node, width: int) -> Iterator[Node]:
    """The lines of an unfolded string, wrapped at `width` cells."""
    text = cast("str", node.value)
    room = max(10, width - 2 * (node.depth + 1) - 6)
    number = 0
    for line in text[: room * MAX_TEXT_LINES].split("\n"):
        for piece in folded(printable(line.expandtabs(4)), room):
            if number >= MAX_TEXT_LINES:
                return
            yield Node(node, number, piece, "text")
            number += 1


def folded(line: str, room: int) -> Iterator[str]:
    """A line as pieces of at most `room` cells, broken after a space where there is one."""
    at = 0
    while True:
        rest = line[at : at + room + 1]
        if len(rest) <= room and cell_len(rest) <= room:
            yield rest
            return
        head = chop_cells(rest, room)[0]
        space = len(head) if rest[len(head) : len(head) + 1] == " " else head.rfind(" ")
        # What stands before the first word is its indent: no place to break at.
        cut = space + 1 if head[: max(space, 0)].strip() else len(head)
        yield head[:cut].rstrip() or head[:cut]
        at += cut


def place_id(place: Place) -> str:
    """The id of the line at `place`."""
    return repr(place)


def row_id(node: Node) -> str:
    """A text that names this line among those of its tree."""
    return f"{node.place!r}|{node.key}" if node.kind == "text" else repr(node.place)


def same_value(one: object, other: object) -> bool:
    """Whether two values are equal; what cannot be compared is not."""
    try:
        return one is other or one == other
    except RecursionError:
        return False


def jq_path(path: Path) -> str:
    """A path as jq writes it: `.output[0].url`, `.["odd key"]`."""
    parts: list[str] = []
    for key in path:
        if isinstance(key, int):
            parts.append(f"[{key}]" if parts else f".[{key}]")
        elif _PLAIN_KEY.match(key):
            parts.append(f".{key}")
        else:
            parts.append(f"[{to_json(key)}]" if parts else f".[{to_json(key)}]")
    return "".join(parts) or "."


def scalar(value: object) -> str:
    """What a line says of a value that is no list, object or string."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int | float):
        try:
            return str(value)
        except ValueError:
            return "a number of very many digits"
    return printable(str(value)[:1000])


def summary(value: object) -> str:
    """What a folded list or object says of itself."""
    size = size_of(value)
    if isinstance(value, dict):
        return "{}" if not size else f"{{…}} {size:,} {'key' if size == 1 else 'keys'}"
    return "[]" if not size else f"[…] {size:,} {'item' if size == 1 else 'items'}"


def quoted(text: str, room: int) -> str:
    """A string as JSON in `room` cells; where it is longer it ends with `…`, and a long one's whole size is said."""
    room = max(room, 4)
    if len(text) <= room and cell_len(whole := to_json(text)) <= room:
        return whole
    note = f" ({_bytes(len(text.encode('utf-8', 'surrogatepass')))})" if len(text) >= SIZED else ""
    left = max(2, room - len(note) - 2)
    return f'{set_cell_size(to_json(text[:room])[:-1], left)}…"{note}'


def _bytes(size: int) -> str:
    if size < 1000:
        return f"{size} B"
    for unit in ("kB", "MB", "GB"):
        size_in = size / 1000
        if size_in < 1000 or unit == "GB":
            return f"{size_in:.1f} {unit}"
        size = int(size_in)
    return ""


def key_text(key: str | int | tuple[int, int]) -> str:
    """A key as it stands before its value: plain where it is a name, else quoted and escaped."""
    if isinstance(key, tuple):
        return f"{key[0]:,} … {key[1]:,}"
    if isinstance(key, int):
        return str(key)
    if _PLAIN_KEY.match(key) and len(key) <= 100:
        return key
    return quoted(key, 100)
