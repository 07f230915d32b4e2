"""Where the shipped files lie: in a checkout beside the package, in a wheel inside it."""

from __future__ import annotations

from pathlib import Path


def styles() -> list[Path]:
    """The style sheets, the theme's first."""
    package = Path(__file__).parent
    folder = package / "styles"
    if not folder.is_dir():
        folder = package.parent / "styles"
    return sorted(folder.glob("*.tcss"), key=lambda path: (path.name != "theme.tcss", path.name))
