"""What an author wants to know of a failure: the line of their own code, the package that is missing."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

from tui.cog.config import Config
from tui.cog.modules import CannotRead
from tui.cog.packages import brings, package_of_module, packages_of

_FRAME = re.compile(r'^\s*File "(?P<path>[^"\n]+)", line (?P<line>\d+)(?:, in (?P<name>.+))?$', re.MULTILINE)
_NO_MODULE = re.compile(r"ModuleNotFoundError: No module named '(?P<name>[\w.]+)'")


class CodeLine(Struct, frozen=True):
    """A line of the author's."""

    path: Path
    line: int
    text: str

    def said(self, folder: Path) -> str:
        """`predict.py:12: code`."""
        name = self.path.relative_to(folder) if self.path.is_relative_to(folder) else self.path
        return f"{name}:{self.line}: {self.text}"


def own_line(traceback: str, folder: Path) -> CodeLine | None:
    """The innermost line of the folder's own files in the last traceback of a text that has any."""
    folder = folder.resolve()
    # Each traceback is told from its outermost frame inward, so that the last frame of the last one comes first here.
    for frame in reversed(list(_FRAME.finditer(traceback))):
        path = (folder / frame["path"]).resolve()
        if path.is_relative_to(folder) and not {".venv", "site-packages"} & set(path.parts) and path.is_file():
            number = int(frame["line"])
            try:
                lines = path.read_text("utf-8", "replace").splitlines()
            except OSError:
                lines = []
            return CodeLine(path, number, lines[number - 1].strip() if 0 < number <= len(lines) else "")
    return None


def missing_package(text: str, config: Config, python: Path) -> str | None:
    """What to do about a package that is not installed, and where cog.yaml has it, or should."""
    found = _NO_MODULE.search(text)
    if found is None:
        return None
    module = found["name"]
    try:
        package = brings(packages_of(config), module)
    except (CannotRead, OSError):
        package = None
    if package is not None:
        wanted = f"{package.name}=={package.version}" if package.version else package.name
        where = f"{package.path.name}:{package.line} asks for {wanted}"
    else:
        wanted = package_of_module(module)
        key = "python_requirements" if config.get("build", "python_requirements") else "python_packages"
        where = f"cog.yaml:{config.line('build', key)} does not have it: `build.{key}` should"
    return f"{module} is not installed in {python}; {where}. Here: {python} -m pip install {wanted}"
