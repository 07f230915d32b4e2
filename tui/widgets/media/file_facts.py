"""What a file is, by its first bytes rather than its name. Plain functions that may block: call them in a thread."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct
from rich.cells import cell_len

from tui.api.file_types import HEAD, FileType, by_content, file_type, is_picture
from tui.toolkit.line_view import ELLIPSIS, printable, shorten
from tui.wording import size as size_words


class Facts(Struct, frozen=True):
    """One file: its size in bytes and its kind."""

    path: Path
    size: int
    type: FileType
    known: bool = True
    """Whether its bytes tell the kind; else only its name does."""

    @property
    def kind(self) -> str:
        """A word for the kind: `PNG`."""
        return self.type.word

    @property
    def is_picture(self) -> bool:
        """Whether it is worth trying to show it as a picture."""
        return self.known and is_picture(self.type)

    @property
    def words(self) -> str:
        """`PNG · 312 kB`."""
        return f"{self.kind} · {size_words(self.size)}"


def facts(path: Path) -> Facts:
    """What a file is. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        size = file.seek(0, 2)
    return Facts(path, size, file_type(head, path.name), by_content(head) is not None)


def why_not(path: Path, error: OSError | None = None) -> str:
    """Why a file cannot be read, in words."""
    if path.is_dir():
        return "is a folder, not a file"
    if isinstance(error, PermissionError):
        return "may not be read (permission denied)"
    if error is None or isinstance(error, FileNotFoundError | NotADirectoryError):
        return "no such file"
    return f"cannot be read: {error.strerror or error}"


def path_words(path: Path, width: int) -> str:
    """A path in `width` cells, the home folder as `~`: of one that is longer, folders in the middle are left out."""
    home, text = str(Path.home()), str(path)
    if text.startswith(home + "/"):
        text = "~" + text[len(home) :]
    text = printable(text)
    if cell_len(text) <= width:
        return text
    first, *folders, name = text.split("/") if "/" in text else ("", text)
    for left_out in range(1, len(folders) + 1):
        shorter = "/".join([first, ELLIPSIS, *folders[left_out:], name])
        if cell_len(shorter) <= width:
            return shorter
    return shorten(name, width)
